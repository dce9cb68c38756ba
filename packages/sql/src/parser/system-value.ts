import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';

/** A word or a string. */
export function parseWordOrString(cursor: Cursor): string {
  if (cursor.token.kind === TokenKind.String) return cursor.string();
  if (cursor.token.kind === TokenKind.Integer) return cursor.advance().value;
  return cursor.nameAfterPoint();
}

/** `word [=] value`; undefined if the word isn't next. */
export function acceptValue(cursor: Cursor, word: string): string | undefined {
  if (!cursor.accept(word)) return undefined;
  cursor.accept('=');
  return parseWordOrString(cursor);
}

/** SERVER [=] 'ip:port', or the old HOST 'ip:port'. */
export function parseServer(cursor: Cursor): string {
  cursor.expectOneOf('SERVER', 'HOST');
  cursor.accept('=');
  return cursor.string();
}

/** SERVER [=] 'ip:port', several with commas, or in parentheses. */
export function parseServers(cursor: Cursor): string[] {
  cursor.expectOneOf('SERVER', 'OBSERVER');
  cursor.accept('=');
  if (cursor.is('(')) return cursor.parenthesized((at) => at.string());
  return cursor.list((at) => at.string());
}
