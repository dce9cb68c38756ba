import type { AlterTableAction } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseTableName } from './name.ts';
import { parsePartition, parsePartitionBody } from './partition.ts';

type Operation = Extract<AlterTableAction, { kind: 'partition-operation' }>['operation'];

const OPERATIONS: readonly Operation[] = [
  'DROP',
  'TRUNCATE',
  'ANALYZE',
  'CHECK',
  'OPTIMIZE',
  'REBUILD',
  'REPAIR',
  'DISCARD',
  'IMPORT',
];
const OPTIONS = new Set(['QUICK', 'FAST', 'MEDIUM', 'EXTENDED', 'CHANGED', 'USE_FRM']);

/** An action of ALTER TABLE on partitions, except ADD PARTITION; undefined if none begins here. */
export function parsePartitionAction(cursor: Cursor): AlterTableAction | undefined {
  if (cursor.peek(1).word !== 'PARTITION' && cursor.peek(1).word !== 'SUBPARTITION') return undefined;
  const operation = cursor.acceptOneOf(...OPERATIONS);
  if (operation !== undefined) return parseOperation(cursor, operation);
  if (cursor.acceptAll('REORGANIZE', 'PARTITION')) return parseReorganize(cursor);
  if (cursor.acceptAll('EXCHANGE', 'PARTITION')) return parseExchange(cursor);
  if (!cursor.acceptAll('COALESCE', 'PARTITION')) return undefined;
  acceptBinlogWord(cursor);
  return { kind: 'coalesce-partition', count: cursor.number() };
}

function acceptBinlogWord(cursor: Cursor): void {
  cursor.acceptOneOf('NO_WRITE_TO_BINLOG', 'LOCAL');
}

function parseOperation(cursor: Cursor, operation: Operation): AlterTableAction {
  cursor.advance();
  acceptBinlogWord(cursor);
  const inParentheses = cursor.is('(');
  const partitions = cursor.accept('ALL')
    ? []
    : inParentheses
      ? cursor.names()
      : cursor.list((at) => at.name());
  if (operation === 'DISCARD' || operation === 'IMPORT') cursor.expect('TABLESPACE');
  while (cursor.isOneOf(OPTIONS)) cursor.advance();
  if (cursor.accept('UPDATE')) {
    // OceanBase keeps global indexes in step anyway.
    cursor.accept('GLOBAL');
    cursor.expect('INDEXES');
  }
  cursor.acceptAll('FOR', 'UPGRADE');
  return { kind: 'partition-operation', operation, partitions };
}

function parseReorganize(cursor: Cursor): AlterTableAction {
  acceptBinlogWord(cursor);
  if (!cursor.isName()) return { kind: 'reorganize-partition', partitions: [], into: [] };
  const partitions = cursor.list((at) => at.name());
  cursor.expect('INTO');
  return { kind: 'reorganize-partition', partitions, into: cursor.parenthesized(parsePartition) };
}

function parseExchange(cursor: Cursor): AlterTableAction {
  const partition = cursor.name();
  cursor.expectAll('WITH', 'TABLE');
  const table = parseTableName(cursor);
  if (!cursor.acceptAll('WITH', 'VALIDATION')) cursor.acceptAll('WITHOUT', 'VALIDATION');
  return { kind: 'exchange-partition', partition, table };
}

/** ADD PARTITION (…) or ADD PARTITION PARTITIONS n, after ADD. */
export function parseAddPartition(cursor: Cursor): AlterTableAction {
  cursor.expect('PARTITION');
  if (cursor.peek(1).word === 'VALUES') {
    // OceanBase: ADD PARTITION p VALUES …, without parentheses.
    return {
      kind: 'add-partition',
      partitions: [parsePartitionBody(cursor, cursor.token.start)],
      count: undefined,
    };
  }
  acceptBinlogWord(cursor);
  if (cursor.accept('PARTITIONS')) return { kind: 'add-partition', partitions: [], count: cursor.number() };
  return { kind: 'add-partition', partitions: cursor.parenthesized(parsePartition), count: undefined };
}
