import type { SqlType } from '../sql-type.ts';
import type { CellValue, SqlValue } from '../values.ts';
import { fault, incorrect, note, type Store, textOf } from './store-rules.ts';

/** Most bytes of the types that have no length of their own. */
const byteLimits: Readonly<Record<string, number>> = {
  tinytext: 255,
  text: 65_535,
  mediumtext: 16_777_215,
  longtext: 4_294_967_295,
  tinyblob: 255,
  blob: 65_535,
  mediumblob: 16_777_215,
  longblob: 4_294_967_295,
};

export function storeText(type: SqlType, cell: CellValue, store: Store): SqlValue {
  const text = cell instanceof Uint8Array ? decode(cell, store) : textOf(cell);
  const limit = byteLimits[type.name];
  if (limit !== undefined) return cutToBytes(text, limit, store);
  const length = type.length ?? 1;
  const fitting = text.length <= length ? text : cutToCharacters(type, text, length, store);
  return type.name === 'char' ? fitting.replace(/ +$/, '') : fitting;
}

export function storeBytes(type: SqlType, cell: CellValue, store: Store): SqlValue {
  const bytes = cell instanceof Uint8Array ? cell : Buffer.from(textOf(cell), 'utf8');
  const limit = byteLimits[type.name] ?? type.length ?? 1;
  if (bytes.length > limit) {
    fault(store, 'OB_ERR_DATA_TOO_LONG');
    return bytes.subarray(0, limit);
  }
  if (type.name !== 'binary' || bytes.length === limit) return bytes;
  const padded = new Uint8Array(limit);
  padded.set(bytes);
  return padded;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array, store: Store): string {
  try {
    return utf8.decode(bytes);
  } catch {
    incorrect(store, 'string', bytes);
    return Buffer.from(bytes).toString('utf8').split('\u{fffd}')[0] ?? '';
  }
}

/** Characters are code points, not UTF-16 units. */
function cutToCharacters(type: SqlType, text: string, length: number, store: Store): string {
  const characters = [...text];
  if (characters.length <= length) return text;
  const kept = characters.slice(0, length).join('');
  if (characters.slice(length).every((character) => character === ' ')) {
    if (type.name === 'varchar') note(store);
    return kept;
  }
  fault(store, 'OB_ERR_DATA_TOO_LONG');
  return kept;
}

function cutToBytes(text: string, limit: number, store: Store): string {
  // No character of UTF-8 takes more than three bytes for each UTF-16 unit.
  if (text.length * 3 <= limit) return text;
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= limit) return text;
  fault(store, 'OB_ERR_DATA_TOO_LONG');
  let end = limit;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8');
}
