import type { ColumnDefinition, TableDefinition } from '../catalog.ts';
import type { SqlType } from '../sql-type.ts';
import type { SqlValue } from '../values.ts';
import { hiddenColumn } from './names.ts';

/** Columns of mysql.user that grant something, in MySQL's order. */
export const privilegeColumns = [
  'select_priv',
  'insert_priv',
  'update_priv',
  'delete_priv',
  'create_priv',
  'drop_priv',
  'reload_priv',
  'shutdown_priv',
  'process_priv',
  'file_priv',
  'grant_priv',
  'references_priv',
  'index_priv',
  'alter_priv',
  'show_db_priv',
  'super_priv',
  'create_tmp_table_priv',
  'lock_tables_priv',
  'execute_priv',
  'repl_slave_priv',
  'repl_client_priv',
  'create_view_priv',
  'show_view_priv',
  'create_routine_priv',
  'alter_routine_priv',
  'create_user_priv',
  'event_priv',
  'trigger_priv',
  'create_tablespace_priv',
] as const;

/** Of a database or a table. */
const objectPrivilegeColumns = privilegeColumns.filter(
  (name) => !/reload|shutdown|process|file|show_db|super|repl|create_user|create_tablespace/.test(name),
);

/** root@'%', who may do everything and has no password. */
export const rootAccount: Readonly<Record<string, SqlValue>> = {
  host: '%',
  user: 'root',
  password: '',
  ...Object.fromEntries(privilegeColumns.map((name) => [name, 'Y'])),
  ssl_type: '',
  ssl_cipher: '',
  x509_issuer: '',
  x509_subject: '',
  max_questions: 0n,
  max_updates: 0n,
  max_connections: 0n,
  max_user_connections: 0n,
  plugin: 'ob_native_password',
  authentication_string: '',
  password_expired: '',
  account_locked: 'N',
};

/** Where MySQL keeps its logs: always empty here, but dumps of all databases ask for them. */
export function logDefinitions(): readonly TableDefinition[] {
  const now = 'CURRENT_TIMESTAMP(6)';
  const at = { ...column('event_time', { name: 'timestamp', decimals: 6 }, now), onUpdateNow: 6 };
  const started = { ...at, name: 'start_time' };
  const text = (name: string) =>
    column(name, { name: 'mediumtext', charset: 'utf8mb4', collation: 'utf8mb4_bin' });
  const number = (name: string) => column(name, { name: 'bigint', unsigned: true });
  const argument = column('argument', { name: 'mediumblob' });
  const general = [
    at,
    text('user_host'),
    number('thread_id'),
    number('server_id'),
    column('command_type', varchar(64)),
    argument,
  ];
  const time = (name: string) => column(name, { name: 'time', decimals: 6 });
  const counts = ['rows_sent', 'rows_examined'].map(number);
  const keys = ['last_insert_id', 'insert_id', 'server_id'].map(number);
  const statement = [column('sql_text', { name: 'mediumblob' }), number('thread_id')];
  const slow = [
    started,
    text('user_host'),
    time('query_time'),
    time('lock_time'),
    ...counts,
    column('db', varchar(512)),
    ...keys,
    ...statement,
  ];
  return [
    definition('general_log', [...general, hiddenColumn], []),
    definition('slow_log', [...slow, hiddenColumn], []),
  ];
}

/** The tables of database `mysql` that hold accounts and grants. */
export function accountDefinitions(): readonly TableDefinition[] {
  const flag = (name: string): ColumnDefinition => column(name, varchar(1), "'N'");
  const bytes = (name: string): ColumnDefinition => column(name, varchar(1024), "''");
  const number = (name: string): ColumnDefinition => column(name, { name: 'bigint' }, "'0'");
  const user = [
    column('host', varchar(128)),
    column('user', varchar(128)),
    column('password', varchar(128), "''"),
    ...privilegeColumns.map(flag),
    column('ssl_type', varchar(10), "''"),
    ...['ssl_cipher', 'x509_issuer', 'x509_subject'].map(bytes),
    ...['max_questions', 'max_updates', 'max_connections', 'max_user_connections'].map(number),
    column('plugin', varchar(64), "'ob_native_password'"),
    column('authentication_string', varchar(1024), "''"),
    column('password_expired', varchar(1), "''"),
    column('account_locked', varchar(1), "'N'"),
  ];
  const host = column('host', varchar(128));
  const db = column('db', varchar(128));
  const who = column('user', varchar(128));
  const table = column('table_name', varchar(128));
  const granted = [column('table_priv', varchar(1024), "''"), column('column_priv', varchar(1024), "''")];
  return [
    definition('user', user, ['host', 'user']),
    definition('db', [host, db, who, ...objectPrivilegeColumns.map(flag)], ['host', 'db', 'user']),
    definition('tables_priv', [host, db, who, table, ...granted], ['host', 'db', 'user', 'table_name']),
  ];
}

function definition(
  name: string,
  columns: readonly ColumnDefinition[],
  primaryKey: readonly string[],
): TableDefinition {
  return {
    kind: 'table',
    database: 'mysql',
    name,
    columns,
    primaryKey,
    indexes: [],
    foreignKeys: [],
    checks: [],
    charset: 'utf8mb4',
    collation: 'utf8mb4_bin',
    comment: '',
    autoIncrementStart: 1n,
    createdAtMs: 0,
  };
}

function column(name: string, type: SqlType, defaultText?: string): ColumnDefinition {
  const base = { name, type, nullable: false, comment: '' };
  return defaultText === undefined ? base : { ...base, defaultText };
}

function varchar(length: number): SqlType {
  return { name: 'varchar', length, charset: 'utf8mb4', collation: 'utf8mb4_bin' };
}
