import type { AccountName } from '../ast.ts';
import { type Compiled, ok } from '../ddl/compiled.ts';
import type { ExecutionContext, StoredStatement } from '../plan.ts';
import { type Account, accountNamed } from './account-name.ts';
import { failedFor } from './failed-accounts.ts';
import { noteMissing } from './missing-accounts.ts';
import { readUser } from './read-users.ts';
import { accountTables } from './stored-tables.ts';

/** DROP USER and DROP ROLE: all of them or none, with everything that was granted to them. @throws 1396 */
export function dropAccounts(
  operation: 'DROP USER' | 'DROP ROLE',
  { names, ifExists }: { readonly names: readonly AccountName[]; readonly ifExists: boolean },
  context: ExecutionContext,
): Compiled {
  const { handle, session } = context;
  const accounts = names.map((name) => accountNamed(name, session));
  const missing = accounts.filter((account) => readUser(handle, account) === undefined);
  if (missing.length > 0 && !ifExists) throw failedFor(operation, missing);
  for (const account of missing) noteMissing(account, context);
  const statements = accounts.filter((account) => !missing.includes(account)).flatMap(removeAccount);
  return { statements, result: ok() };
}

/** The account with its grants, and itself as a role of others. */
function removeAccount({ user, host }: Account): readonly StoredStatement[] {
  const { roles, defaultRoles } = accountTables;
  return [
    ...Object.values(accountTables).map((table) => ({
      sql: `DELETE FROM ${table} WHERE user = ? AND host = ?`,
      binds: [user, host],
    })),
    ...[roles, defaultRoles].map((table) => ({
      sql: `DELETE FROM ${table} WHERE role_user = ? AND role_host = ?`,
      binds: [user, host],
    })),
  ];
}
