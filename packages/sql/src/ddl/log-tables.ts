import type { ColumnDefinition, TableDefinition } from '../catalog.ts';
import type { SqlType } from '../sql-type.ts';
import { hiddenColumn } from './names.ts';

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
  return [definition('general_log', general), definition('slow_log', slow)];
}

function definition(name: string, columns: readonly ColumnDefinition[]): TableDefinition {
  return {
    kind: 'table',
    database: 'mysql',
    name,
    columns: [...columns, hiddenColumn],
    primaryKey: [],
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
