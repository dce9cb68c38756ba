import type { Expression, Query } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseFunctionCall, parsePlainCall } from './function-call.ts';
import { parseLeadingInterval } from './interval.ts';
import { parseLiteral, temporal } from './literal.ts';
import { columnReference, parseCollationName } from './name.ts';
import { parseOver } from './window.ts';

/** An expression without binary operators, with what may follow it directly: COLLATE, `->`, `->>`. */
export function parsePrimary(cursor: Cursor): Expression {
  let operand = parseSimple(cursor);
  for (let count = 0; ; count++) {
    cursor.limitChain(count);
    switch (cursor.token.word) {
      case 'COLLATE': {
        cursor.advance();
        const collation = parseCollationName(cursor);
        operand = { kind: 'collate', operand, collation, start: operand.start, end: cursor.lastEnd };
        break;
      }
      case '->':
      case '->>': {
        const unquote = cursor.advance().word === '->>';
        if (operand.kind !== 'column' || cursor.token.kind !== TokenKind.String) cursor.fail();
        const path = parseSimple(cursor);
        operand = { kind: 'json-extract', operand, path, unquote, start: operand.start, end: cursor.lastEnd };
        break;
      }
      default:
        return operand;
    }
  }
}

function parseSimple(cursor: Cursor): Expression {
  const { token } = cursor;
  const { start } = token;
  switch (token.kind) {
    case TokenKind.QuotedName:
      return parseFunctionCall(cursor) ?? parseColumn(cursor);
    case TokenKind.UserVariable:
      return parseUserVariable(cursor);
    case TokenKind.Operator:
      return parseOperatorStart(cursor);
    case TokenKind.Word:
      break;
    default:
      return parseLiteral(cursor) ?? cursor.fail();
  }
  switch (token.word) {
    case 'BINARY':
      return parseUnary(cursor, 'BINARY');
    case 'CASE':
      return parseCase(cursor);
    case 'EXISTS': {
      cursor.advance();
      const query = refuseInto(cursor, parseSubquery(cursor));
      return { kind: 'exists', query, start, end: cursor.lastEnd };
    }
    case 'INTERVAL':
      return parseLeadingInterval(cursor);
    case 'NOT':
      return cursor.mode.highNotPrecedence ? parseUnary(cursor, 'NOT') : cursor.fail();
    case 'ROW':
      if (cursor.peek(1).word !== '(') break;
      cursor.advance();
      return parseRow(cursor, start);
  }
  return parseLiteral(cursor) ?? parseFunctionCall(cursor) ?? parseColumn(cursor);
}

function parseOperatorStart(cursor: Cursor): Expression {
  switch (cursor.token.word) {
    case '(':
      return cursor.nested(parseParenthesis);
    case '-':
    case '+':
    case '~':
      return parseUnary(cursor, cursor.token.word);
    case '!':
      return parseUnary(cursor, 'NOT');
    case '@@':
      return parseSystemVariable(cursor);
    case '{':
      return parseOdbcEscape(cursor);
    case '.':
      return parseColumn(cursor);
    case '[':
      return cursor.nested(parseArray);
  }
  return cursor.fail();
}

/** OceanBase's `[1, [2, 3]]`. */
function parseArray(cursor: Cursor): Expression {
  const { start } = cursor.expect('[');
  const items = cursor.is(']') ? [] : cursor.list((at) => at.expression());
  cursor.expect(']');
  cursor.lacking = 'ARRAY';
  return { kind: 'row', items, start, end: cursor.lastEnd };
}

function parseUnary(cursor: Cursor, operator: '-' | '+' | '~' | 'NOT' | 'BINARY'): Expression {
  const { start } = cursor.advance();
  const operand = cursor.nested(parsePrimary);
  return { kind: 'unary', operator, operand, start, end: cursor.lastEnd };
}

/** `(a)`, `(a, b)` or `(SELECT …)`; a parenthesized query may go on as the left side of a UNION. */
function parseParenthesis(cursor: Cursor): Expression {
  const { start } = cursor.expect('(');
  if (startsQuery(cursor)) {
    const query = refuseInto(cursor, cursor.query());
    cursor.expect(')');
    return { kind: 'subquery', query, start, end: cursor.lastEnd };
  }
  const first = cursor.expression();
  if (first.kind === 'subquery' && first.end === cursor.lastEnd && continuesQuery(cursor)) {
    const query = cursor.grammar.continueQuery(cursor, first.query);
    cursor.expect(')');
    return { kind: 'subquery', query, start, end: cursor.lastEnd };
  }
  if (!cursor.is(',')) {
    cursor.expect(')');
    return first.kind === 'subquery' ? { ...first, start, end: cursor.lastEnd } : first;
  }
  const items = [first];
  while (cursor.accept(',')) items.push(cursor.expression());
  cursor.expect(')');
  return { kind: 'row', items, start, end: cursor.lastEnd };
}

