import { ObError } from '@sealane/errors';
import type { ResourceAction } from '@sealane/sql';
import type { InternalSql } from '../cluster/ports.ts';
import { iopsMax, readPools, readUnitConfigs, type UnitConfigRow } from '../cluster/tenant-tables.ts';
import { ResourceOptions } from './resource-options.ts';

type Shape = Omit<UnitConfigRow, 'id' | 'name' | 'createdAt' | 'modifiedAt'>;

const memorySizeMin = 2 ** 30;
const logDiskSizeMin = 2 * 2 ** 30;
/** The log disk of a unit that names none, in parts of its memory, as in the original. */
const logDiskPerMemory = 3;

/**
 * CREATE, ALTER and DROP RESOURCE UNIT.
 *
 * @throws ObError OB_RESOURCE_UNIT_EXIST, OB_RESOURCE_UNIT_NOT_EXIST, OB_RESOURCE_UNIT_IS_REFERENCED, OB_INVALID_ARGUMENT
 */
export async function resourceUnit(action: ResourceAction, sql: InternalSql): Promise<void> {
  const known = readUnitConfigs(sql);
  const row = known.find(({ name }) => name === action.subject.toLowerCase());
  switch (action.operation) {
    case 'create':
      if (row === undefined) return createUnit(action, sql, known);
      if (action.ifNotExists) return;
      throw new ObError('OB_RESOURCE_UNIT_EXIST', [action.subject]);
    case 'alter':
      if (row === undefined) throw new ObError('OB_RESOURCE_UNIT_NOT_EXIST', [action.subject]);
      return alterUnit(action, sql, row);
    case 'drop':
      if (row !== undefined) return dropUnit(sql, row);
      if (action.ifExists) return;
      throw new ObError('OB_RESOURCE_UNIT_NOT_EXIST', [action.subject]);
  }
}

async function createUnit(
  action: ResourceAction,
  sql: InternalSql,
  known: readonly UnitConfigRow[],
): Promise<void> {
  const shape = shapeOf(action, undefined);
  const id = Math.max(firstUnitConfigId - 1, ...known.map((each) => each.id)) + 1;
  await sql.execute(
    'INSERT INTO oceanbase.__all_unit_config VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NOW(6), NOW(6))',
    [id, action.subject.toLowerCase(), ...cells(shape)],
  );
}

const firstUnitConfigId = 1_001;

async function alterUnit(action: ResourceAction, sql: InternalSql, row: UnitConfigRow): Promise<void> {
  await sql.execute(
    `UPDATE oceanbase.__all_unit_config SET max_cpu = ?, min_cpu = ?, memory_size = ?, log_disk_size = ?, max_iops = ?, min_iops = ?,
       iops_weight = ?, gmt_modified = NOW(6) WHERE unit_config_id = ?`,
    [...cells(shapeOf(action, row)), row.id],
  );
}

async function dropUnit(sql: InternalSql, row: UnitConfigRow): Promise<void> {
  if (readPools(sql).some(({ unitConfigId }) => unitConfigId === row.id))
    throw new ObError('OB_RESOURCE_UNIT_IS_REFERENCED', [row.name]);
  await sql.execute('DELETE FROM oceanbase.__all_unit_config WHERE unit_config_id = ?', [row.id]);
}

/** What the statement says, over what stands; a new unit must name processors and memory. */
function shapeOf(action: ResourceAction, old: Shape | undefined): Shape {
  const options = new ResourceOptions(action);
  const maxCpu = options.number('MAX_CPU', 1) ?? old?.maxCpu;
  const memorySize = options.bytes('MEMORY_SIZE', memorySizeMin) ?? old?.memorySize;
  if (maxCpu === undefined) throw new ObError('OB_INVALID_ARGUMENT', ['MAX_CPU']);
  if (memorySize === undefined) throw new ObError('OB_INVALID_ARGUMENT', ['MEMORY_SIZE']);
  const minCpu = options.number('MIN_CPU', 1) ?? old?.minCpu ?? maxCpu;
  if (minCpu > maxCpu) throw new ObError('OB_INVALID_ARGUMENT', ['MIN_CPU']);
  const minIops = options.number('MIN_IOPS', 1_024);
  const maxIops = options.number('MAX_IOPS', 1_024);
  const shape = {
    maxCpu,
    minCpu,
    memorySize,
    logDiskSize:
      options.bytes('LOG_DISK_SIZE', logDiskSizeMin) ?? old?.logDiskSize ?? logDiskPerMemory * memorySize,
    maxIops: iops(maxIops) ?? old?.maxIops ?? iopsMax,
    minIops: iops(minIops) ?? old?.minIops ?? iops(maxIops) ?? iopsMax,
    iopsWeight: options.number('IOPS_WEIGHT', 0) ?? old?.iopsWeight ?? Math.floor(minCpu),
  };
  if (shape.minIops > shape.maxIops) throw new ObError('OB_INVALID_ARGUMENT', ['MIN_IOPS']);
  options.nothingElse();
  return shape;
}

function iops(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(Math.floor(value));
}

/** In the order of the table's columns. */
function cells(shape: Shape): (number | bigint)[] {
  const { maxCpu, minCpu, memorySize, logDiskSize, maxIops, minIops, iopsWeight } = shape;
  return [maxCpu, minCpu, memorySize, logDiskSize, maxIops, minIops, iopsWeight];
}
