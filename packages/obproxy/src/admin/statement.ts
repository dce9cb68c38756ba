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
  /** What clients say when they begin, and what makes no difference here. */
  | { readonly kind: 'nothing' };

/** @throws ObError OB_ERR_PARSE_SQL */
export function parseAdminStatement(text: string): AdminStatement {
  const reader = new TokenReader(text);
  if (reader.take('SELECT')) return { kind: 'select', select: readSelect(reader) };
  if (reader.take('SHOW', 'PROXYCONFIG')) return readShowConfig(reader);
  if (reader.take('ALTER', 'PROXYCONFIG', 'SET')) return readSetConfig(reader);
  if (reader.take('UPDATE')) return readUpdate(reader);
  if (reader.take('SET', 'NAMES') || reader.take('SET', 'AUTOCOMMIT') || reader.take('USE'))
    return { kind: 'nothing' };
  throw reader.error();
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
