import { ObError } from '@sealane/errors';
import type { CreateUserStatement } from '../ast.ts';
import type { Compiled } from '../ddl/compiled.ts';
import type { ExecutionContext, StoredStatement } from '../plan.ts';
import { type Account, accountNamed, accountText, sameAccount } from './account-name.ts';
import { authenticationOf } from './authentication.ts';
import { defaultRoleStatements } from './default-roles.ts';
import { failedFor } from './failed-accounts.ts';
import { accountResult, type GeneratedPassword } from './generated-passwords.ts';
import { readUser } from './read-users.ts';
import { insertUser, plainUser } from './stored-tables.ts';
import { optionFields } from './user-options.ts';

/** All of them or none. @throws 1396 naming each account that is there already */
export function createUser(statement: CreateUserStatement, context: ExecutionContext): Compiled {
  const { handle, session } = context;
  const statements: StoredStatement[] = [];
  const generated: GeneratedPassword[] = [];
  const made: Account[] = [];
  const there: Account[] = [];
  const options = optionFields(statement);
  for (const specification of statement.accounts) {
    const account = accountNamed(specification.account, session);
    if (made.some((other) => sameAccount(other, account)) || readUser(handle, account) !== undefined) {
      there.push(account);
      continue;
    }
    made.push(account);
    const authentication = authenticationOf(specification, undefined, context);
    statements.push(insertUser({ ...plainUser, ...account, ...authentication.fields, ...options }));
    if (authentication.generated !== undefined)
      generated.push({ ...account, password: authentication.generated });
  }
  if (there.length > 0 && !statement.ifNotExists) throw failedFor('CREATE USER', there);
  for (const account of there) noteExisting(account, context);
  if (statement.defaultRoles !== undefined)
    statements.push(...defaultRoleStatements(statement.defaultRoles, made, context));
  return { statements, result: accountResult(generated) };
}

export function noteExisting(account: Account, context: ExecutionContext): void {
  const { errno, message } = new ObError('ER_USER_ALREADY_EXISTS', [accountText(account)]);
  context.warn('Note', errno, message);
}
