import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';

/** Reads to the end of the statement. @returns the text, as written */
export function restOfStatement(cursor: Cursor): string {
  const { start } = cursor.token;
  skipToEnd(cursor);
  return cursor.text.slice(start, cursor.lastEnd);
}

/** Passes over everything up to the semicolon; what can't be a token is still a syntax error. */
export function skipToEnd(cursor: Cursor): void {
  while (!cursor.atEnd) {
    if (cursor.token.kind === TokenKind.Invalid) cursor.fail();
    cursor.advance();
  }
}
