import { ObError } from '@sealane/errors';
import {
  type CellValue,
  changeVariables,
  type ExecutionContext,
  type Plan,
  type ResultColumn,
  type SqlValue,
  type StatementResult,
  type VirtualTableDefinition,
} from '@sealane/sql';
import { StorageError } from '@sealane/storage';
import type { ParsedText, SqlEngine } from '../../src/session/sql-engine.ts';

/**
 * SQL for tests of everything around SQL: statements are SQLite's own and run as they stand. A comment in front of them
 * says what they are made to do otherwise: fail after the first row, read a virtual table, read weakly.
 */
export const sqliteEngine: SqlEngine = {
  *parse(text) {
    for (const part of text.split(';')) if (part.trim() !== '') yield parseOne(part);
  },
  parseOne,
  plan,
  columnsOf: () => [column('c')],
  catalogQuery: 'SELECT kind, database, name, definition FROM "__catalog"',
  buildCatalog: (rows, version) => {
    const names = new Set(rows.map(([, , name]) => String(name)));
    const definition = (name: string) => ({ kind: 'table', database: 'd', name, ...tableFacts }) as never;
    return {
      version,
      database: (name) => (name === 'd' ? { name, charset: 'utf8mb4', collation: 'utf8mb4_bin' } : undefined),
      databases: () => [],
      relation: (_, name) => (names.has(name) ? definition(name) : undefined),
      relations: () => [...names].map(definition),
    };
  },
  initialStatements: () => [
    {
      sql: 'CREATE TABLE "__catalog" (kind, database, name, definition, PRIMARY KEY (kind, database, name))',
      binds: [],
    },
  ],
  variableDefault: (name) => defaults[name],
  loginVariables: () => ({}),
  loginRoles: () => [],
  informationSchema: [],
  informationRows: () => undefined,
  fillVirtualTable: (handle, { database, name }, rows) => {
    const table = `"${database}.${name}"`;
    handle.run(`CREATE TEMP TABLE IF NOT EXISTS ${table} (c)`);
    handle.run(`DELETE FROM temp.${table}`);
    for (const row of rows) handle.run(`INSERT INTO temp.${table} VALUES (?)`, row as SqlValue[]);
  },
  translateError: (error) => {
    if (!(error instanceof StorageError)) return error;
    if (error.constraint?.kind === 'primary-key')
      return new ObError('OB_ERR_PRIMARY_KEY_DUPLICATE', ['', '']);
    return /no such table/.test(error.message) ? new ObError('OB_TABLE_NOT_EXIST', ['d', 't']) : error;
  },
};

export const virtualTable: VirtualTableDefinition = {
  database: 'oceanbase',
  name: 'V',
  columns: [{ name: 'c', type: { name: 'varchar', length: 64 } }],
};

const defaults: Readonly<Record<string, CellValue>> = {
  autocommit: 1n,
  foreign_key_checks: 1n,
  ob_query_timeout: 2_000_000n,
  innodb_lock_wait_timeout: 1n,
  ob_trx_lock_timeout: -1n,
  max_execution_time: 0n,
  transaction_read_only: 0n,
};

const tableFacts = {
  columns: [{ name: 'id', autoIncrement: true, type: { name: 'bigint' }, nullable: false, comment: '' }],
  primaryKey: ['id'],
  autoIncrementStart: 1n,
  createdAtMs: 0,
};

function parseOne(text: string): ParsedText {
  const trimmed = text.trim();
  if (trimmed.startsWith('???')) throw new ObError('OB_ERR_PARSER_SYNTAX', [trimmed, 1]);
  const kind = /^\s*(?:\/\*.*?\*\/\s*)?(\w+)/.exec(trimmed)?.[1]?.toLowerCase() ?? 'empty';
  return { text: trimmed, statement: { kind }, parameterCount: (trimmed.match(/\?/g) ?? []).length };
}

