import { readSelect, type Select } from './select.ts';
import { TokenReader } from './token-reader.ts';

/** A statement of the proxy's own SQL. */
export type AdminStatement =
  | { readonly kind: 'show-config'; readonly all: boolean; readonly like: string | undefined }
  | { readonly kind: 'set-config'; readonly assignments: readonly (readonly [string, string])[] }
  | { readonly kind: 'select'; readonly select: Select }
  /** What clients say when they begin, and what makes no difference here. */
  | { readonly kind: 'nothing' };

/** @throws ObError OB_ERR_PARSE_SQL */
export function parseAdminStatement(text: string): AdminStatement {
  const reader = new TokenReader(text);
  if (reader.take('SELECT')) return { kind: 'select', select: readSelect(reader) };
  if (reader.take('SHOW', 'PROXYCONFIG')) return readShowConfig(reader);
  if (reader.take('ALTER', 'PROXYCONFIG', 'SET')) return readSetConfig(reader);
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

/** `name = value`; a value is a text, a number, or a word such as True or 500ms. */
function readAssignment(reader: TokenReader): readonly [string, string] {
  const name = reader.name();
  reader.expect('=');
  const minus = reader.take('-') ? '-' : '';
  if (!['text', 'number', 'word'].includes(reader.peek.kind)) throw reader.error();
  return [name, minus + reader.next().text];
}
