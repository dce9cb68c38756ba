import type {
  CommonTable,
  Expression,
  IntoClause,
  IntoTarget,
  LimitClause,
  LockingClause,
  NamedWindow,
  OrderItem,
  Query,
  QueryTail,
  SelectItem,
  SelectQuery,
  SetOperation,
  Span,
  TableReference,
  WithClause,
} from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseFileFormat } from './file-format.ts';
import { parseTableName } from './name.ts';
import { continuesQuery, parseSubquery, refuseInto } from './primary.ts';
import { parseTableReferences } from './table-reference.ts';
import { parseOrderItem, parseWindowSpecification } from './window.ts';

/** Any query, with WITH before and ORDER BY, LIMIT, locking and INTO after it. */
export function parseQuery(cursor: Cursor): Query {
  return cursor.nested(parseQueryBody);
}

function parseQueryBody(cursor: Cursor): Query {
  const { start } = cursor.token;
  const withClause = cursor.is('WITH') ? parseWith(cursor) : undefined;
  return withClauseOnto(cursor, start, withClause);
}

/** The query after a WITH clause, or without one. */
export function withClauseOnto(cursor: Cursor, start: number, withClause: WithClause | undefined): Query {
  return finishQuery(cursor, start, parseSetOperations(cursor, parseIntersections(cursor)), withClause);
}

/** What may come after a query in parentheses, which is `left`. */
export function continueQuery(cursor: Cursor, left: Query): Query {
  const first = continueIntersections(cursor, left);
  return finishQuery(cursor, left.start, parseSetOperations(cursor, first), undefined);
}

function parseSetOperations(cursor: Cursor, first: Query): Query {
  let left = first;
  let count = 0;
  for (let word = acceptSetOperator(cursor); word !== undefined; word = acceptSetOperator(cursor)) {
    cursor.limitChain(++count);
    const all = acceptAll(cursor);
    left = setOperation(word, all, left, parseIntersections(cursor), cursor.lastEnd);
  }
  return left;
}

function acceptSetOperator(cursor: Cursor): 'UNION' | 'EXCEPT' | undefined {
  const word = cursor.acceptOneOf('UNION', 'EXCEPT', 'MINUS');
  return word === 'MINUS' ? 'EXCEPT' : word;
}

function acceptAll(cursor: Cursor): boolean {
  return cursor.acceptOneOf('ALL', 'DISTINCT') === 'ALL';
}

function parseIntersections(cursor: Cursor): Query {
  return continueIntersections(cursor, parseQueryTerm(cursor));
}

function continueIntersections(cursor: Cursor, first: Query): Query {
  let left = first;
  for (let count = 0; cursor.accept('INTERSECT'); count++) {
    cursor.limitChain(count);
    const all = acceptAll(cursor);
    left = setOperation('INTERSECT', all, left, parseQueryTerm(cursor), cursor.lastEnd);
  }
  return left;
}

function setOperation(
  operator: SetOperation['operator'],
  all: boolean,
  left: Query,
  right: Query,
  end: number,
): SetOperation {
  return { kind: 'set-operation', operator, all, left, right, ...noTail(left.start, end) };
}

function noTail(start: number, end: number): QueryTail {
  return { with: undefined, orderBy: [], limit: undefined, locking: [], into: undefined, start, end };
}

function parseQueryTerm(cursor: Cursor): Query {
  const { start } = cursor.token;
  switch (cursor.token.word) {
    case 'SELECT':
      return parseSelect(cursor);
    case 'VALUES': {
      cursor.advance();
      const rows = cursor.list(parseRowOfValues);
      return { kind: 'values', rows, ...noTail(start, cursor.lastEnd) };
    }
    case 'TABLE': {
      cursor.advance();
      const table = parseTableName(cursor);
      return { kind: 'table-query', table, ...noTail(start, cursor.lastEnd) };
    }
    case '(': {
      const query = parseSubquery(cursor);
      return { ...query, start, end: cursor.lastEnd };
    }
  }
  return cursor.fail();
}

