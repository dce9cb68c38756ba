import { ObError } from '@sealane/errors';
import type {
  Expression,
  IndexHint,
  JoinedTable,
  JsonTable,
  JsonTableColumn,
  NamedTable,
  Query,
  TableReference,
} from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseOnEmptyOnError } from './function-call.ts';
import { parseTableName } from './name.ts';
import { continuesQuery, parseSubquery, refuseInto, startsQuery } from './primary.ts';
import { parseType } from './type.ts';

/** The list after FROM: table references with commas between. */
export function parseTableReferences(cursor: Cursor): TableReference[] {
  return cursor.list(parseTableReference);
}

/** One table, or tables joined. */
export function parseTableReference(cursor: Cursor): TableReference {
  return cursor.nested(parseJoins);
}

function parseJoins(cursor: Cursor): TableReference {
  if (cursor.is('{')) return parseOdbcJoin(cursor);
  return continueJoins(cursor, parseFactor(cursor));
}

/**
 * Joins to the right of `first`. An ON belongs to the latest join that has none yet, so that
 * `a JOIN b JOIN c ON x ON y` nests to the right; a join left without one takes in what stands next to it.
 */
function continueJoins(cursor: Cursor, first: TableReference): TableReference {
  const pending: { readonly left: TableReference; readonly words: JoinWords }[] = [];
  const built = new Set<TableReference>();
  let current = first;
  for (let count = 0; ; count++) {
    cursor.limitChain(count);
    const words = acceptJoin(cursor);
    if (words !== undefined) {
      const right = parseFactor(cursor);
      if (!words.natural) {
        pending.push({ left: current, words });
        current = right;
        continue;
      }
      current = joined(cursor, current, right, words);
    } else {
      const last = startsCondition(cursor) ? pending.pop() : undefined;
      if (last === undefined) break;
      current = {
        ...joined(cursor, last.left, current, last.words),
        ...parseCondition(cursor),
        end: cursor.lastEnd,
      };
    }
    built.add(current);
  }
  for (const { left, words } of pending.toReversed()) {
    if (words.type !== 'inner' && words.type !== 'straight') cursor.fail();
    current = joinLeftmost(left, current, words, built);
  }
  return current;
}

function startsCondition(cursor: Cursor): boolean {
  return cursor.is('USING') || (cursor.is('ON') && cursor.peek(1).word !== 'DUPLICATE');
}

function parseCondition(cursor: Cursor): Pick<JoinedTable, 'on' | 'using'> {
  if (cursor.accept('USING')) return { on: undefined, using: cursor.names() };
  cursor.expect('ON');
  return { on: cursor.expression(), using: undefined };
}

/** `a JOIN (b LEFT JOIN c ON x)` as it was written without parentheses is `(a JOIN b) LEFT JOIN c ON x`. */
function joinLeftmost(
  left: TableReference,
  tree: TableReference,
  words: JoinWords,
  built: Set<TableReference>,
): TableReference {
  let joinedTree: TableReference;
  if (tree.kind === 'join' && built.has(tree)) {
    joinedTree = { ...tree, left: joinLeftmost(left, tree.left, words, built), start: left.start };
  } else {
    joinedTree = {
      kind: 'join',
      ...words,
      left,
      right: tree,
      on: undefined,
      using: undefined,
      start: left.start,
      end: tree.end,
    };
  }
  built.add(joinedTree);
  return joinedTree;
}

interface JoinWords {
  readonly type: JoinedTable['type'];
  readonly natural: boolean;
}

