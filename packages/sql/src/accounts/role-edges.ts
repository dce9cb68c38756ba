import type { StoredStatement } from '../plan.ts';
import type { SqlHandle } from '../values.ts';
import { type Account, sameAccount } from './account-name.ts';
import { accountTables } from './stored-tables.ts';

/** A role that somebody has. */
export interface GrantedRole extends Account {
  /** WITH ADMIN OPTION: he may give it to others. */
  readonly admin: boolean;
}

/** The roles that were granted to an account itself, by name. */
export function grantedRoles(handle: SqlHandle, { user, host }: Account): readonly GrantedRole[] {
  const rows = handle.all(
    `SELECT role_user, role_host, admin_option FROM ${accountTables.roles} WHERE user = ? AND host = ? ORDER BY 1, 2`,
    [user, host],
  );
  return rows.map(([role, roleHost, admin]) => ({
    user: String(role),
    host: String(roleHost),
    admin: admin === 'Y',
  }));
}

/** Those, with the roles of these roles and so on, each once. */
export function reachableRoles(handle: SqlHandle, from: readonly Account[]): readonly Account[] {
  const reached: Account[] = [];
  const open = [...from];
  for (let role = open.shift(); role !== undefined; role = open.shift()) {
    const next = role;
    if (reached.some((known) => sameAccount(known, next))) continue;
    reached.push({ user: next.user, host: next.host });
    open.push(...grantedRoles(handle, next));
  }
  return reached;
}

/** The roles that are active when somebody logs in. */
export function readDefaultRoles(handle: SqlHandle, { user, host }: Account): readonly Account[] {
  const rows = handle.all(
    `SELECT role_user, role_host FROM ${accountTables.defaultRoles} WHERE user = ? AND host = ? ORDER BY 1, 2`,
    [user, host],
  );
  return rows.map(([role, roleHost]) => ({ user: String(role), host: String(roleHost) }));
}

/** The roles of a new session: the account's default ones, or all that it has. */
export function loginRoles(handle: SqlHandle, account: Account, all: boolean): readonly Account[] {
  if (!all) return readDefaultRoles(handle, account);
  return grantedRoles(handle, account).map(({ user, host }) => ({ user, host }));
}

export function putRole(role: Account, account: Account, admin: boolean): StoredStatement {
  return {
    sql:
      `INSERT INTO ${accountTables.roles} (user, host, role_user, role_host, admin_option) VALUES (?, ?, ?, ?, ?) ` +
      `ON CONFLICT DO UPDATE SET admin_option = max(admin_option, excluded.admin_option)`,
    binds: [account.user, account.host, role.user, role.host, admin ? 'Y' : 'N'],
  };
}

/** A role that is taken away is no default any more. */
export function removeRole(role: Account, account: Account): readonly StoredStatement[] {
  return [accountTables.roles, accountTables.defaultRoles].map((table) => ({
    sql: `DELETE FROM ${table} WHERE user = ? AND host = ? AND role_user = ? AND role_host = ?`,
    binds: [account.user, account.host, role.user, role.host],
  }));
}