export function startsQuery(cursor: Cursor): boolean {
  switch (cursor.token.word) {
    case 'SELECT':
    case 'WITH':
    case 'TABLE':
      return true;
    case 'VALUES':
      return cursor.peek(1).word === 'ROW';
  }
  return false;
}

/** Words with which a query goes on after one in parentheses. */
const CONTINUATIONS = new Set([
  'UNION',
  'EXCEPT',
  'INTERSECT',
  'ORDER',
  'LIMIT',
  'FOR',
  'LOCK',
  'INTO',
  'MINUS',
  'PROCEDURE',
]);

export function continuesQuery(cursor: Cursor): boolean {
  return CONTINUATIONS.has(cursor.token.word);
}

function parseRow(cursor: Cursor, start: number): Expression {
  const items = cursor.parenthesized((at) => at.expression());
  if (items.length < 2) cursor.fail();
  return { kind: 'row', items, start, end: cursor.lastEnd };
}

/** Only a whole statement may have INTO. */
export function refuseInto(cursor: Cursor, query: Query): Query {
  return query.into === undefined ? query : cursor.fail(query.into);
}

/** `(SELECT …)`, however many parentheses there are. */
export function parseSubquery(cursor: Cursor): Query {
  cursor.expect('(');
  const query = cursor.query();
  cursor.expect(')');
  return query;
}

function parseColumn(cursor: Cursor): Expression {
  const { start } = cursor.token;
  const parts = cursor.accept('.') ? [cursor.nameAfterPoint()] : [cursor.name()];
  while (parts.length < 3 && cursor.is('.')) {
    if (cursor.peek(1).word === '*') cursor.fail(cursor.peek(1));
    cursor.advance();
    parts.push(cursor.nameAfterPoint());
  }
  if (parts.length > 1 && cursor.is('(')) {
    cursor.advance();
    // OceanBase: a function of a package.
    if (parts.length === 3) cursor.lacking = 'Package';
    return parseOver(cursor, parsePlainCall(cursor, start, (parts.at(-1) as string).toUpperCase(), parts[0]));
  }
  return columnReference(parts, start, cursor.lastEnd);
}

function parseUserVariable(cursor: Cursor): Expression {
  const { start, value: name } = cursor.advance();
  if (!cursor.accept(':=')) return { kind: 'user-variable', name, start, end: cursor.lastEnd };
  const value = cursor.expression();
  return { kind: 'user-variable-assignment', name, value, start, end: cursor.lastEnd };
}

/** `@@name`, `@@global.name`, `@@cache.name`. */
function parseSystemVariable(cursor: Cursor): Expression {
  const { start } = cursor.expect('@@');
  const prefix = cursor.peek(1).word === '.' ? cursor.acceptOneOf('GLOBAL', 'SESSION', 'LOCAL') : undefined;
  if (prefix !== undefined) cursor.expect('.');
  let name = cursor.nameAfterPoint();
  if (cursor.is('.') && isScopeWord(name)) cursor.fail();
  if (cursor.accept('.')) name += `.${cursor.nameAfterPoint()}`;
  const scope = prefix === undefined ? undefined : prefix === 'GLOBAL' ? 'global' : 'session';
  return { kind: 'system-variable', scope, name, start, end: cursor.lastEnd };
}

/** The name of a group of variables, as in `cache.key_buffer_size`, can't be a scope. */
export function isScopeWord(name: string): boolean {
  return /^(global|session|local)$/i.test(name);
}

function parseCase(cursor: Cursor): Expression {
  const { start } = cursor.expect('CASE');
  const operand = cursor.is('WHEN') ? undefined : cursor.expression();
  const branches: { when: Expression; result: Expression }[] = [];
  do {
    cursor.expect('WHEN');
    const when = cursor.expression();
    cursor.expect('THEN');
    branches.push({ when, result: cursor.expression() });
  } while (cursor.is('WHEN'));
  const otherwise = cursor.accept('ELSE') ? cursor.expression() : undefined;
  cursor.expect('END');
  return { kind: 'case', operand, branches, otherwise, start, end: cursor.lastEnd };
}

const ODBC_TYPES: Readonly<Record<string, 'DATE' | 'TIME' | 'TIMESTAMP'>> = {
  D: 'DATE',
  T: 'TIME',
  TS: 'TIMESTAMP',
};

/** `{d '…'}`, `{t '…'}`, `{ts '…'}`; after any other name the expression stands for itself: `{fn f(x)}`. */
function parseOdbcEscape(cursor: Cursor): Expression {
  const { start } = cursor.expect('{');
  const type = cursor.peek(1).kind === TokenKind.String ? ODBC_TYPES[cursor.token.word] : undefined;
  cursor.name();
  const inner = type === undefined ? cursor.expression() : temporal(cursor, start, type);
  cursor.expect('}');
  return { ...inner, start, end: cursor.lastEnd };
}