function acceptJoin(cursor: Cursor): JoinWords | undefined {
  const natural = cursor.accept('NATURAL');
  const word = cursor.acceptOneOf('JOIN', 'INNER', 'CROSS', 'STRAIGHT_JOIN', 'LEFT', 'RIGHT', 'FULL');
  switch (word) {
    case undefined:
      return natural ? cursor.fail() : undefined;
    case 'JOIN':
      return { type: 'inner', natural };
    case 'STRAIGHT_JOIN':
      return { type: 'straight', natural };
    case 'LEFT':
    case 'RIGHT':
    case 'FULL':
      cursor.accept('OUTER');
      cursor.expect('JOIN');
      return { type: word.toLowerCase() as 'left' | 'right' | 'full', natural };
  }
  cursor.expect('JOIN');
  return { type: 'inner', natural };
}

function joined(cursor: Cursor, left: TableReference, right: TableReference, words: JoinWords): JoinedTable {
  return {
    kind: 'join',
    ...words,
    left,
    right,
    on: undefined,
    using: undefined,
    start: left.start,
    end: cursor.lastEnd,
  };
}

function parseFactor(cursor: Cursor): TableReference {
  if (cursor.is('(')) return parseParenthesis(cursor);
  if (cursor.is('LATERAL')) {
    const { start } = cursor.advance();
    return parseDerived(cursor, parseSubquery(cursor), start, true);
  }
  if (cursor.is('TABLE') && cursor.peek(1).word === '(') return parseTableFunction(cursor);
  if (cursor.is('JSON_TABLE') && cursor.peek(1).word === '(') return parseJsonTable(cursor);
  return parseNamedTable(cursor);
}

/** `(SELECT …) alias`, `(a, b)`, `(a JOIN b ON …)`, with any number of parentheses. */
function parseParenthesis(cursor: Cursor): TableReference {
  const { start } = cursor.token;
  const inner = cursor.nested(parseQueryOrTables);
  return inner.kind === 'tables' ? inner.tables : parseDerived(cursor, inner.query, start, false);
}

type QueryOrTables =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'tables'; readonly tables: TableReference };

function parseQueryOrTables(cursor: Cursor): QueryOrTables {
  const { start } = cursor.expect('(');
  let inner: QueryOrTables;
  if (startsQuery(cursor)) inner = { kind: 'query', query: refuseInto(cursor, cursor.query()) };
  else if (cursor.is('(')) inner = finishNested(cursor, cursor.nested(parseQueryOrTables), start);
  else inner = { kind: 'tables', tables: parseTableList(cursor, parseTableReference(cursor)) };
  cursor.expect(')');
  return inner;
}

/** After `((…)`: the query may go on, be the first of several tables, or end there. */
function finishNested(cursor: Cursor, inner: QueryOrTables, start: number): QueryOrTables {
  if (inner.kind === 'query') {
    if (cursor.is(')')) return inner;
    if (continuesQuery(cursor))
      return { kind: 'query', query: cursor.grammar.continueQuery(cursor, inner.query) };
  }
  const first = inner.kind === 'tables' ? inner.tables : parseDerived(cursor, inner.query, start, false);
  return { kind: 'tables', tables: parseTableList(cursor, continueJoins(cursor, first)) };
}

function parseTableList(cursor: Cursor, first: TableReference): TableReference {
  let left = first;
  while (cursor.accept(','))
    left = joined(cursor, left, parseTableReference(cursor), { type: 'inner', natural: false });
  return left;
}

function parseDerived(cursor: Cursor, query: Query, start: number, lateral: boolean): TableReference {
  const alias = parseAlias(cursor) ?? failWithoutAlias(cursor);
  const columns = cursor.is('(') ? cursor.names() : [];
  return { kind: 'derived', query, alias, columns, lateral, start, end: cursor.lastEnd };
}

/** Where nothing could follow any more, what's missing is the alias; otherwise the text is wrong. */
function failWithoutAlias(cursor: Cursor): never {
  if (cursor.atEnd || cursor.isOneOf(AFTER_DERIVED)) throw new ObError('ER_DERIVED_MUST_HAVE_ALIAS', []);
  return cursor.fail();
}

