import type { AlterUserStatement } from '../ast.ts';
import type { Compiled } from '../ddl/compiled.ts';
import type { ExecutionContext, StoredStatement } from '../plan.ts';
import { type Account, accountNamed } from './account-name.ts';
import { authenticationOf } from './authentication.ts';
import { defaultRoleStatements } from './default-roles.ts';
import { failedFor } from './failed-accounts.ts';
import { accountResult, type GeneratedPassword } from './generated-passwords.ts';
import { noteMissing } from './missing-accounts.ts';
import { noteChangedPassword } from './own-password.ts';
import { readUser } from './read-users.ts';
import { updateUser } from './update-user.ts';
import { optionFields } from './user-options.ts';

/** All of them or none. @throws 1396 naming each account that isn't there */
export function alterUser(statement: AlterUserStatement, context: ExecutionContext): Compiled {
  const statements: StoredStatement[] = [];
  const generated: GeneratedPassword[] = [];
  const missing: Account[] = [];
  const found: Account[] = [];
  const options = optionFields(statement);
  for (const specification of statement.accounts) {
    const account = accountNamed(specification.account, context.session);
    const user = readUser(context.handle, account);
    if (user === undefined) {
      missing.push(account);
      continue;
    }
    found.push(account);
    const authentication = authenticationOf(specification, user.plugin, context);
    statements.push(...updateUser(account, { ...authentication.fields, ...options }));
    if (authentication.fields.plugin !== undefined) noteChangedPassword(account, context);
    if (authentication.generated !== undefined)
      generated.push({ ...account, password: authentication.generated });
  }
  if (missing.length > 0 && !statement.ifExists) throw failedFor('ALTER USER', missing);
  for (const account of missing) noteMissing(account, context);
  if (statement.defaultRoles !== undefined)
    statements.push(...defaultRoleStatements(statement.defaultRoles, found, context));
  return { statements, result: accountResult(generated) };
}
