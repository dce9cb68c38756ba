import type { Expression, PartitionClause, PartitionNode, TableOption } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseTableOption } from './table-option.ts';

/** PARTITION BY … with its partitions. */
export function parsePartitionBy(cursor: Cursor): PartitionClause {
  const { start } = cursor.expect('PARTITION');
  cursor.expect('BY');
  const method = parseMethod(cursor);
  const count = cursor.accept('PARTITIONS') ? cursor.number() : undefined;
  const subpartition = cursor.is('SUBPARTITION') ? parseSubpartitionBy(cursor) : undefined;
  const partitions = cursor.is('(') ? cursor.parenthesized(parsePartition) : [];
  return { ...method, count, subpartition, partitions, start, end: cursor.lastEnd };
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
  const expression = cursor.expression();
  cursor.expect(')');
  return { method: word, linear, algorithm, expression, columns: [] };
}

/** PARTITION name [VALUES …] [options] [(subpartitions)]. */
export function parsePartition(cursor: Cursor): PartitionNode {
  const { start } = cursor.token;
  cursor.expectOneOf('PARTITION', 'SUBPARTITION');
  const name = cursor.name();
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
    const next = parseTableOption(cursor);
    if (next === undefined) return options;
    options.push(next);
  }
}