function parseRowOfValues(cursor: Cursor): Expression[] {
  cursor.expect('ROW');
  cursor.expect('(');
  const row = cursor.is(')') ? [] : cursor.list(parseItem);
  cursor.expect(')');
  return row;
}

function parseItem(cursor: Cursor): Expression {
  return cursor.expression();
}

function parseSelect(cursor: Cursor): SelectQuery {
  const { start } = cursor.expect('SELECT');
  const hints = cursor.token.kind === TokenKind.Hint ? cursor.advance().value : undefined;
  const { distinct, options } = parseOptions(cursor);
  const items = cursor.list(parseSelectItem);
  const into = cursor.is('INTO') ? parseInto(cursor) : undefined;
  let from: TableReference[] = [];
  if (cursor.accept('FROM') && !cursor.accept('DUAL')) from = parseTableReferences(cursor);
  const where = cursor.accept('WHERE') ? cursor.expression() : undefined;
  const { groupBy, rollup } = parseGroupBy(cursor);
  const having = cursor.accept('HAVING') ? cursor.expression() : undefined;
  const windows = cursor.accept('WINDOW') ? cursor.list(parseNamedWindow) : [];
  if (cursor.is('QUALIFY')) parseQualify(cursor);
  const tail = { ...noTail(start, cursor.lastEnd), into };
  return {
    kind: 'select',
    hints,
    distinct,
    options,
    items,
    from,
    where,
    groupBy,
    rollup,
    having,
    windows,
    ...tail,
  };
}

const OPTIONS = new Set([
  'ALL',
  'DISTINCT',
  'DISTINCTROW',
  'HIGH_PRIORITY',
  'STRAIGHT_JOIN',
  'SQL_SMALL_RESULT',
  'SQL_BIG_RESULT',
  'SQL_BUFFER_RESULT',
  'SQL_NO_CACHE',
  'SQL_CACHE',
  'SQL_CALC_FOUND_ROWS',
  'MAX_STATEMENT_TIME',
]);

function parseOptions(cursor: Cursor): { distinct: boolean; options: readonly string[] } {
  let distinct = false;
  const options: string[] = [];
  while (OPTIONS.has(cursor.token.word)) {
    const next = cursor.peek(1).word;
    if (
      (cursor.is('SQL_CACHE') || cursor.is('MAX_STATEMENT_TIME')) &&
      (next === ',' || next === 'FROM' || next === '')
    )
      break;
    const { word } = cursor.advance();
    if (word === 'DISTINCT' || word === 'DISTINCTROW') distinct = true;
    else if (word === 'MAX_STATEMENT_TIME') {
      cursor.expect('=');
      cursor.number();
    } else if (word !== 'ALL') options.push(word);
  }
  return { distinct, options };
}

export function parseSelectItem(cursor: Cursor): SelectItem {
  const { start } = cursor.token;
  const star = parseStar(cursor);
  if (star !== undefined) return { expression: star, alias: undefined, start, end: cursor.lastEnd };
  const expression = cursor.expression();
  const end = cursor.lastEnd;
  return { expression, alias: parseSelectAlias(cursor), start, end };
}

function parseStar(cursor: Cursor): Expression | undefined {
  const { start } = cursor.token;
  if (cursor.accept('*'))
    return { kind: 'star', database: undefined, table: undefined, start, end: cursor.lastEnd };
  if (!cursor.isName() || cursor.peek(1).word !== '.') return undefined;
  const depth =
    cursor.peek(2).word === '*' ? 1 : cursor.peek(3).word === '.' && cursor.peek(4).word === '*' ? 2 : 0;
  if (depth === 0) return undefined;
  const parts = [cursor.name()];
  cursor.advance();
  if (depth === 2) {
    parts.push(cursor.nameAfterPoint());
    cursor.advance();
  }
  cursor.expect('*');
  const [table, database] = parts.toReversed();
  return { kind: 'star', database, table, start, end: cursor.lastEnd };
}

