import type { SqlHandle } from '../values.ts';
import type { Account } from './account-name.ts';
import { type PrivilegeName, parsePrivileges } from './privilege-list.ts';
import { readUser } from './read-users.ts';
import { accountTables } from './stored-tables.ts';

/** What was granted on a table as a whole, and on some of its columns. */
export interface TableGrants {
  readonly database: string;
  readonly table: string;
  readonly held: Set<PrivilegeName>;
  readonly columns: Map<string, Set<PrivilegeName>>;
}

/** Everything that was granted to one account, or to several taken together. */
export interface Grants {
  readonly global: Set<PrivilegeName>;
  /** By the name or the pattern as it was granted. */
  readonly databases: Map<string, Set<PrivilegeName>>;
  /** By `database.table`. */
  readonly tables: Map<string, TableGrants>;
}

/** What was granted to the account itself, without its roles. */
export function grantsOf(handle: SqlHandle, account: Account): Grants {
  const own = [account.user, account.host];
  const where = 'WHERE user = ? AND host = ?';
  const grants: Grants = {
    global: parsePrivileges(readUser(handle, account)?.privileges ?? ''),
    databases: new Map(),
    tables: new Map(),
  };
  const { databases, tables, columns } = accountTables;
  for (const [db, held] of handle.all(`SELECT db, privileges FROM ${databases} ${where} ORDER BY db`, own))
    grants.databases.set(String(db), parsePrivileges(String(held)));
  const onTables = handle.all(`SELECT db, table_name, privileges FROM ${tables} ${where} ORDER BY 1, 2`, own);
  for (const [db, table, held] of onTables)
    addAll(tableIn(grants, String(db), String(table)).held, parsePrivileges(String(held)));
  const onColumns = handle.all(
    `SELECT db, table_name, column_name, privileges FROM ${columns} ${where} ORDER BY 1, 2, 3`,
    own,
  );
  for (const [db, table, column, held] of onColumns)
    tableIn(grants, String(db), String(table)).columns.set(String(column), parsePrivileges(String(held)));
  return grants;
}

/** Adds what another account has. Patterns stay apart: each account's most special one counts for it. */
export function addGrants(grants: Grants, further: Grants): void {
  addAll(grants.global, further.global);
  for (const [database, held] of further.databases) addAll(heldOn(grants, database), held);
  for (const { database, table, held, columns } of further.tables.values()) {
    const known = tableIn(grants, database, table);
    addAll(known.held, held);
    for (const [column, names] of columns) {
      const has = known.columns.get(column) ?? new Set();
      addAll(has, names);
      known.columns.set(column, has);
    }
  }
}

function heldOn(grants: Grants, database: string): Set<PrivilegeName> {
  const held = grants.databases.get(database) ?? new Set();
  grants.databases.set(database, held);
  return held;
}

function tableIn(grants: Grants, database: string, table: string): TableGrants {
  const key = `${database}.${table}`;
  const known = grants.tables.get(key) ?? { database, table, held: new Set(), columns: new Map() };
  grants.tables.set(key, known);
  return known;
}

function addAll<T>(set: Set<T>, further: Iterable<T>): void {
  for (const each of further) set.add(each);
}
