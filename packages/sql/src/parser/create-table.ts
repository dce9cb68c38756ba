import type {
  CheckNode,
  ColumnNode,
  CreateTableStatement,
  ForeignKeyNode,
  IndexNode,
  TableName,
} from '../ast.ts';
import { parseColumnDefinition } from './column.ts';
import type { Cursor } from './cursor.ts';
import { parseConstraint, startsConstraint } from './index-definition.ts';
import { parseTableName } from './name.ts';
import { parsePartitionBy } from './partition.ts';
import { startsQuery } from './primary.ts';
import { parseTableOptions } from './table-option.ts';

interface Elements {
  readonly columns: ColumnNode[];
  readonly indexes: IndexNode[];
  readonly foreignKeys: ForeignKeyNode[];
  readonly checks: CheckNode[];
}

/** After CREATE [TEMPORARY] TABLE. */
export function parseCreateTable(cursor: Cursor, start: number, temporary: boolean): CreateTableStatement {
  const ifNotExists = cursor.acceptAll('IF', 'NOT', 'EXISTS');
  refuseCall(cursor);
  const table = parseTableName(cursor);
  const head = { kind: 'create-table', table, temporary, ifNotExists } as const;
  const like = parseLike(cursor);
  const elements: Elements = { columns: [], indexes: [], foreignKeys: [], checks: [] };
  if (like !== undefined) {
    return {
      ...head,
      ...elements,
      like,
      options: [],
      partitioning: undefined,
      onDuplicate: undefined,
      query: undefined,
      start,
      end: cursor.lastEnd,
    };
  }
  if (cursor.is('(') && !startsParenthesizedQuery(cursor)) parseElements(cursor, elements);
  const options = parseTableOptions(cursor);
  const partitioning = cursor.is('PARTITION') ? parsePartitionBy(cursor) : undefined;
  if (cursor.is('WITH') && cursor.peek(1).word === 'COLUMN') options.push(...parseTableOptions(cursor));
  if (temporary && cursor.acceptAll('ON', 'COMMIT')) {
    cursor.expectOneOf('PRESERVE', 'DELETE');
    cursor.expect('ROWS');
  }
  const onDuplicate = cursor.acceptOneOf('IGNORE', 'REPLACE');
  const hasAs = cursor.accept('AS');
  const query = hasAs || startsQuery(cursor) || cursor.is('(') ? cursor.query() : undefined;
  if (query === undefined && elements.columns.length === 0) cursor.fail();
  return {
    ...head,
    ...elements,
    like,
    options,
    partitioning,
    onDuplicate,
    query,
    start,
    end: cursor.lastEnd,
  };
}

/** Names that call a function if a parenthesis follows at once. Source: MySQL Reference Manual, "Function Name Parsing and Resolution". */
const CALLED = new Set(
  `BIT_AND BIT_OR BIT_XOR CAST COUNT CURDATE CURTIME DATE_ADD DATE_SUB EXTRACT GROUP_CONCAT MAX MID MIN NOW POSITION STD
  STDDEV STDDEV_POP STDDEV_SAMP SUBSTR SUBSTRING SUM SYSDATE TRIM VARIANCE VAR_POP VAR_SAMP`.split(/\s+/),
);

/** `CREATE TABLE count(a INT)`: a call stands where a name should. */
function refuseCall(cursor: Cursor): void {
  if (!cursor.isOneOf(CALLED)) return;
  const next = cursor.peek(1);
  if (next.word === '(' && next.start === cursor.token.end) cursor.fail();
}

function parseLike(cursor: Cursor): TableName | undefined {
  if (cursor.accept('LIKE')) return parseTableName(cursor);
  if (!cursor.acceptAll('(', 'LIKE')) return undefined;
  const like = parseTableName(cursor);
  cursor.expect(')');
  return like;
}

function startsParenthesizedQuery(cursor: Cursor): boolean {
  let depth = 1;
  while (cursor.peek(depth).word === '(') depth++;
  const { word } = cursor.peek(depth);
  return word === 'SELECT' || word === 'WITH' || word === 'TABLE' || word === 'VALUES';
}

function parseElements(cursor: Cursor, elements: Elements): void {
  cursor.expect('(');
  do parseElement(cursor, elements);
  while (cursor.accept(','));
  cursor.expect(')');
}

function parseElement(cursor: Cursor, { columns, indexes, foreignKeys, checks }: Elements): void {
  if (!startsConstraint(cursor)) {
    columns.push(parseColumnDefinition(cursor));
    return;
  }
  const constraint = parseConstraint(cursor);
  if (constraint.kind === 'index') indexes.push(constraint.index);
  else if (constraint.kind === 'foreign-key') foreignKeys.push(constraint.foreignKey);
  else checks.push(constraint.check);
}
