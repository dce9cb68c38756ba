import { columnList } from '../information-schema/column-list.ts';
import type { CellValue, SqlHandle, SqlValue } from '../values.ts';
import type { VirtualRows, VirtualTableDefinition } from '../virtual-table.ts';
import { type PrivilegeName, parsePrivileges, privilegeRows } from './privilege-list.ts';
import { readUsers } from './read-users.ts';
import { accountTables, type StoredUser } from './stored-tables.ts';

/** Columns of mysql.user that say what is granted, in OceanBase's order. */
const userPrivileges = `select insert update delete create drop reload shutdown process file grant references index alter show_db super
   create_tmp_table lock_tables execute repl_slave repl_client create_view show_view create_routine alter_routine
   create_user event trigger create_tablespace`;
const laterPrivileges = 'drop_database_link create_database_link create_role drop_role';
const databasePrivileges = `select insert update delete create drop grant references index alter create_tmp_table lock_tables create_view
   show_view create_routine alter_routine execute event trigger`;

const flags = (list: string): readonly string[] => list.split(/\s+/).map((name) => `${name}_priv`);
const flagColumns = (list: string): string =>
  flags(list)
    .map((name) => `${name}:v1`)
    .join(' ');

const grantee = 'host:v255 db:v128 user:v128';

/** Tables of database `mysql` about accounts, with the columns of OceanBase, of MySQL for roles. */
export const accountViews: readonly VirtualTableDefinition[] = [
  mysqlTable(
    'user',
    `host:v255 user:v128 password:v128 ${flagColumns(userPrivileges)} ssl_type:v10 ssl_cipher:v1024 x509_issuer:v1024
     x509_subject:v1024 max_questions:i max_updates:i max_connections:i max_user_connections:i plugin:v64
     authentication_string:v1024 password_expired:v1 account_locked:v1 ${flagColumns(laterPrivileges)}`,
  ),
  mysqlTable('db', `${grantee} ${flagColumns(databasePrivileges)}`),
  mysqlTable(
    'tables_priv',
    `${grantee} table_name:v128 grantor:v288 timestamp:d? table_priv:v1024 column_priv:v1024`,
  ),
  mysqlTable('columns_priv', `${grantee} table_name:v128 column_name:v128 timestamp:d? column_priv:v1024`),
  // There are no routines.
  mysqlTable(
    'procs_priv',
    `${grantee} routine_name:v128 routine_type:v9 grantor:v288 proc_priv:v1024 timestamp:d?`,
  ),
  mysqlTable('role_edges', 'from_host:v255 from_user:v128 to_host:v255 to_user:v128 with_admin_option:v1'),
  mysqlTable('default_roles', 'host:v255 user:v128 default_role_host:v255 default_role_user:v128'),
];

/** @returns undefined for what isn't one of these */
export function accountViewRows(name: string, handle: SqlHandle): VirtualRows | undefined {
  return fillers[name]?.(handle);
}

const { databases, tables, columns, roles, defaultRoles } = accountTables;

const fillers: Readonly<Record<string, (handle: SqlHandle) => VirtualRows>> = {
  user: (handle) => readUsers(handle).map(userRow),
  db: (handle) =>
    handle
      .all(`SELECT host, db, user, privileges FROM ${databases} ORDER BY user, host, db`)
      .map(([host = '', db = '', user = '', held]) => [
        ...[host, db, user],
        ...flagCells(databasePrivileges, parsePrivileges(String(held))),
      ]),
  tables_priv: tableRows,
  columns_priv: (handle) =>
    handle
      .all(
        `SELECT host, db, user, table_name, column_name, NULL, privileges FROM ${columns} ORDER BY user, host, 2, 4, 5`,
      )
      .map((row) => [...row.slice(0, -1), listCell(row.at(-1))]),
  procs_priv: () => [],
  role_edges: (handle) =>
    handle.all(`SELECT role_host, role_user, host, user, admin_option FROM ${roles} ORDER BY 2, 1, 4, 3`),
  default_roles: (handle) =>
    handle.all(`SELECT host, user, role_host, role_user FROM ${defaultRoles} ORDER BY 2, 1, 4, 3`),
};

/** A table of which only columns were granted has a row too. */
function tableRows(handle: SqlHandle): VirtualRows {
  const of = (column: string, table: string, grantor: string) =>
    `SELECT host, db, user, table_name, ${grantor} AS grantor, ${column} FROM ${table}`;
  return handle
    .all(
      `SELECT host, db, user, table_name, max(grantor), NULL, group_concat(whole, ','), group_concat(part, ',') FROM (
       ${of("privileges AS whole, '' AS part", tables, 'grantor')} UNION ALL
       ${of("'' AS whole, privileges AS part", columns, "''")}) GROUP BY user, host, db, table_name`,
    )
    .map((row) => [...row.slice(0, -2), listCell(row.at(-2)), listCell(row.at(-1))]);
}

/** As MySQL shows a SET: `Select,Show view`. */
function listCell(text: SqlValue | undefined): string {
  const held = parsePrivileges(String(text ?? ''));
  return privilegeRows
    .filter(({ name }) => held.has(name))
    .map(({ name }) => (name === 'GRANT OPTION' ? 'Grant' : name.charAt(0) + name.slice(1).toLowerCase()))
    .join(',');
}

/** `password` has the hash; plugin, authentication_string and password_expired are what OceanBase always shows there. */
function userRow(user: StoredUser): readonly CellValue[] {
  const held = parsePrivileges(user.privileges);
  return [
    ...[user.host, user.user, user.authentication_string],
    ...flagCells(userPrivileges, held),
    ...[user.ssl_type === 'NONE' ? '' : user.ssl_type, user.ssl_cipher, user.x509_issuer, user.x509_subject],
    ...[0n, 0n, user.max_connections, user.max_user_connections],
    ...['ob_native_password', '', '', user.account_locked],
    ...flagCells(laterPrivileges, held),
  ];
}

function flagCells(list: string, held: ReadonlySet<PrivilegeName>): readonly string[] {
  return flags(list).map((column) => {
    const row = privilegeRows.find((each) => 'column' in each && each.column === column);
    return row !== undefined && held.has(row.name) ? 'Y' : 'N';
  });
}

function mysqlTable(name: string, list: string): VirtualTableDefinition {
  return { database: 'mysql', name, columns: columnList(list) };
}
