import type { ParsedStatement, Statement } from '../ast.ts';
import { lexicalMode } from '../lexer/sql-mode.ts';
import { TokenKind } from '../lexer/token.ts';
import { Cursor } from './cursor.ts';
import { grammar } from './grammar.ts';

export interface ParseOptions {
  /** The session's sql_mode, such as `ANSI_QUOTES,PIPES_AS_CONCAT`. Default: none. */
  readonly sqlMode?: string;
}

/**
 * Reads a text of one statement (a semicolon may follow it).
 *
 * @throws ObError OB_ERR_PARSER_SYNTAX (1064), also when a second statement follows
 */
export function parseStatement(text: string, options: ParseOptions = {}): ParsedStatement {
  const trimmed = text.slice(skipSpace(text, 0));
  const { parsed, cursor } = parseNext(trimmed, options);
  while (cursor.token.kind === TokenKind.Semicolon) cursor.advance();
  if (cursor.token.kind !== TokenKind.End) cursor.fail();
  return parsed;
}

/**
 * Reads a text of statements with semicolons between, one at a time: a syntax error in the second
 * is thrown only when the second is asked for. A text without any statement is one 'empty'.
 *
 * @throws ObError OB_ERR_PARSER_SYNTAX (1064) from the iterator
 */
export function* parseScript(text: string, options: ParseOptions = {}): Generator<ParsedStatement, void> {
  let rest = text.slice(skipSpace(text, 0));
  for (let first = true; first || rest !== ''; first = false) {
    const { parsed, cursor } = parseNext(rest, options);
    const isTrailing = parsed.statement.kind === 'empty' && cursor.token.kind === TokenKind.End;
    if (first || !isTrailing) yield parsed;
    const end = cursor.token.end;
    rest = rest.slice(skipSpace(rest, end));
  }
}

function parseNext(
  text: string,
  { sqlMode = '' }: ParseOptions,
): { parsed: ParsedStatement; cursor: Cursor } {
  const cursor = new Cursor(text, lexicalMode(sqlMode), grammar);
  const statement: Statement = cursor.atEnd
    ? { kind: 'empty', comment: cursor.sawComment, start: 0, end: 0 }
    : grammar.statement(cursor);
  if (!cursor.atEnd) cursor.fail();
  return { parsed: finish(text, cursor, statement), cursor };
}

/** A statement with a clause that nobody runs is as a whole one that nobody runs. */
function finish(
  text: string,
  { lacking, lastEnd, parameterCount }: Cursor,
  read: Statement,
): ParsedStatement {
  const { start, end } = read;
  const statement: Statement =
    lacking === undefined ? read : { kind: 'unsupported', name: lacking, start, end };
  return { text: text.slice(0, lastEnd), statement, parameterCount };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 32) at++;
  return at;
}