function plan({ text, statement }: ParsedText): Plan {
  const comment = /^\/\*(.*?)\*\//.exec(text)?.[1] ?? '';
  const virtualTables = text.includes('oceanbase.V') ? [virtualTable] : [];
  switch (statement.kind) {
    case 'select':
      return {
        kind: 'query',
        readsTables: text.includes('"d.'),
        virtualTables,
        locking: comment.includes('for update'),
        weakRead: comment.includes('weak'),
        run: (context) => rows(text, context),
      };
    case 'insert':
    case 'update':
    case 'delete':
      return { kind: 'dml', virtualTables, run: (context) => change(text, comment, context) };
    case 'create':
    case 'drop':
      return ddl(text, comment);
    case 'set':
      return { kind: 'set', readsTables: false, virtualTables: [], run: (context) => assign(text, context) };
    case 'begin':
      return {
        kind: 'transaction',
        action: { name: 'begin', readOnly: text.includes('read only'), snapshot: false },
      };
    case 'commit':
      return {
        kind: 'transaction',
        action: { name: 'commit', chain: text.includes('chain'), release: false },
      };
    case 'rollback': {
      const savepoint = /to (\w+)/.exec(text)?.[1];
      if (savepoint !== undefined) return { kind: 'transaction', action: { name: 'rollback-to', savepoint } };
      return { kind: 'transaction', action: { name: 'rollback', chain: false, release: false } };
    }
    case 'savepoint':
    case 'release':
      return {
        kind: 'transaction',
        action: { name: statement.kind, savepoint: /\w+$/.exec(text)?.[0] ?? '' },
      };
    case 'use':
      return { kind: 'session', action: { name: 'use', database: /\w+$/.exec(text)?.[0] ?? '' } };
    case 'prepare':
      return {
        kind: 'session',
        action: { name: 'prepare', statement: 's', text: text.slice('prepare s '.length) },
      };
    case 'execute':
      return { kind: 'session', action: { name: 'execute', statement: 's', variables: ['a'] } };
    default:
      throw new ObError('OB_NOT_SUPPORTED', [statement.kind]);
  }
}

function rows(text: string, context: ExecutionContext): StatementResult {
  if (text.includes('last_insert_id'))
    return { kind: 'rows', columns: [column('id')], rows: [[context.session.lastInsertId]] };
  return { kind: 'rows', columns: [column('c')], rows: context.handle.all(text, context.parameters) };
}

function change(text: string, comment: string, context: ExecutionContext): StatementResult {
  const generated = text.includes(':key') ? context.nextAutoIncrement('d', 't', 1) : 0n;
  const { changes } = context.handle.run(text.replace(':key', String(generated)), context.parameters);
  if (generated !== 0n) context.session.lastInsertId = generated;
  context.warn('Note', 1, 'a note');
  if (comment.includes('then fail')) throw new ObError('OB_ERR_DATA_TOO_LONG', ['c', 1]);
  return {
    kind: 'ok',
    affectedRows: BigInt(changes),
    lastInsertId: generated,
    info: comment.includes('matched') ? 'Rows matched: 7  Changed: 0  Warnings: 0' : '',
  };
}

function ddl(text: string, comment: string): Plan {
  const name = /"d\.(\w+)"/.exec(text)?.[1] ?? '';
  const catalogRow =
    text.includes('drop') || text.includes('INDEX')
      ? []
      : [{ sql: `INSERT INTO "__catalog" VALUES ('table', 'd', ?, '')`, binds: [name] }];
  return {
    kind: 'ddl',
    compile: () => {
      const compiled = {
        statements: [{ sql: text, binds: [] }, ...catalogRow],
        result: { kind: 'ok' as const, affectedRows: 0n, lastInsertId: 0n, info: '' },
      };
      const fill: Plan = {
        kind: 'dml',
        virtualTables: [],
        run: (context) => {
          if (context.catalog.relation('d', name) === undefined) throw new Error('an old catalog');
          return change(`INSERT INTO "d.${name}" VALUES (1, 'made'), (2, 'made')`, comment, context);
        },
      };
      // biome-ignore lint/suspicious/noThenProperty: DdlPlan calls it so.
      return comment.includes('select') ? { ...compiled, then: fill } : compiled;
    },
  };
}

/** `set a = 1` a session variable, `set @a = 1` a user variable, `set global a = 1`. */
function assign(text: string, { session }: ExecutionContext) {
  const [, scope, name = '', value = ''] = /set (global |@)?(\w+) *= *(.*)/.exec(text) ?? [];
  const cell = /^-?\d+$/.test(value) ? BigInt(value) : value;
  if (scope === 'global ') return { global: [{ name, value: cell }] };
  if (scope === '@') session.userVariables[name] = cell;
  else changeVariables(session, { [name]: cell });
  return { global: [] };
}

function column(name: string): ResultColumn {
  return {
    database: '',
    table: '',
    originalTable: '',
    name,
    originalName: '',
    type: { name: 'varchar' },
    nullable: true,
  };
}
