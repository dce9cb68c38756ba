import { quoteName, quoteText } from '../types/type-text.ts';
import type { SqlHandle } from '../values.ts';
import { type Account, roleText } from './account-name.ts';
import { addGrants, type Grants, grantsOf, type TableGrants } from './grants-of.ts';
import { allPrivileges, type GrantLevel, type PrivilegeName, privilegeRows } from './privilege-list.ts';
import { grantedRoles, reachableRoles } from './role-edges.ts';

/**
 * The lines of SHOW GRANTS, in OceanBase's words and order.
 * @param using roles whose grants are shown as if they were the account's own
 */
export function grantLines(
  handle: SqlHandle,
  account: Account,
  using: readonly Account[],
): readonly string[] {
  const grants = grantsOf(handle, account);
  for (const role of reachableRoles(handle, using)) addGrants(grants, grantsOf(handle, role));
  return [...privilegeLines(grants, account), ...roleLines(handle, account)];
}

function privilegeLines(grants: Grants, account: Account): readonly string[] {
  const to = `TO ${granteeText(account)}`;
  const line = (what: string, on: string, held: ReadonlySet<PrivilegeName>) =>
    `GRANT ${what} ON ${on} ${to}${held.has('GRANT OPTION') ? ' WITH GRANT OPTION' : ''}`;
  return [
    line(grantedText(grants.global, 'global'), '*.*', grants.global),
    ...sorted(grants.databases).map(([database, held]) =>
      line(grantedText(held, 'database'), `${quoteName(database)}.*`, held),
    ),
    ...sorted(grants.tables).map(([, table]) =>
      line(
        grantedText(table.held, 'table', table),
        `${quoteName(table.database)}.${quoteName(table.table)}`,
        table.held,
      ),
    ),
  ];
}

function roleLines(handle: SqlHandle, account: Account): readonly string[] {
  const roles = grantedRoles(handle, account);
  return [false, true].flatMap((admin) => {
    const those = roles.filter((role) => role.admin === admin);
    if (those.length === 0) return [];
    const list = those.map(roleText).join(',');
    return [`GRANT ${list} TO ${roleText(account)}${admin ? ' WITH ADMIN OPTION' : ''}`];
  });
}

/** The host is left out where it is any. */
function granteeText({ user, host }: Account): string {
  return host === '%' ? quoteText(user) : `${quoteText(user)}@${quoteText(host)}`;
}

function grantedText(
  privileges: ReadonlySet<PrivilegeName>,
  level: GrantLevel,
  { columns }: Pick<TableGrants, 'columns'> = { columns: new Map() },
): string {
  const all = allPrivileges(level);
  if (all.every((name) => privileges.has(name))) return 'ALL PRIVILEGES';
  const parts = privilegeRows.flatMap((row) => {
    const whole = row.name !== 'GRANT OPTION' && privileges.has(row.name) ? [shownName(row)] : [];
    const some = [...columns].filter(([, held]) => held.has(row.name)).map(([column]) => quoteName(column));
    return some.length === 0 ? whole : [...whole, `${row.name} (${some.join(', ')})`];
  });
  return parts.length === 0 ? 'USAGE' : parts.join(', ');
}

function shownName(row: (typeof privilegeRows)[number]): string {
  return 'shown' in row ? row.shown : row.name;
}

function sorted<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
