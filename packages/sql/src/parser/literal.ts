import type { BitLiteral, Expression, HexLiteral, StringLiteral } from '../ast.ts';
import { type Token, TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';

const UINT64_MAX = 18_446_744_073_709_551_615n;

/** Charsets that may introduce a literal: `_latin1'a'`. */
const INTRODUCERS = new Set(
  `armscii8 ascii big5 binary cp1250 cp1251 cp1256 cp1257 cp850 cp852 cp866 cp932 dec8 eucjpms euckr gb18030 gb2312 gbk
  geostd8 greek hebrew hp8 keybcs2 koi8r koi8u latin1 latin2 latin5 latin7 macce macroman sjis swe7 tis620 ucs2 ujis utf16
  utf16le utf32 utf8 utf8mb3 utf8mb4`.split(/\s+/),
);

/** A literal that is one token, a run of strings, or a string with its introducer; undefined if there is none. */
export function parseLiteral(cursor: Cursor): Expression | undefined {
  const { token } = cursor;
  const { start, end } = token;
  switch (token.kind) {
    case TokenKind.Integer:
      cursor.advance();
      return integer(token);
    case TokenKind.Decimal:
      cursor.advance();
      return { kind: 'decimal', start, end, text: token.value };
    case TokenKind.Float:
      cursor.advance();
      return { kind: 'float', start, end, value: Number(token.value), text: token.value };
    case TokenKind.String:
      return parseString(cursor, start, undefined);
    case TokenKind.NationalString:
      cursor.advance();
      return { kind: 'string', start, end, value: token.value, charset: 'utf8mb3' };
    case TokenKind.Hex:
    case TokenKind.Bit:
      return parseBytes(cursor, start, undefined);
    case TokenKind.Parameter:
      cursor.advance();
      return { kind: 'parameter', start, end, index: Number(token.value) };
    case TokenKind.Word:
      return parseWordLiteral(cursor);
  }
  return undefined;
}

function parseWordLiteral(cursor: Cursor): Expression | undefined {
  const { start, end, word, value } = cursor.token;
  switch (word) {
    case 'NULL':
      cursor.advance();
      return { kind: 'null', start, end };
    case 'TRUE':
    case 'FALSE':
      cursor.advance();
      return { kind: 'boolean', start, end, value: word === 'TRUE' };
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP':
      if (cursor.peek(1).kind !== TokenKind.String) return undefined;
      cursor.advance();
      return temporal(cursor, start, word);
  }
  return value.startsWith('_') ? parseIntroduced(cursor) : undefined;
}

function parseIntroduced(cursor: Cursor): Expression | undefined {
  const { start, value } = cursor.token;
  const charset = value.slice(1).toLowerCase();
  if (!INTRODUCERS.has(charset)) return undefined;
  const { kind } = cursor.peek(1);
  if (kind === TokenKind.String) {
    cursor.advance();
    return parseString(cursor, start, charset);
  }
  if (kind !== TokenKind.Hex && kind !== TokenKind.Bit) return undefined;
  cursor.advance();
  return parseBytes(cursor, start, charset);
}

/** `{d '2020-01-01'}` and its kin, after the brace and its word. */
export function temporal(cursor: Cursor, start: number, word: 'DATE' | 'TIME' | 'TIMESTAMP'): Expression {
  const type = word === 'DATE' ? 'date' : word === 'TIME' ? 'time' : 'timestamp';
  const text = cursor.string();
  return { kind: 'temporal', start, end: cursor.lastEnd, type, text };
}

function integer({ start, end, value }: Token): Expression {
  const number = BigInt(value);
  if (number > UINT64_MAX) return { kind: 'decimal', start, end, text: value };
  return { kind: 'integer', start, end, value: number };
}

function parseString(cursor: Cursor, start: number, charset: string | undefined): StringLiteral {
  const value = cursor.string();
  return { kind: 'string', start, end: cursor.lastEnd, value, charset };
}

function parseBytes(cursor: Cursor, start: number, charset: string | undefined): HexLiteral | BitLiteral {
  const { kind, end, value } = cursor.advance();
  if (kind === TokenKind.Hex) return { kind: 'hex', start, end, bytes: hexBytes(value), charset };
  return { kind: 'bit', start, end, bytes: bitBytes(value), charset };
}

function hexBytes(digits: string): Uint8Array {
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
}

function bitBytes(digits: string): Uint8Array {
  const padded = digits.padStart(Math.ceil(digits.length / 8) * 8, '0');
  return Uint8Array.from({ length: padded.length / 8 }, (_, index) =>
    Number.parseInt(padded.slice(index * 8, index * 8 + 8), 2),
  );
}
