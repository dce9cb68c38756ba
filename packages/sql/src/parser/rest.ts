import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';

/** Reads to the end of the statement. @returns the text, as written */
export function restOfStatement(cursor: Cursor): string {
  const { start } = cursor.token;
  skipToEnd(cursor);
  return cursor.text.slice(start, cursor.lastEnd);
}

/** Passes over everything up to the semicolon; what nobody could mean is still a syntax error. */
export function skipToEnd(cursor: Cursor): void {
  let depth = 0;
  let previous = '';
  while (!cursor.atEnd) {
    const { kind, word } = cursor.token;
    if (word === '(') depth++;
    else if (word === ')') depth--;
    const lacksItem = (word === ',' || word === ')') && (previous === ',' || previous === '=');
    if (kind === TokenKind.Invalid || depth < 0 || lacksItem) cursor.fail();
    previous = word;
    cursor.advance();
  }
  if (depth > 0 || previous === ',' || previous === '=') cursor.fail();
}
