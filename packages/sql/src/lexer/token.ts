/** What a token is. A plain object of numbers, so that comparing kinds stays cheap. */
export const TokenKind = {
  End: 0,
  /** An unquoted identifier or keyword: `word` in upper case, `value` as written. */
  Word: 1,
  /** `` `a` `` (or "a" under ANSI_QUOTES): `value` unquoted, `word` empty. */
  QuotedName: 2,
  /** `value` with escapes resolved. */
  String: 3,
  /** N'…'. */
  NationalString: 4,
  Integer: 5,
  Decimal: 6,
  Float: 7,
  /** `value` is the hexadecimal digits. */
  Hex: 8,
  /** `value` is the binary digits. */
  Bit: 9,
  /** `word` is the operator or the mark itself. */
  Operator: 10,
  /** `?`: `value` is its index as digits. */
  Parameter: 11,
  /** `@name`: `value` without the sign. */
  UserVariable: 12,
  /** An optimizer hint after a statement's first word: `value` is its text. */
  Hint: 13,
  Semicolon: 14,
  /** What can't begin any token, or never ends: a syntax error if the parser gets here. */
  Invalid: 15,
} as const;

export type TokenKind = (typeof TokenKind)[keyof typeof TokenKind];

export interface Token {
  readonly kind: TokenKind;
  /** UTF-16 offsets, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** What a grammar compares with: the keyword in upper case, the operator; empty for anything quoted. */
  readonly word: string;
  readonly value: string;
}
