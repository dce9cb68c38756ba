import type { VirtualRows } from '@sealane/sql';
import type { InternalSql } from '../cluster/ports.ts';
import { readZones } from '../cluster/server-table.ts';
import { readPools, readUnitConfigs, readUnits } from '../cluster/tenant-tables.ts';
import { sysTenantId, type TenantRow } from '../tenant/tenant-table.ts';
import { viewColumns } from './definitions.ts';
import { type View, yesNo } from './view.ts';

export interface TenantViewOptions {
  readonly sql: InternalSql;
  tenantRows(): readonly TenantRow[];
}

/** The tenants and the resources granted to them, from this node's replica of RootService's tables. */
export function tenantViews(options: TenantViewOptions): readonly View[] {
  const { sql } = options;
  const view = (name: keyof typeof viewColumns, rows: View['rows']): View => ({
    definition: { database: 'oceanbase', name, columns: viewColumns[name] },
    rows,
  });
  return [
    view('DBA_OB_TENANTS', (tenantId) => tenantRows(options, tenantId)),
    view('DBA_OB_UNIT_CONFIGS', (tenantId) => ownRows(unitConfigRows(sql), 0, unitConfigsOf(sql, tenantId))),
    view('DBA_OB_RESOURCE_POOLS', (tenantId) => ownRows(poolRows(sql), 2, granted(tenantId))),
    view('DBA_OB_UNITS', (tenantId) => ownRows(unitRows(sql), 1, granted(tenantId))),
    view('GV$OB_UNITS', (tenantId) => ownRows(placedUnitRows(sql), 3, granted(tenantId))),
  ];
}

/** @param own what the column has in the rows that may be seen; undefined: anything */
function ownRows(rows: VirtualRows, column: number, own: readonly number[] | undefined): VirtualRows {
  return own === undefined ? rows : rows.filter((row) => own.includes(Number(row[column])));
}

/** The sys tenant sees what all have, another one its own. */
function granted(tenantId: number): readonly number[] | undefined {
  return tenantId === sysTenantId ? undefined : [tenantId];
}

function unitConfigsOf(sql: InternalSql, tenantId: number): readonly number[] | undefined {
  if (tenantId === sysTenantId) return undefined;
  return readPools(sql)
    .filter((pool) => pool.tenantId === tenantId)
    .map((pool) => pool.unitConfigId);
}

/** The sys tenant sees all of them, another one itself. */
function tenantRows({ sql, tenantRows: rows }: TenantViewOptions, asking: number): VirtualRows {
  const zones = readZones(sql).map(({ zone }) => zone);
  return rows()
    .filter(({ id }) => asking === sysTenantId || asking === id)
    .map((row) => [
      row.id,
      row.name,
      row.id === sysTenantId ? 'SYS' : 'USER',
      row.primaryZone === '' ? zones.join(';') : row.primaryZone,
      row.locality === '' ? zones.map((zone) => `FULL{1}@${zone}`).join(', ') : row.locality,
      'MYSQL',
      row.status,
      'NO',
      yesNo(row.locked),
      'PRIMARY',
      row.createdAt,
      row.modifiedAt,
    ]);
}

function unitConfigRows(sql: InternalSql): VirtualRows {
  return readUnitConfigs(sql).map((row) => [
    row.id,
    row.name,
    row.createdAt,
    row.modifiedAt,
    row.maxCpu,
    row.minCpu,
    row.memorySize,
    row.logDiskSize,
    row.maxIops,
    row.minIops,
    row.iopsWeight,
  ]);
}

function poolRows(sql: InternalSql): VirtualRows {
  return readPools(sql).map((row) => [
    row.id,
    row.name,
    row.tenantId ?? null,
    row.createdAt,
    row.modifiedAt,
    row.unitCount,
    row.unitConfigId,
    row.zones.join(';'),
    'FULL',
  ]);
}

function unitRows(sql: InternalSql): VirtualRows {
  const pools = new Map(readPools(sql).map((pool) => [pool.id, pool]));
  const configs = new Map(readUnitConfigs(sql).map((config) => [config.id, config]));
  return readUnits(sql).map((row) => {
    const pool = pools.get(row.poolId);
    const config = configs.get(pool?.unitConfigId ?? 0);
    return [
      row.id,
      pool?.tenantId ?? null,
      row.status,
      row.poolId,
      row.createdAt,
      row.modifiedAt,
      row.zone,
      row.svrIp,
      row.svrPort,
      pool?.unitConfigId ?? null,
      config?.maxCpu ?? null,
      config?.minCpu ?? null,
      config?.memorySize ?? null,
      config?.logDiskSize ?? null,
      config?.maxIops ?? null,
      config?.minIops ?? null,
      config?.iopsWeight ?? null,
    ];
  });
}

/** Units that a tenant has. */
function placedUnitRows(sql: InternalSql): VirtualRows {
  const regions = new Map(readZones(sql).map((zone) => [zone.zone, zone]));
  return unitRows(sql)
    .filter((row) => row[1] !== null)
    .map((row) => {
      const [unitId, tenantId, , , createdAt, , zone, ip, port, , ...sizes] = row;
      const facts = regions.get(String(zone));
      return [
        ip ?? null,
        port ?? null,
        unitId ?? null,
        tenantId ?? null,
        zone ?? null,
        facts?.type ?? '',
        facts?.region ?? '',
        ...sizes,
        'NORMAL',
        createdAt ?? null,
      ];
    });
}
