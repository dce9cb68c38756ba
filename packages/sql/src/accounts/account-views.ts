import { columnList } from '../information-schema/column-list.ts';
import type { CellValue, SqlHandle } from '../values.ts';
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

/** Tables of database `mysql` about accounts, with OceanBase's columns. */
export const accountViews: readonly VirtualTableDefinition[] = [
  mysqlTable(
    'user',
    `host:v128 user:v128 password:v128 ${flagColumns(userPrivileges)} ssl_type:v10 ssl_cipher:v1024 x509_issuer:v1024
     x509_subject:v1024 max_questions:i max_updates:i max_connections:i max_user_connections:i plugin:v64
     authentication_string:v1024 password_expired:v1 account_locked:v1 ${flagColumns(laterPrivileges)}`,
  ),
  mysqlTable('db', `host:v128 db:v128 user:v128 ${flagColumns(databasePrivileges)}`),
];

/** @returns undefined for what isn't one of these */
export function accountViewRows(name: string, handle: SqlHandle): VirtualRows | undefined {
  switch (name) {
    case 'user':
      return readUsers(handle).map(userRow);
    case 'db':
      return handle
        .all(`SELECT host, db, user, privileges FROM ${accountTables.databases} ORDER BY user, host, db`)
        .map(([host = '', db = '', user = '', privileges]) => [
          ...[host, db, user],
          ...flagCells(databasePrivileges, parsePrivileges(String(privileges))),
        ]);
    default:
      return undefined;
  }
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

function mysqlTable(name: string, columns: string): VirtualTableDefinition {
  return {
    database: 'mysql',
    name,
    columns: columnList(columns).map((column) => ({ ...column, nullable: false })),
  };
}
