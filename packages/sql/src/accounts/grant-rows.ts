import type { StoredStatement } from '../plan.ts';
import type { SqlHandle, SqlValue } from '../values.ts';
import type { Account } from './account-name.ts';
import { type PrivilegeName, parsePrivileges, privilegesText } from './privilege-list.ts';
import { accountTables } from './stored-tables.ts';

/** One row of a table of grants: whose it is and what it is about. */
export interface GrantRow {
  readonly table: string;
  /** Columns of the key with their values. */
  readonly key: Readonly<Record<string, string>>;
}

export function databaseRow({ user, host }: Account, database: string): GrantRow {
  return { table: accountTables.databases, key: { user, host, db: database } };
}

export function tableRow({ user, host }: Account, database: string, table: string): GrantRow {
  return { table: accountTables.tables, key: { user, host, db: database, table_name: table } };
}

export function columnRow(account: Account, database: string, table: string, column: string): GrantRow {
  const { key } = tableRow(account, database, table);
  return { table: accountTables.columns, key: { ...key, column_name: column } };
}

/** @returns undefined where there is no row: nothing was granted */
export function heldIn(handle: SqlHandle, row: GrantRow): Set<PrivilegeName> | undefined {
  const { where, binds } = condition(row);
  const [found] = handle.all(`SELECT privileges FROM ${row.table} WHERE ${where}`, binds);
  return found === undefined ? undefined : parsePrivileges(String(found[0]));
}

/** Puts the row, or takes it away where nothing is left. @param further columns outside of the key */
export function putHeld(
  row: GrantRow,
  held: ReadonlySet<PrivilegeName>,
  further: Readonly<Record<string, string>> = {},
): StoredStatement {
  const { where, binds } = condition(row);
  if (held.size === 0) return { sql: `DELETE FROM ${row.table} WHERE ${where}`, binds };
  const fields = { ...row.key, privileges: privilegesText(held), ...further };
  const names = Object.keys(fields).join(', ');
  const marks = Object.keys(fields)
    .map(() => '?')
    .join(', ');
  return {
    sql: `INSERT OR REPLACE INTO ${row.table} (${names}) VALUES (${marks})`,
    binds: Object.values(fields),
  };
}

/** What finds the row in its table. */
export function condition({ key }: GrantRow): { where: string; binds: readonly SqlValue[] } {
  const where = Object.keys(key)
    .map((name) => `${name} = ?`)
    .join(' AND ');
  return { where, binds: Object.values(key) };
}