function parseSelectAlias(cursor: Cursor): string | undefined {
  if (cursor.accept('AS')) return cursor.nameOrString();
  if (cursor.token.kind === TokenKind.String) return cursor.string();
  return cursor.isName() && !cursor.is('MINUS') ? cursor.name() : undefined;
}

function parseGroupBy(cursor: Cursor): { groupBy: OrderItem[]; rollup: boolean } {
  if (!cursor.acceptAll('GROUP', 'BY')) return { groupBy: [], rollup: false };
  if (cursor.is('ROLLUP') && cursor.peek(1).word === '(') {
    cursor.advance();
    return { groupBy: cursor.parenthesized(parseOrderItem), rollup: true };
  }
  if (cursor.is('GROUPING') && cursor.peek(1).word === 'SETS') return parseGroupingSets(cursor);
  const groupBy = cursor.list(parseOrderItem);
  return { groupBy, rollup: cursor.acceptAll('WITH', 'ROLLUP') };
}

/** GROUPING SETS ((a), (a, b), ()). */
function parseGroupingSets(cursor: Cursor): { groupBy: OrderItem[]; rollup: boolean } {
  cursor.expectAll('GROUPING', 'SETS');
  cursor.parenthesized((at) => {
    if (!at.acceptAll('(', ')')) at.expression();
  });
  cursor.lacking = 'GROUPING SETS';
  return { groupBy: [], rollup: false };
}

function parseQualify(cursor: Cursor): void {
  cursor.expect('QUALIFY');
  cursor.expression();
  cursor.lacking = 'QUALIFY';
}

function parseNamedWindow(cursor: Cursor): NamedWindow {
  const name = cursor.name();
  cursor.expect('AS');
  return { name, specification: parseWindowSpecification(cursor) };
}

/** Reads the tail and puts it onto the query, around it if it has a tail already. */
function finishQuery(cursor: Cursor, start: number, query: Query, withClause: WithClause | undefined): Query {
  if (withClause === undefined && !continuesQuery(cursor)) return query;
  const orderBy = cursor.acceptAll('ORDER', 'BY') ? cursor.list(parseOrderItem) : [];
  const approximate = acceptApproximate(cursor);
  const limit = cursor.is('LIMIT') ? parseLimit(cursor) : undefined;
  if (approximate || (limit !== undefined && acceptApproximate(cursor))) cursor.lacking = 'APPROXIMATE';
  if (cursor.is('PROCEDURE')) parseProcedure(cursor);
  if (cursor.is('INTO') && query.into !== undefined) cursor.fail();
  const before = cursor.is('INTO') ? parseInto(cursor) : undefined;
  const locking: LockingClause[] = [];
  while (cursor.is('FOR') || cursor.is('LOCK')) locking.push(parseLocking(cursor));
  if (cursor.is('INTO') && (before ?? query.into) !== undefined) cursor.fail();
  const into = before ?? (cursor.is('INTO') ? parseInto(cursor) : undefined) ?? query.into;
  const tail = { with: withClause, orderBy, limit, locking, into, start, end: cursor.lastEnd };
  if (!hasTail(query)) return { ...query, ...tail };
  return { kind: 'parenthesized', query, ...tail };
}

/** OceanBase's vector search: ORDER BY distance APPROXIMATE LIMIT n. */
function acceptApproximate(cursor: Cursor): boolean {
  return cursor.acceptOneOf('APPROXIMATE', 'APPROX') !== undefined;
}

/** PROCEDURE ANALYSE ([elements [, memory]]), which MySQL 8 has no more. */
function parseProcedure(cursor: Cursor): void {
  cursor.expectAll('PROCEDURE', 'ANALYSE', '(');
  if (!cursor.is(')')) {
    cursor.number();
    if (cursor.accept(',')) cursor.number();
  }
  cursor.expect(')');
  cursor.lacking = 'PROCEDURE ANALYSE';
}

