import type { AccountName, ColumnReference, TableName } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';

/** `t`, `d.t` or `.t`. */
export function parseTableName(cursor: Cursor): TableName {
  const { start } = cursor.token;
  if (cursor.accept('.'))
    return { database: undefined, name: cursor.nameAfterPoint(), start, end: cursor.lastEnd };
  const first = cursor.name();
  if (!cursor.accept('.')) return { database: undefined, name: first, start, end: cursor.lastEnd };
  const name = cursor.nameAfterPoint();
  return { database: first, name, start, end: cursor.lastEnd };
}

/** `c`, `t.c` or `d.t.c`. */
export function parseColumnReference(cursor: Cursor): ColumnReference {
  const { start } = cursor.token;
  const parts = cursor.accept('.') ? [cursor.nameAfterPoint()] : [cursor.name()];
  while (parts.length < 3 && cursor.accept('.')) parts.push(cursor.nameAfterPoint());
  return columnReference(parts, start, cursor.lastEnd);
}

/** @param parts one to three names */
export function columnReference(parts: readonly string[], start: number, end: number): ColumnReference {
  const [name = '', table, database] = parts.toReversed();
  return { kind: 'column', start, end, database, table, name };
}

/** `user`, `user@host`, `'user'@'host'`, CURRENT_USER[()]. */
export function parseAccountName(cursor: Cursor): AccountName {
  const { start } = cursor.token;
  if (cursor.accept('CURRENT_USER')) {
    if (cursor.accept('(')) cursor.expect(')');
    return { user: '', host: undefined, current: true, start, end: cursor.lastEnd };
  }
  const user = cursor.nameOrString();
  const host = parseHost(cursor);
  return { user, host, current: false, start, end: cursor.lastEnd };
}

function parseHost(cursor: Cursor): string | undefined {
  if (cursor.token.kind === TokenKind.UserVariable) return cursor.advance().value;
  return cursor.accept('@') ? cursor.nameOrString() : undefined;
}

/** A string, or a hexadecimal or binary literal, which stands for its bytes. */
export function parseBytesOrString(cursor: Cursor): string {
  const { kind, value } = cursor.token;
  if (kind !== TokenKind.Hex && kind !== TokenKind.Bit) return cursor.string();
  cursor.advance();
  const digits = kind === TokenKind.Hex ? value : BigInt(`0b0${value}`).toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').toString('latin1');
}

/** A charset's name: word, string or BINARY; in lower case. */
export function parseCharsetName(cursor: Cursor): string {
  if (cursor.accept('BINARY')) return 'binary';
  return cursor.nameOrString().toLowerCase();
}

export function parseCollationName(cursor: Cursor): string {
  return parseCharsetName(cursor);
}

/** CHARACTER SET, CHARSET or CHAR SET. */
export function acceptCharsetWords(cursor: Cursor): boolean {
  return cursor.acceptAll('CHARACTER', 'SET') || cursor.acceptAll('CHAR', 'SET') || cursor.accept('CHARSET');
}
