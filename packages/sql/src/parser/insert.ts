import type {
  Assignment,
  ColumnReference,
  Expression,
  InsertSource,
  InsertStatement,
  Query,
  ReplaceStatement,
} from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseColumnReference, parseTableName } from './name.ts';
import { parsePartitionNames } from './table-reference.ts';

/** INSERT in all its forms. */
export function parseInsert(cursor: Cursor): InsertStatement {
  const { start } = cursor.expect('INSERT');
  const hints = parseHints(cursor);
  cursor.acceptOneOf('LOW_PRIORITY', 'DELAYED', 'HIGH_PRIORITY');
  const ignore = cursor.accept('IGNORE');
  const source = parseSource(cursor);
  const rowAlias = cursor.accept('AS') ? parseRowAlias(cursor) : undefined;
  const onDuplicateKeyUpdate = cursor.acceptAll('ON', 'DUPLICATE', 'KEY', 'UPDATE')
    ? cursor.list(parseAssignment)
    : [];
  return {
    kind: 'insert',
    hints,
    ignore,
    ...source,
    rowAlias,
    onDuplicateKeyUpdate,
    start,
    end: cursor.lastEnd,
  };
}

export function parseReplace(cursor: Cursor): ReplaceStatement {
  const { start } = cursor.expect('REPLACE');
  const hints = parseHints(cursor);
  cursor.acceptOneOf('LOW_PRIORITY', 'DELAYED');
  return { kind: 'replace', hints, ...parseSource(cursor), start, end: cursor.lastEnd };
}

export function parseHints(cursor: Cursor): string | undefined {
  return cursor.token.kind === TokenKind.Hint ? cursor.advance().value : undefined;
}

function parseSource(cursor: Cursor): InsertSource {
  cursor.accept('INTO');
  const table = parseTableName(cursor);
  const partitions = cursor.is('PARTITION') ? parsePartitionNames(cursor) : [];
  if (cursor.accept('SET')) return { table, partitions, ...fromAssignments(cursor.list(parseAssignment)) };
  const columns = cursor.is('(') && !startsParenthesizedQuery(cursor) ? parseColumns(cursor) : undefined;
  if (cursor.is('VALUES') || cursor.is('VALUE'))
    return { table, partitions, columns, ...parseValues(cursor) };
  return { table, partitions, columns, rows: undefined, query: cursor.query() };
}

/** The SET form is one row. */
function fromAssignments(
  assignments: readonly Assignment[],
): Pick<InsertSource, 'columns' | 'rows' | 'query'> {
  return {
    columns: assignments.map(({ column }) => column),
    rows: [assignments.map(({ value }) => value)],
    query: undefined,
  };
}

function startsParenthesizedQuery(cursor: Cursor): boolean {
  let depth = 1;
  while (cursor.peek(depth).word === '(') depth++;
  const { word } = cursor.peek(depth);
  return (
    word === 'SELECT' ||
    word === 'WITH' ||
    word === 'TABLE' ||
    (word === 'VALUES' && cursor.peek(depth + 1).word === 'ROW')
  );
}

function parseColumns(cursor: Cursor): ColumnReference[] {
  cursor.expect('(');
  const columns = cursor.is(')') ? [] : cursor.list(parseColumnReference);
  cursor.expect(')');
  return columns;
}

function parseValues(cursor: Cursor): { rows: Expression[][] | undefined; query: Query | undefined } {
  if (cursor.is('VALUES') && cursor.peek(1).word === 'ROW') {
    const query = cursor.query();
    return { rows: undefined, query };
  }
  cursor.advance();
  return { rows: cursor.list(parseRow), query: undefined };
}

function parseRow(cursor: Cursor): Expression[] {
  cursor.expect('(');
  const row = cursor.is(')') ? [] : cursor.list(parseValue);
  cursor.expect(')');
  return row;
}

/** An expression, or the keyword DEFAULT. */
export function parseValue(cursor: Cursor): Expression {
  const { start, end } = cursor.token;
  if (!cursor.is('DEFAULT') || cursor.peek(1).word === '(') return cursor.expression();
  cursor.advance();
  return { kind: 'default', start, end };
}

export function parseAssignment(cursor: Cursor): Assignment {
  const { start } = cursor.token;
  const column = parseColumnReference(cursor);
  cursor.expectOneOf('=', ':=');
  const value = parseValue(cursor);
  return { column, value, start, end: cursor.lastEnd };
}

function parseRowAlias(cursor: Cursor): { name: string; columns: readonly string[] } {
  const name = cursor.name();
  return { name, columns: cursor.is('(') ? cursor.names() : [] };
}
