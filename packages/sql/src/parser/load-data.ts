import type { ColumnReference, IntoTarget, LoadDataStatement } from '../ast.ts';
import { TokenKind } from '../lexer/token.ts';
import type { Cursor } from './cursor.ts';
import { parseFileFormat } from './file-format.ts';
import { parseAssignment, parseHints } from './insert.ts';
import { acceptCharsetWords, parseCharsetName, parseColumnReference, parseTableName } from './name.ts';
import { parseIntoTarget } from './select.ts';
import { parsePartitionNames } from './table-reference.ts';

/** LOAD DATA and LOAD XML. */
export function parseLoadData(cursor: Cursor): LoadDataStatement {
  const { start } = cursor.expect('LOAD');
  parseHints(cursor);
  const format = cursor.expectOneOf('DATA', 'XML');
  cursor.acceptOneOf('LOW_PRIORITY', 'CONCURRENT');
  const from = cursor.accept('FROM');
  const local = cursor.accept('LOCAL') || cursor.accept('REMOTE_OSS');
  if (from) {
    cursor.acceptOneOf('INFILE', 'URL', 'S3');
    cursor.lacking = 'LOAD DATA FROM';
  } else cursor.expect('INFILE');
  const file = cursor.string();
  if (cursor.accept('COMPRESSION')) parseOptionValue(cursor);
  if (from && cursor.accept('COUNT')) cursor.number();
  if (from) cursor.acceptAll('IN', 'PRIMARY', 'KEY', 'ORDER');
  const onDuplicate = cursor.acceptOneOf('REPLACE', 'IGNORE');
  cursor.expectAll('INTO', 'TABLE');
  const table = parseTableName(cursor);
  const partitions = cursor.is('PARTITION') ? parsePartitionNames(cursor) : [];
  const charset =
    acceptCharsetWords(cursor) && !cursor.accept('DEFAULT') ? parseCharsetName(cursor) : undefined;
  if (cursor.acceptAll('ROWS', 'IDENTIFIED', 'BY')) cursor.string();
  const fileFormat = { ...parseFileFormat(cursor), charset };
  const ignoreLines = parseIgnoreLines(cursor);
  const columns = parseTargets(cursor);
  const set = cursor.accept('SET') ? cursor.list(parseAssignment) : [];
  parseBulkOptions(cursor);
  return {
    kind: 'load-data',
    format,
    local,
    file,
    onDuplicate,
    table,
    partitions,
    fileFormat,
    ignoreLines,
    columns,
    set,
    start,
    end: cursor.lastEnd,
  };
}

/** PARALLEL, MEMORY and ALGORITHM = BULK of MySQL 8.3, LOG ERRORS of OceanBase. */
function parseBulkOptions(cursor: Cursor): void {
  while (cursor.acceptOneOf('COMPRESSION', 'PARALLEL', 'MEMORY', 'ALGORITHM') !== undefined)
    parseOptionValue(cursor);
  while (cursor.acceptOneOf('LOGFILE', 'BADFILE') !== undefined || cursor.acceptAll('REJECT', 'LIMIT')) {
    parseOptionValue(cursor);
    cursor.lacking = 'LOAD DATA LOGFILE';
  }
  if (!cursor.acceptAll('LOG', 'ERRORS')) return;
  if (cursor.acceptAll('REJECT', 'LIMIT') && !cursor.accept('UNLIMITED')) cursor.number();
  cursor.lacking = 'LOG ERRORS';
}

function parseOptionValue(cursor: Cursor): void {
  cursor.accept('=');
  if (cursor.token.kind === TokenKind.Integer) cursor.advance();
  else cursor.nameOrString();
}

function parseIgnoreLines(cursor: Cursor): number {
  if (!cursor.accept('IGNORE')) {
    if (!cursor.accept('GENERATED')) return 0;
    cursor.lacking = 'LOAD DATA GENERATED';
  }
  const count = cursor.number();
  cursor.expectOneOf('LINES', 'ROWS');
  return count;
}

function parseTargets(cursor: Cursor): (ColumnReference | IntoTarget)[] {
  if (!cursor.accept('(')) return [];
  const targets = cursor.is(')') ? [] : cursor.list(parseTarget);
  cursor.expect(')');
  return targets;
}

function parseTarget(cursor: Cursor): ColumnReference | IntoTarget {
  return cursor.token.kind === TokenKind.UserVariable
    ? parseIntoTarget(cursor)
    : parseColumnReference(cursor);
}