function hasTail(query: Query): boolean {
  return (
    query.with !== undefined ||
    query.orderBy.length > 0 ||
    query.limit !== undefined ||
    query.locking.length > 0
  );
}

export function parseWith(cursor: Cursor): WithClause {
  const { start } = cursor.expect('WITH');
  const recursive = cursor.is('RECURSIVE') && cursor.peek(1).word !== 'AS' && cursor.accept('RECURSIVE');
  const tables = cursor.list(parseCommonTable);
  return { recursive, tables, start, end: cursor.lastEnd };
}

function parseCommonTable(cursor: Cursor): CommonTable {
  const { start } = cursor.token;
  const name = cursor.name();
  const columns = cursor.is('(') ? cursor.names() : [];
  cursor.expect('AS');
  const query = refuseInto(cursor, parseSubquery(cursor));
  return { name, columns, query, start, end: cursor.lastEnd };
}

/**
 * LIMIT count, LIMIT offset, count and LIMIT count OFFSET offset.
 *
 * @param withOffset UPDATE and DELETE have no offset
 */
export function parseLimit(cursor: Cursor, withOffset = true): LimitClause {
  const { start } = cursor.expect('LIMIT');
  const first = parseLimitValue(cursor);
  if (!withOffset) return { count: first, offset: undefined, start, end: cursor.lastEnd };
  if (cursor.accept(','))
    return { count: parseLimitValue(cursor), offset: first, start, end: cursor.lastEnd };
  const offset = cursor.accept('OFFSET') ? parseLimitValue(cursor) : undefined;
  return { count: first, offset, start, end: cursor.lastEnd };
}

function parseLimitValue(cursor: Cursor): Expression {
  const { kind } = cursor.token;
  const allowed =
    kind === TokenKind.Integer || kind === TokenKind.Parameter || kind === TokenKind.Hex || cursor.isName();
  return allowed ? cursor.grammar.primary(cursor) : cursor.fail();
}

function parseLocking(cursor: Cursor): LockingClause {
  const { start } = cursor.token;
  if (cursor.acceptAll('LOCK', 'IN', 'SHARE', 'MODE')) {
    return { strength: 'share', tables: [], wait: undefined, start, end: cursor.lastEnd };
  }
  cursor.expect('FOR');
  const strength = cursor.expectOneOf('UPDATE', 'SHARE') === 'UPDATE' ? 'update' : 'share';
  const tables = cursor.accept('OF') ? cursor.list(parseTableName) : [];
  const wait = parseLockWait(cursor);
  return { strength, tables, wait, start, end: cursor.lastEnd };
}

function parseLockWait(cursor: Cursor): LockingClause['wait'] {
  if (cursor.accept('NOWAIT') || cursor.accept('NO_WAIT')) return 'nowait';
  if (cursor.acceptAll('SKIP', 'LOCKED')) return 'skip-locked';
  return cursor.accept('WAIT') ? cursor.number() : undefined;
}

function parseInto(cursor: Cursor): IntoClause {
  const { start } = cursor.expect('INTO');
  if (cursor.accept('OUTFILE')) {
    const file = cursor.string();
    return { kind: 'into-outfile', file, format: parseFileFormat(cursor), ...span(cursor, start) };
  }
  if (cursor.accept('DUMPFILE'))
    return { kind: 'into-dumpfile', file: cursor.string(), ...span(cursor, start) };
  return { kind: 'into-variables', targets: cursor.list(parseIntoTarget), ...span(cursor, start) };
}

function span(cursor: Cursor, start: number): Span {
  return { start, end: cursor.lastEnd };
}

export function parseIntoTarget(cursor: Cursor): IntoTarget {
  if (cursor.token.kind === TokenKind.UserVariable) return { user: true, name: cursor.advance().value };
  return { user: false, name: cursor.name() };
}
