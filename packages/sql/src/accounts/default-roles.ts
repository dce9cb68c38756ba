import { ObError } from '@sealane/errors';
import type { DefaultRoles, SetRoleStatement } from '../ast.ts';
import { type Compiled, ok } from '../ddl/compiled.ts';
import type { ExecutionContext, StoredStatement } from '../plan.ts';
import { type Account, sameAccount } from './account-name.ts';
import { known } from './grant-role.ts';
import { grantedRoles } from './role-edges.ts';
import { accountTables } from './stored-tables.ts';

/** SET DEFAULT ROLE. @throws 3523, 3530 */
export function setDefaultRole(statement: SetRoleStatement, context: ExecutionContext): Compiled {
  const accounts = statement.accounts.map((name) => known(name, context));
  const { what, roles } = statement;
  if (what === 'default' || what === 'all-except')
    throw new ObError('OB_NOT_SUPPORTED', ['SET DEFAULT ROLE ALL EXCEPT']);
  return { statements: defaultRoleStatements({ what, roles }, accounts, context), result: ok() };
}

/** @throws 3523 for a role that there isn't, 3530 for one that the account hasn't */
export function defaultRoleStatements(
  { what, roles }: DefaultRoles,
  accounts: readonly Account[],
  context: ExecutionContext,
): readonly StoredStatement[] {
  const named = what === 'list' ? roles.map((name) => known(name, context)) : [];
  return accounts.flatMap((account) => {
    const granted = grantedRoles(context.handle, account);
    for (const role of named) mustHave(role, granted, account);
    const chosen = what === 'all' ? granted : named;
    return [clear(account), ...chosen.map((role) => put(role, account))];
  });
}

/** @throws 3530 */
export function mustHave(role: Account, granted: readonly Account[], account: Account): void {
  if (granted.some((each) => sameAccount(each, role))) return;
  throw new ObError('OB_ERR_ROLE_NOT_GRANTED_TO', [role.user, role.host, account.user, account.host]);
}

function clear({ user, host }: Account): StoredStatement {
  return {
    sql: `DELETE FROM ${accountTables.defaultRoles} WHERE user = ? AND host = ?`,
    binds: [user, host],
  };
}

function put(role: Account, account: Account): StoredStatement {
  return {
    sql: `INSERT OR REPLACE INTO ${accountTables.defaultRoles} (user, host, role_user, role_host) VALUES (?, ?, ?, ?)`,
    binds: [account.user, account.host, role.user, role.host],
  };
}
