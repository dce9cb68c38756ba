import { initialTenants } from '../tenant/tenant-table.ts';
import type { InternalSql } from './ports.ts';
import { readZones, textOrNull } from './server-table.ts';

/**
 * What RootService knows of tenants and of the resources granted to them: ordinary tables of the sys tenant, with the columns of
 * the original's `__all_…` tables that we use, and `paxos_members`, our own. They are made with the first statement that changes
 * them: until then the initial tenants are all there is.
 */
const tableStatements: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS oceanbase.__all_sys_stat (name VARCHAR(128) NOT NULL PRIMARY KEY, value BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS oceanbase.__all_unit_config (
    unit_config_id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(128) NOT NULL UNIQUE, max_cpu DOUBLE NOT NULL, min_cpu DOUBLE NOT NULL,
    memory_size BIGINT NOT NULL, log_disk_size BIGINT NOT NULL, max_iops BIGINT NOT NULL, min_iops BIGINT NOT NULL,
    iops_weight BIGINT NOT NULL, gmt_create TIMESTAMP(6) NULL, gmt_modified TIMESTAMP(6) NULL)`,
  `CREATE TABLE IF NOT EXISTS oceanbase.__all_resource_pool (
    resource_pool_id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(128) NOT NULL UNIQUE, unit_count BIGINT NOT NULL,
    unit_config_id BIGINT NOT NULL, zone_list VARCHAR(8192) NOT NULL, tenant_id BIGINT NULL,
    gmt_create TIMESTAMP(6) NULL, gmt_modified TIMESTAMP(6) NULL)`,
  `CREATE TABLE IF NOT EXISTS oceanbase.__all_unit (
    unit_id BIGINT NOT NULL PRIMARY KEY, resource_pool_id BIGINT NOT NULL, zone VARCHAR(128) NOT NULL, svr_ip VARCHAR(46) NOT NULL,
    svr_port BIGINT NOT NULL, status VARCHAR(128) NOT NULL, gmt_create TIMESTAMP(6) NULL, gmt_modified TIMESTAMP(6) NULL)`,
  `CREATE TABLE IF NOT EXISTS oceanbase.__all_tenant (
    tenant_id BIGINT NOT NULL PRIMARY KEY, tenant_name VARCHAR(128) NOT NULL UNIQUE, ls_id BIGINT NOT NULL, status VARCHAR(64) NOT NULL,
    locked BIGINT NOT NULL DEFAULT 0, primary_zone VARCHAR(128) NOT NULL DEFAULT '', locality VARCHAR(4096) NOT NULL DEFAULT '',
    info VARCHAR(4096) NOT NULL DEFAULT '', paxos_members VARCHAR(4096) NOT NULL DEFAULT '',
    gmt_create TIMESTAMP(6) NULL, gmt_modified TIMESTAMP(6) NULL)`,
];

/** What the initial tenants have, in the numbers of the original's smallest tenant. */
const initialUnit = { maxCpu: 1, memorySize: 2 ** 30 };

/** Makes the tables, if they aren't there, with the initial tenants in them. May be repeated after a failure at any point. */
export async function ensureTenantTables(sql: InternalSql, logDiskSize: number): Promise<void> {
  const filled = sql.local('__all_tenant', 'SELECT 1 FROM "oceanbase.__all_tenant" LIMIT 1').length > 0;
  if (filled) return;
  for (const statement of tableStatements) await sql.execute(statement);
  const zones = readZones(sql).map(({ zone }) => zone);
  await sql.transaction([
    ...initialTenants.flatMap(({ id, name, lsId }, at) => [
      {
        text: `INSERT INTO oceanbase.__all_tenant (tenant_id, tenant_name, ls_id, status, gmt_create, gmt_modified)
          VALUES (?, ?, ?, 'NORMAL', NOW(6), NOW(6))`,
        parameters: [id, name, lsId],
      },
      {
        text: `INSERT INTO oceanbase.__all_unit_config VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NOW(6), NOW(6))`,
        parameters: [
          at + 1,
          `${name}_unit_config`,
          initialUnit.maxCpu,
          initialUnit.maxCpu,
          initialUnit.memorySize,
          logDiskSize,
          iopsMax,
          iopsMax,
          initialUnit.maxCpu,
        ],
      },
      {
        text: `INSERT INTO oceanbase.__all_resource_pool VALUES (?, ?, 1, ?, ?, ?, NOW(6), NOW(6))`,
        parameters: [at + 1, `${name}_pool`, at + 1, zones.join(';'), id],
      },
      {
        text: `INSERT INTO oceanbase.__all_unit (unit_id, resource_pool_id, zone, svr_ip, svr_port, status, gmt_create, gmt_modified)
          SELECT (SELECT COUNT(*) FROM oceanbase.__all_unit) + id, ?, zone, svr_ip, svr_port, 'ACTIVE', NOW(6), NOW(6)
          FROM oceanbase.__all_server`,
        parameters: [at + 1],
      },
    ]),
    {
      text: `INSERT INTO oceanbase.__all_sys_stat VALUES ('ob_max_used_tenant_id', ?)`,
      parameters: [Math.max(...initialTenants.map(({ id }) => id))],
    },
  ]);
}

/** "As much as there is", as the original stores it. */
export const iopsMax = 9_223_372_036_854_775_807n;

/** A resource unit's configuration: how much of a server a tenant may have. */
export interface UnitConfigRow {
  readonly id: number;
  readonly name: string;
  readonly maxCpu: number;
  readonly minCpu: number;
  /** Bytes. */
  readonly memorySize: number;
  readonly logDiskSize: number;
  readonly maxIops: bigint;
  readonly minIops: bigint;
  readonly iopsWeight: number;
  readonly createdAt: string | null;
  readonly modifiedAt: string | null;
}

export interface ResourcePoolRow {
  readonly id: number;
  readonly name: string;
  /** Units in each zone. */
  readonly unitCount: number;
  readonly unitConfigId: number;
  readonly zones: readonly string[];
  /** The tenant that has it. */
  readonly tenantId: number | undefined;
  readonly createdAt: string | null;
  readonly modifiedAt: string | null;
}

export interface UnitRow {
  readonly id: number;
  readonly poolId: number;
  readonly zone: string;
  readonly svrIp: string;
  readonly svrPort: number;
  readonly status: string;
  readonly createdAt: string | null;
  readonly modifiedAt: string | null;
}

type Local = Pick<InternalSql, 'local'>;

export function readUnitConfigs(sql: Local): readonly UnitConfigRow[] {
  const rows = sql.local(
    '__all_unit_config',
    `SELECT unit_config_id, name, max_cpu, min_cpu, memory_size, log_disk_size, max_iops, min_iops, iops_weight, gmt_create, gmt_modified
       FROM "oceanbase.__all_unit_config" ORDER BY unit_config_id`,
  );
  return rows.map((row) => ({
    id: Number(row[0]),
    name: String(row[1]),
    maxCpu: Number(row[2]),
    minCpu: Number(row[3]),
    memorySize: Number(row[4]),
    logDiskSize: Number(row[5]),
    maxIops: BigInt(String(row[6])),
    minIops: BigInt(String(row[7])),
    iopsWeight: Number(row[8]),
    createdAt: textOrNull(row[9]),
    modifiedAt: textOrNull(row[10]),
  }));
}

export function readPools(sql: Local): readonly ResourcePoolRow[] {
  const rows = sql.local(
    '__all_resource_pool',
    `SELECT resource_pool_id, name, unit_count, unit_config_id, zone_list, tenant_id, gmt_create, gmt_modified
       FROM "oceanbase.__all_resource_pool" ORDER BY resource_pool_id`,
  );
  return rows.map((row) => ({
    id: Number(row[0]),
    name: String(row[1]),
    unitCount: Number(row[2]),
    unitConfigId: Number(row[3]),
    zones: String(row[4]).split(';'),
    tenantId: row[5] == null ? undefined : Number(row[5]),
    createdAt: textOrNull(row[6]),
    modifiedAt: textOrNull(row[7]),
  }));
}

export function readUnits(sql: Local): readonly UnitRow[] {
  const rows = sql.local(
    '__all_unit',
    `SELECT unit_id, resource_pool_id, zone, svr_ip, svr_port, status, gmt_create, gmt_modified
       FROM "oceanbase.__all_unit" ORDER BY unit_id`,
  );
  return rows.map((row) => ({
    id: Number(row[0]),
    poolId: Number(row[1]),
    zone: String(row[2]),
    svrIp: String(row[3]),
    svrPort: Number(row[4]),
    status: String(row[5]),
    createdAt: textOrNull(row[6]),
    modifiedAt: textOrNull(row[7]),
  }));
}

/** Bytes of log that the tenant's units allow on a server; Infinity while nothing is granted. */
export function grantedLogDisk(sql: Local, tenantId: number): number {
  const pool = readPools(sql).find((each) => each.tenantId === tenantId);
  const unit = readUnitConfigs(sql).find(({ id }) => id === pool?.unitConfigId);
  return unit?.logDiskSize ?? Number.POSITIVE_INFINITY;
}