const AFTER_DERIVED = new Set(
  `) , WHERE GROUP ORDER HAVING LIMIT UNION EXCEPT INTERSECT JOIN INNER LEFT RIGHT CROSS NATURAL STRAIGHT_JOIN ON FOR LOCK
  INTO WINDOW SET`.split(/\s+/),
);

/** Words that aren't reserved, but go on with the statement where a table's alias might stand. */
const NOT_AN_ALIAS = new Set(['MINUS', 'FULL', 'SAMPLE', 'TABLESAMPLE', 'QUALIFY', 'APPROXIMATE', 'APPROX']);

export function parseAlias(cursor: Cursor): string | undefined {
  if (cursor.accept('AS')) return cursor.name();
  if (!cursor.isName() || (NOT_AN_ALIAS.has(cursor.token.word) && goesOn(cursor))) return undefined;
  return cursor.name();
}

function goesOn(cursor: Cursor): boolean {
  const next = cursor.peek(1).word;
  if (cursor.is('FULL')) return next === 'JOIN' || next === 'OUTER';
  if (cursor.is('SAMPLE') || cursor.is('TABLESAMPLE')) return startsSample(cursor);
  if (cursor.is('QUALIFY')) return cursor.isName(cursor.peek(1)) || next === '(';
  if (cursor.is('APPROXIMATE') || cursor.is('APPROX')) return next === 'LIMIT';
  if (cursor.is('MINUS')) return next === 'SELECT' || next === '(';
  return false;
}

/** `d.t PARTITION (p0) AS a USE INDEX (i)`. */
export function parseNamedTable(cursor: Cursor): NamedTable {
  const { database, name, start } = parseTableName(cursor);
  if (cursor.token.start === cursor.lastEnd) acceptLink(cursor);
  const partitions = cursor.is('PARTITION') ? parsePartitionNames(cursor) : [];
  if (startsSample(cursor)) parseSample(cursor);
  const asOf = cursor.areNext('AS', 'OF') ? parseAsOf(cursor) : undefined;
  const alias = parseAlias(cursor);
  if (startsSample(cursor)) parseSample(cursor);
  const indexHints = parseIndexHints(cursor);
  return { kind: 'table', database, name, asOf, alias, partitions, indexHints, start, end: cursor.lastEnd };
}

/** `t@link`: a table at the other end of a database link. */
function acceptLink(cursor: Cursor): void {
  if (cursor.token.kind !== TokenKind.UserVariable && !cursor.is('@')) return;
  if (cursor.accept('@')) cursor.accept('!');
  else cursor.advance();
  cursor.lacking = 'Table of a database link';
}

/** AS OF SNAPSHOT | SCN | TIMESTAMP expression. */
function parseAsOf(cursor: Cursor): Expression {
  cursor.expectAll('AS', 'OF');
  if (cursor.expectOneOf('SNAPSHOT', 'SCN', 'TIMESTAMP') !== 'SNAPSHOT') cursor.lacking = 'AS OF SCN';
  return cursor.grammar.operand(cursor);
}

function startsSample(cursor: Cursor): boolean {
  const next = cursor.peek(1).word;
  if (cursor.is('TABLESAMPLE')) return next === 'SYSTEM' || next === 'BERNOULLI';
  return (
    cursor.is('SAMPLE') &&
    (next === '(' || next === 'BLOCK' || next === 'ALL' || next === 'BASE' || next === 'INCR')
  );
}

/** MySQL's TABLESAMPLE SYSTEM (n), OceanBase's SAMPLE [ALL | BASE | INCR] [BLOCK] (n) [SEED (n)]. */
function parseSample(cursor: Cursor): void {
  cursor.advance();
  cursor.acceptOneOf('SYSTEM', 'BERNOULLI', 'ALL', 'BASE', 'INCR');
  cursor.accept('BLOCK');
  parseParenthesizedOperand(cursor);
  if (cursor.accept('SEED')) parseParenthesizedOperand(cursor);
  cursor.lacking = 'SAMPLE';
}

