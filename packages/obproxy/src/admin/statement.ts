import { ObError } from '@sealane/errors';
import { readSelect, readTableName, type Select } from './select.ts';
import { TokenReader } from './token-reader.ts';

/** A statement of the proxy's own SQL. */
export type AdminStatement =
  | { readonly kind: 'show-config'; readonly all: boolean; readonly like: string | undefined }
  | { readonly kind: 'set-config'; readonly assignments: readonly (readonly [string, string])[] }
  | { readonly kind: 'select'; readonly select: Select }
  /** Of the one row of proxyconfig.security_config; not `matches`: of another row, which isn't there. */
  | { readonly kind: 'set-key-info'; readonly value: string; readonly matches: boolean }
  | {
      readonly kind:
        | 'show-sessions'
        | 'show-process-list'
        | 'show-connections'
        | 'show-cluster'
        | 'show-routes';
    }
  | {
      readonly kind: 'show-attributes' | 'show-variables';
      /** Undefined: of whoever asks. */
      readonly id: number | undefined;
      readonly like: string | undefined;
    }
  | { readonly kind: 'show-congestion'; readonly all: boolean }
  | { readonly kind: 'show-statistics'; readonly like: string | undefined }
  | { readonly kind: 'kill'; readonly what: 'connection' | 'query'; readonly id: number }
  /** What clients say when they begin, and what makes no difference here. */
  | { readonly kind: 'nothing' };

/** @throws ObError OB_ERR_PARSE_SQL */
export function parseAdminStatement(text: string): AdminStatement {
  const reader = new TokenReader(text);
  if (reader.take('SELECT')) return { kind: 'select', select: readSelect(reader) };
  if (reader.take('SHOW')) return readShow(reader);
  if (reader.take('KILL')) return readKill(reader);
  if (reader.take('ALTER', 'PROXYCONFIG', 'SET')) return readSetConfig(reader);
  if (reader.take('UPDATE')) return readUpdate(reader);
  if (reader.take('PING', 'PROXY')) return ended(reader, { kind: 'nothing' });
  if (reader.take('SET', 'NAMES') || reader.take('SET', 'AUTOCOMMIT') || reader.take('USE'))
    return { kind: 'nothing' };
  throw reader.error();
}

function readShow(reader: TokenReader): AdminStatement {
  if (reader.take('PROXYCONFIG')) return readShowConfig(reader);
  if (reader.take('PROCESSLIST') || reader.take('FULL', 'PROCESSLIST'))
    return ended(reader, { kind: 'show-process-list' });
  if (reader.take('PROXYSESSION', 'ATTRIBUTE')) return readOfSession(reader, 'show-attributes');
  if (reader.take('PROXYSESSION', 'VARIABLES')) return readOfSession(reader, 'show-variables');
  if (reader.take('PROXYSESSION')) return ended(reader, { kind: 'show-sessions' });
  if (reader.take('PROXYNET', 'CONNECTION')) return ended(reader, { kind: 'show-connections' });
  if (reader.take('PROXYCLUSTER')) return ended(reader, { kind: 'show-cluster' });
  if (reader.take('PROXYROUTE')) return ended(reader, { kind: 'show-routes' });
  if (reader.take('PROXYSTAT')) return ended(reader, { kind: 'show-statistics', like: readLike(reader) });
  if (reader.take('PROXYCONGESTION'))
    return ended(reader, { kind: 'show-congestion', all: reader.take('ALL') });
  throw reader.error();
}

function readOfSession(reader: TokenReader, kind: 'show-attributes' | 'show-variables'): AdminStatement {
  const id = reader.peek.kind === 'number' ? reader.integer() : undefined;
  return ended(reader, { kind, id, like: readLike(reader) });
}

/** `[CONNECTION | QUERY | PROXYSESSION] id`. */
function readKill(reader: TokenReader): AdminStatement {
  const what = reader.take('QUERY') ? 'query' : 'connection';
  if (what === 'connection' && !reader.take('CONNECTION')) reader.take('PROXYSESSION');
  return ended(reader, { kind: 'kill', what, id: reader.integer() });
}

function ended(reader: TokenReader, statement: AdminStatement): AdminStatement {
  reader.end();
  return statement;
}

function readShowConfig(reader: TokenReader): AdminStatement {
  const all = reader.take('ALL');
  const like = readLike(reader);
  reader.end();
  return { kind: 'show-config', all, like };
}

function readLike(reader: TokenReader): string | undefined {
  return reader.take('LIKE') ? reader.string() : undefined;
}

function readSetConfig(reader: TokenReader): AdminStatement {
  const assignments: (readonly [string, string])[] = [];
  do assignments.push(readAssignment(reader));
  while (reader.take(','));
  reader.end();
  return { kind: 'set-config', assignments };
}

/** `proxyconfig.security_config SET CONFIG_VAL = '…' WHERE APP_NAME = 'obproxy' AND VERSION = '1'`. */
function readUpdate(reader: TokenReader): AdminStatement {
  const { database = 'proxyconfig', name } = readTableName(reader);
  if (`${database}.${name}`.toLowerCase() !== 'proxyconfig.security_config')
    throw new ObError('OB_TABLE_NOT_EXIST', [database, name]);
  reader.expect('SET', 'CONFIG_VAL', '=');
  const value = reader.string();
  const where = new Map<string, string>();
  if (reader.take('WHERE')) {
    do {
      const column = reader.name().toUpperCase();
      reader.expect('=');
      where.set(column, reader.peek.kind === 'number' ? String(reader.integer()) : reader.string());
    } while (reader.take('AND'));
  }
  reader.end();
  const known: Readonly<Record<string, string>> = { APP_NAME: 'obproxy', VERSION: '1' };
  const [stranger] = [...where.keys()].filter((column) => known[column] === undefined);
  if (stranger !== undefined) throw new ObError('OB_ERR_BAD_FIELD_ERROR', [stranger, 'where clause']);
  const matches = [...where].every(([column, wanted]) => known[column] === wanted);
  return { kind: 'set-key-info', value, matches };
}

/** `name = value`; a value is a text, a number, or a word such as True or 500ms. */
function readAssignment(reader: TokenReader): readonly [string, string] {
  const name = reader.name();
  reader.expect('=');
  const minus = reader.take('-') ? '-' : '';
  if (!['text', 'number', 'word'].includes(reader.peek.kind)) throw reader.error();
  return [name, minus + reader.next().text];
}
