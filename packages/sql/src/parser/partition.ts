import type { Expression, PartitionClause, PartitionNode, TableOption } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseTableOption } from './table-option.ts';

/** PARTITION BY … with its partitions. */
export function parsePartitionBy(cursor: Cursor): PartitionClause {
  const { start } = cursor.expect('PARTITION');
  cursor.expect('BY');
  if (cursor.is('(')) return parseColumnsOnly(cursor, start);
  const method = parseMethod(cursor);
  acceptAutomatic(cursor);
  let count = cursor.accept('PARTITIONS') ? cursor.number() : undefined;
  const subpartition = cursor.is('SUBPARTITION') ? parseSubpartitionBy(cursor) : undefined;
  // OceanBase has the count of partitions after the subpartitions.
  if (cursor.accept('PARTITIONS')) count = cursor.number();
  const partitions = cursor.is('(') ? cursor.parenthesized(parsePartition) : [];
  return { ...method, count, subpartition, partitions, start, end: cursor.lastEnd };
}

/** OceanBase: PARTITION BY (a, b) of an external table. */
function parseColumnsOnly(cursor: Cursor, start: number): PartitionClause {
  const columns = cursor.names();
  cursor.lacking = 'Partitions of an external table';
  return {
    method: 'LIST COLUMNS',
    linear: false,
    algorithm: undefined,
    expression: undefined,
    columns,
    count: undefined,
    subpartition: undefined,
    partitions: [],
    start,
    end: cursor.lastEnd,
  };
}

function parseSubpartitionBy(cursor: Cursor): PartitionClause {
  const { start } = cursor.expect('SUBPARTITION');
  cursor.expect('BY');
  const method = parseMethod(cursor);
  const count = cursor.accept('SUBPARTITIONS') ? cursor.number() : undefined;
  const partitions = cursor.acceptAll('SUBPARTITION', 'TEMPLATE') ? cursor.parenthesized(parsePartition) : [];
  return { ...method, count, subpartition: undefined, partitions, start, end: cursor.lastEnd };
}

type Method = Pick<PartitionClause, 'method' | 'linear' | 'algorithm' | 'expression' | 'columns'>;

function parseMethod(cursor: Cursor): Method {
  const linear = cursor.accept('LINEAR');
  const word = cursor.expectOneOf('HASH', 'KEY', 'RANGE', 'LIST');
  let algorithm: number | undefined;
  if (word === 'KEY') {
    if (cursor.acceptAll('ALGORITHM', '=')) algorithm = cursor.number();
    cursor.expect('(');
    const columns = cursor.is(')') ? [] : cursor.list((at) => at.name());
    cursor.expect(')');
    return { method: 'KEY', linear, algorithm, expression: undefined, columns };
  }
  if (word !== 'HASH' && cursor.accept('COLUMNS')) {
    return { method: `${word} COLUMNS`, linear, algorithm, expression: undefined, columns: cursor.names() };
  }
  cursor.expect('(');
  const automatic = word === 'RANGE' && cursor.is(')') && cursor.peek(1).word === 'PARTITION';
  const expression = automatic ? undefined : cursor.expression();
  cursor.expect(')');
  return { method: word, linear, algorithm, expression, columns: [] };
}

/** OceanBase: partitions are added as rows come, INTERVAL (n) or of a SIZE. */
function acceptAutomatic(cursor: Cursor): void {
  if (cursor.acceptAll('PARTITION', 'SIZE')) {
    if (!cursor.accept('AUTO')) cursor.expression();
    cursor.expectAll('PARTITIONS', 'AUTO');
    cursor.lacking = 'Automatic partitions';
    return;
  }
  if (!cursor.is('INTERVAL') && !(cursor.is('SIZE') && cursor.peek(1).word === '(')) return;
  cursor.advance();
  cursor.expect('(');
  cursor.expression();
  cursor.expect(')');
}

/** PARTITION name [VALUES …] [options] [(subpartitions)]. */
export function parsePartition(cursor: Cursor): PartitionNode {
  const { start } = cursor.token;
  cursor.expectOneOf('PARTITION', 'SUBPARTITION');
  return parsePartitionBody(cursor, start);
}

/** What follows the word PARTITION. */
export function parsePartitionBody(cursor: Cursor, start: number): PartitionNode {
  // OceanBase gives a name where there is none.
  const name = cursor.is('VALUES') ? '' : cursor.name();
  let lessThan: PartitionNode['lessThan'];
  let values: readonly Expression[] | undefined;
  if (cursor.accept('VALUES')) {
    if (cursor.acceptAll('LESS', 'THAN')) lessThan = parseLessThan(cursor);
    else {
      cursor.expect('IN');
      values = cursor.parenthesized(parseListValue);
    }
  }
  const options = parseOptions(cursor);
  const subpartitions = cursor.is('(') ? cursor.parenthesized(parsePartition) : [];
  return { name, lessThan, in: values, options, subpartitions, start, end: cursor.lastEnd };
}

function parseLessThan(cursor: Cursor): (Expression | 'MAXVALUE')[] {
  if (cursor.accept('MAXVALUE')) return ['MAXVALUE'];
  return cursor.parenthesized((at) => (at.accept('MAXVALUE') ? 'MAXVALUE' : at.expression()));
}

function parseListValue(cursor: Cursor): Expression {
  const { start, end } = cursor.token;
  if (!cursor.accept('DEFAULT')) return cursor.expression();
  return { kind: 'default', start, end };
}

function parseOptions(cursor: Cursor): TableOption[] {
  const options: TableOption[] = [];
  for (;;) {
    cursor.accept('STORAGE');
    const { start } = cursor.token;
    if (cursor.accept('ID')) {
      const value = String(cursor.number());
      options.push({ name: 'ID', value, start, end: cursor.lastEnd });
      continue;
    }
    const next = parseTableOption(cursor);
    if (next === undefined) return options;
    options.push(next);
  }
}
