import { ObError } from '@sealane/errors';
import type { CellValue, ResourceAction } from '@sealane/sql';
import type { InternalSql } from '../cluster/ports.ts';
import { readServers, readZones, type ServerRow } from '../cluster/server-table.ts';
import {
  type ResourcePoolRow,
  readPools,
  readUnitConfigs,
  readUnits,
  type UnitConfigRow,
} from '../cluster/tenant-tables.ts';
import { ResourceOptions } from './resource-options.ts';

/**
 * CREATE, ALTER and DROP RESOURCE POOL.
 *
 * @throws ObError OB_RESOURCE_POOL_EXIST, OB_RESOURCE_POOL_NOT_EXIST, OB_RESOURCE_POOL_ALREADY_GRANTED, OB_RESOURCE_UNIT_NOT_EXIST,
 *   OB_ZONE_INFO_NOT_EXIST, OB_INVALID_ARGUMENT, OB_OP_NOT_ALLOW
 */
export async function resourcePool(action: ResourceAction, sql: InternalSql): Promise<void> {
  const row = readPools(sql).find(({ name }) => name === action.subject.toLowerCase());
  switch (action.operation) {
    case 'create':
      if (row === undefined) return createPool(action, sql);
      if (action.ifNotExists) return;
      throw new ObError('OB_RESOURCE_POOL_EXIST', [action.subject]);
    case 'alter':
      if (row === undefined) throw new ObError('OB_RESOURCE_POOL_NOT_EXIST', [action.subject]);
      return alterPool(action, sql, row);
    case 'drop':
      if (row !== undefined) return dropPool(sql, row);
      if (action.ifExists) return;
      throw new ObError('OB_RESOURCE_POOL_NOT_EXIST', [action.subject]);
  }
}

async function createPool(action: ResourceAction, sql: InternalSql): Promise<void> {
  const options = new ResourceOptions(action);
  const unit = unitNamed(options.text('UNIT'), sql);
  const unitCount = options.number('UNIT_NUM', 1) ?? 1;
  const zones = options.list('ZONE_LIST') ?? readZones(sql).map(({ zone }) => zone);
  options.nothingElse();
  const id = Math.max(firstPoolId - 1, ...readPools(sql).map((each) => each.id)) + 1;
  await sql.transaction([
    {
      text: 'INSERT INTO oceanbase.__all_resource_pool VALUES (?, ?, ?, ?, ?, NULL, NOW(6), NOW(6))',
      parameters: [id, action.subject.toLowerCase(), unitCount, unit.id, zones.join(';')],
    },
    ...placed({ id, unitCount, zones }, sql),
  ]);
}

const firstPoolId = 1_001;
const firstUnitId = 1_001;

async function alterPool(action: ResourceAction, sql: InternalSql, row: ResourcePoolRow): Promise<void> {
  const options = new ResourceOptions(action);
  const unitName = options.text('UNIT');
  const unitCount = options.number('UNIT_NUM', 1);
  const zones = options.list('ZONE_LIST');
  options.nothingElse();
  const moves = unitCount !== undefined || zones !== undefined;
  if (moves && row.tenantId !== undefined)
    throw new ObError('OB_OP_NOT_ALLOW', [
      'alter UNIT_NUM or ZONE_LIST of a resource pool that a tenant has',
    ]);
  const unit = unitName === undefined ? undefined : unitNamed(unitName, sql);
  const pool = { id: row.id, unitCount: unitCount ?? row.unitCount, zones: zones ?? row.zones };
  await sql.transaction([
    {
      text: `UPDATE oceanbase.__all_resource_pool SET unit_config_id = ?, unit_count = ?, zone_list = ?, gmt_modified = NOW(6)
        WHERE resource_pool_id = ?`,
      parameters: [unit?.id ?? row.unitConfigId, pool.unitCount, pool.zones.join(';'), row.id],
    },
    ...(moves
      ? [
          { text: 'DELETE FROM oceanbase.__all_unit WHERE resource_pool_id = ?', parameters: [row.id] },
          ...placed(pool, sql),
        ]
      : []),
  ]);
}

async function dropPool(sql: InternalSql, row: ResourcePoolRow): Promise<void> {
  if (row.tenantId !== undefined) throw new ObError('OB_RESOURCE_POOL_ALREADY_GRANTED', [row.name]);
  await sql.transaction([
    { text: 'DELETE FROM oceanbase.__all_unit WHERE resource_pool_id = ?', parameters: [row.id] },
    { text: 'DELETE FROM oceanbase.__all_resource_pool WHERE resource_pool_id = ?', parameters: [row.id] },
  ]);
}

function unitNamed(name: string | undefined, sql: InternalSql): UnitConfigRow {
  if (name === undefined) throw new ObError('OB_INVALID_ARGUMENT', ['UNIT']);
  const unit = readUnitConfigs(sql).find((each) => each.name === name.toLowerCase());
  if (unit === undefined) throw new ObError('OB_RESOURCE_UNIT_NOT_EXIST', [name]);
  return unit;
}

/** The pool's units, on the first servers of each zone: two units of one pool never share a server. */
function placed(
  pool: Pick<ResourcePoolRow, 'id' | 'unitCount' | 'zones'>,
  sql: InternalSql,
): { text: string; parameters: CellValue[] }[] {
  const zones = readZones(sql).map(({ zone }) => zone);
  const unknown = pool.zones.find((zone) => !zones.includes(zone));
  if (unknown !== undefined) throw new ObError('OB_ZONE_INFO_NOT_EXIST', [unknown]);
  const servers = pool.zones.flatMap((zone) => serversOf(zone, pool.unitCount, sql));
  const first = Math.max(firstUnitId - 1, ...readUnits(sql).map(({ id }) => id)) + 1;
  return servers.map(({ zone, svrIp, svrPort }, at) => ({
    text: `INSERT INTO oceanbase.__all_unit VALUES (?, ?, ?, ?, ?, 'ACTIVE', NOW(6), NOW(6))`,
    parameters: [first + at, pool.id, zone, svrIp, svrPort],
  }));
}

function serversOf(zone: string, count: number, sql: InternalSql): ServerRow[] {
  const servers = readServers(sql).filter((row) => row.zone === zone && row.status !== 'DELETING');
  if (servers.length >= count) return servers.slice(0, count);
  throw new ObError('OB_OP_NOT_ALLOW', [
    `UNIT_NUM ${count}: zone '${zone}' has ${servers.length} servers, this is`,
  ]);
}
