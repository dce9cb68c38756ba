import { ObError } from '@sealane/errors';
import type { CreateUserStatement } from '../ast.ts';
import { type Compiled, ok } from '../ddl/compiled.ts';
import type { ExecutionContext, StoredStatement } from '../plan.ts';
import { accountNamed, accountText, sameAccount } from './account-name.ts';
import { authenticationOf } from './authentication.ts';
import { failedFor } from './failed-accounts.ts';
import { readUser } from './read-users.ts';
import { insertUser, plainUser } from './stored-tables.ts';

/** All of them or none. @throws 1396 naming each account that is there already */
export function createUser(statement: CreateUserStatement, context: ExecutionContext): Compiled {
  const { handle, session } = context;
  const statements: StoredStatement[] = [];
  const made: { user: string; host: string }[] = [];
  const there: string[] = [];
  for (const specification of statement.accounts) {
    const account = accountNamed(specification.account, session);
    const exists =
      made.some((other) => sameAccount(other, account)) || readUser(handle, account) !== undefined;
    if (exists) {
      there.push(accountText(account));
      continue;
    }
    made.push(account);
    const fields = { ...plainUser, ...account, ...authenticationOf(specification, undefined, context) };
    statements.push(insertUser(fields));
  }
  if (there.length === 0 || statement.ifNotExists) {
    for (const account of there) noteExisting(account, context);
    return { statements, result: ok() };
  }
  throw failedFor('CREATE USER', there);
}

function noteExisting(account: string, context: ExecutionContext): void {
  const { errno, message } = new ObError('ER_USER_ALREADY_EXISTS', [account]);
  context.warn('Note', errno, message);
}