function parseParenthesizedOperand(cursor: Cursor): void {
  cursor.expect('(');
  cursor.expression();
  cursor.expect(')');
}

/** TABLE(f(…)) [alias]: rows that a function makes. */
function parseTableFunction(cursor: Cursor): TableReference {
  const { start } = cursor.expect('TABLE');
  parseParenthesizedOperand(cursor);
  cursor.lacking = 'Table function';
  const alias = parseAlias(cursor);
  const name = alias ?? '';
  return {
    kind: 'table',
    database: undefined,
    name,
    alias,
    partitions: [],
    indexHints: [],
    start,
    end: cursor.lastEnd,
  };
}

export function parsePartitionNames(cursor: Cursor): string[] {
  cursor.expect('PARTITION');
  return cursor.names();
}

/** One after another, without commas. */
function parseIndexHints(cursor: Cursor): IndexHint[] {
  const hints: IndexHint[] = [];
  while (cursor.is('USE') || cursor.is('FORCE') || cursor.is('IGNORE')) {
    if (cursor.peek(1).word !== 'INDEX' && cursor.peek(1).word !== 'KEY') break;
    hints.push(parseIndexHint(cursor));
  }
  return hints;
}

function parseIndexHint(cursor: Cursor): IndexHint {
  const action = cursor.expectOneOf('USE', 'FORCE', 'IGNORE');
  cursor.expectOneOf('INDEX', 'KEY');
  const scope = cursor.accept('FOR') ? parseHintScope(cursor) : undefined;
  cursor.expect('(');
  const indexes = cursor.is(')') ? [] : cursor.list(parseIndexName);
  cursor.expect(')');
  return { action, scope, indexes };
}

function parseIndexName(cursor: Cursor): string {
  return cursor.accept('PRIMARY') ? 'PRIMARY' : cursor.name();
}

function parseHintScope(cursor: Cursor): IndexHint['scope'] {
  if (cursor.accept('JOIN')) return 'JOIN';
  const word = cursor.expectOneOf('ORDER', 'GROUP');
  cursor.expect('BY');
  return `${word} BY`;
}

/** `{OJ a LEFT OUTER JOIN b ON …}`. */
function parseOdbcJoin(cursor: Cursor): TableReference {
  cursor.expect('{');
  cursor.name();
  const inner = parseTableReference(cursor);
  cursor.expect('}');
  return continueJoins(cursor, inner);
}

function parseJsonTable(cursor: Cursor): JsonTable {
  const { start } = cursor.expect('JSON_TABLE');
  cursor.expect('(');
  const document = cursor.expression();
  cursor.expect(',');
  const path = cursor.string();
  const columns = parseJsonColumns(cursor);
  cursor.expect(')');
  const alias = parseAlias(cursor) ?? cursor.fail();
  return { kind: 'json-table', document, path, columns, alias, start, end: cursor.lastEnd };
}

function parseJsonColumns(cursor: Cursor): JsonTableColumn[] {
  cursor.expect('COLUMNS');
  return cursor.parenthesized(parseJsonColumn);
}

function parseJsonColumn(cursor: Cursor): JsonTableColumn {
  if (cursor.is('NESTED') && (cursor.peek(1).word === 'PATH' || cursor.peek(1).value.startsWith('$'))) {
    cursor.advance();
    cursor.accept('PATH');
    const path = cursor.string();
    return { kind: 'nested', path, columns: cursor.nested(parseJsonColumns) };
  }
  const name = cursor.name();
  if (cursor.acceptAll('FOR', 'ORDINALITY')) return { kind: 'ordinality', name };
  const type = parseType(cursor);
  const exists = cursor.accept('EXISTS');
  cursor.expect('PATH');
  const path = cursor.string();
  return { kind: 'path', name, type, path, exists, ...parseOnEmptyOnError(cursor) };
}
