import type {
  DeleteStatement,
  TableName,
  TableReference,
  TruncateStatement,
  UpdateStatement,
  WithClause,
} from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseAssignment, parseHints } from './insert.ts';
import { parseTableName } from './name.ts';
import { parseLimit } from './select.ts';
import { parseAlias, parsePartitionNames, parseTableReferences } from './table-reference.ts';
import { parseOrderItem } from './window.ts';

/** @param start where the statement begins: at its WITH clause if it has one */
export function parseUpdate(
  cursor: Cursor,
  start: number,
  withClause: WithClause | undefined,
): UpdateStatement {
  cursor.expect('UPDATE');
  const hints = parseHints(cursor);
  cursor.accept('LOW_PRIORITY');
  const ignore = cursor.accept('IGNORE');
  const tables = parseTableReferences(cursor);
  cursor.expect('SET');
  const assignments = cursor.list(parseAssignment);
  const tail = parseTail(cursor);
  return {
    kind: 'update',
    hints,
    with: withClause,
    ignore,
    tables,
    assignments,
    ...tail,
    start,
    end: cursor.lastEnd,
  };
}

export function parseDelete(
  cursor: Cursor,
  start: number,
  withClause: WithClause | undefined,
): DeleteStatement {
  cursor.expect('DELETE');
  const hints = parseHints(cursor);
  let ignore = false;
  for (let word = acceptOption(cursor); word !== undefined; word = acceptOption(cursor))
    ignore ||= word === 'IGNORE';
  const sources = parseSources(cursor);
  const tail = parseTail(cursor);
  return { kind: 'delete', hints, with: withClause, ignore, ...sources, ...tail, start, end: cursor.lastEnd };
}

function acceptOption(cursor: Cursor): 'LOW_PRIORITY' | 'QUICK' | 'IGNORE' | undefined {
  return cursor.acceptOneOf('LOW_PRIORITY', 'QUICK', 'IGNORE');
}

/** `FROM t`, `FROM t1, t2 USING …` or `t1, t2 FROM …`. */
function parseSources(cursor: Cursor): Pick<DeleteStatement, 'targets' | 'from'> {
  if (!cursor.accept('FROM')) {
    const targets = cursor.list(parseTarget);
    cursor.expect('FROM');
    return { targets, from: parseTableReferences(cursor) };
  }
  const targets = cursor.list(parseTarget);
  if (cursor.accept('USING')) return { targets, from: parseTableReferences(cursor) };
  const [only] = targets;
  if (targets.length > 1 || only === undefined) return cursor.fail();
  return { targets: undefined, from: [singleTable(cursor, only)] };
}

function singleTable(cursor: Cursor, { database, name, start }: TableName): TableReference {
  let partitions = cursor.is('PARTITION') ? parsePartitionNames(cursor) : [];
  const alias = parseAlias(cursor);
  if (cursor.is('PARTITION')) partitions = parsePartitionNames(cursor);
  return { kind: 'table', database, name, alias, partitions, indexHints: [], start, end: cursor.lastEnd };
}

/** `t` or `t.*`. */
function parseTarget(cursor: Cursor): TableName {
  const { start } = cursor.token;
  if (cursor.peek(1).word === '.' && cursor.peek(2).word === '*') {
    const name = cursor.name();
    cursor.expectAll('.', '*');
    return { database: undefined, name, start, end: cursor.lastEnd };
  }
  const target = parseTableName(cursor);
  if (cursor.accept('.')) cursor.expect('*');
  return target;
}

function parseTail(cursor: Cursor): Pick<UpdateStatement, 'where' | 'orderBy' | 'limit'> {
  const where = cursor.accept('WHERE') ? cursor.expression() : undefined;
  const orderBy = cursor.acceptAll('ORDER', 'BY') ? cursor.list(parseOrderItem) : [];
  const limit = cursor.is('LIMIT') ? parseLimit(cursor, false) : undefined;
  return { where, orderBy, limit };
}

export function parseTruncate(cursor: Cursor): TruncateStatement {
  const { start } = cursor.expect('TRUNCATE');
  cursor.accept('TABLE');
  const table = parseTableName(cursor);
  if (cursor.is('PARTITION')) {
    parsePartitionNames(cursor);
    cursor.lacking = 'TRUNCATE of partitions';
  }
  return { kind: 'truncate', table, start, end: cursor.lastEnd };
}
