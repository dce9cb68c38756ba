import { ObError } from '@sealane/errors';
import { findVariable, type ResourceAction } from '@sealane/sql';
import { eventStatement } from '../cluster/event-history.ts';
import type { InternalSql } from '../cluster/ports.ts';
import { readServers, readZones, rowName } from '../cluster/server-table.ts';
import { type ResourcePoolRow, readPools } from '../cluster/tenant-tables.ts';
import {
  firstTenantId,
  sysTenantId,
  type TenantRow,
  tenantIdStep,
  userLsId,
} from '../tenant/tenant-table.ts';
import { deadlineAfter, waitUntil } from '../wait.ts';
import { orderedMembers, parsePrimaryZone } from './primary-zone.ts';
import { ResourceOptions } from './resource-options.ts';

export interface TenantOptions {
  readonly self: { readonly ip: string; readonly rpcPort: number };
  readonly sql: InternalSql;
  tenantRows(): readonly TenantRow[];
  maxUsedTenantId(): number;
  /** Whether the tenant is open on this node, with its catalog. */
  hasTenant(tenantId: number): boolean;
  /** SQL as the root of a tenant. */
  tenantSql(tenantId: number): Pick<InternalSql, 'execute'>;
  alive(server: string): boolean;
  timeoutMs(): number;
  /** Makes a server of the zone lead the tenant's log stream. */
  leadFrom(tenant: string, zone: string): Promise<void>;
}

/**
 * CREATE, ALTER and DROP TENANT.
 *
 * @throws ObError OB_TENANT_EXIST, OB_TENANT_NOT_EXIST, OB_ERR_INVALID_TENANT_NAME, OB_RESOURCE_POOL_NOT_EXIST,
 *   OB_RESOURCE_POOL_ALREADY_GRANTED, OB_ZONE_INFO_NOT_EXIST, OB_SERVER_NOT_ALIVE, OB_ERR_SYS_VARIABLE_UNKNOWN, OB_TIMEOUT
 */
export async function tenantOperation(action: ResourceAction, options: TenantOptions): Promise<void> {
  const row = options.tenantRows().find(({ name }) => name === action.subject.toLowerCase());
  switch (action.operation) {
    case 'create':
      if (row === undefined) return createTenant(action, options);
      if (action.ifNotExists) return;
      throw new ObError('OB_TENANT_EXIST', [action.subject]);
    case 'alter':
      if (row === undefined) throw new ObError('OB_TENANT_NOT_EXIST', [action.subject]);
      return alterTenant(action, options, row);
    case 'drop':
      if (row !== undefined) return dropTenant(options, row);
      if (action.ifExists) return;
      throw new ObError('OB_TENANT_NOT_EXIST', [action.subject]);
  }
}

async function createTenant(action: ResourceAction, options: TenantOptions): Promise<void> {
  const name = checkedName(action.subject);
  const given = new ResourceOptions(action);
  const pools = freePools(given.list('RESOURCE_POOL_LIST'), options.sql);
  const zones = poolZones(pools);
  const primaryZone = given.text('PRIMARY_ZONE') ?? 'RANDOM';
  const locality = given.text('LOCALITY') ?? '';
  const comment = given.text('COMMENT') ?? '';
  checkCharset(given);
  given.nothingElse();
  checkVariables(action);
  const id = Math.max(options.maxUsedTenantId(), firstTenantId) + tenantIdStep;
  const ranks = parsePrimaryZone(primaryZone, zones);
  const members = orderedMembers(aliveServers(options), ranks, id / tenantIdStep);
  await insertTenant({ id, name, primaryZone, locality, comment, members, pools }, options);
  try {
    await whenOpen(id, options);
    await setVariables(action, id, options);
    await options.sql.execute(
      `UPDATE oceanbase.__all_tenant SET status = 'NORMAL', gmt_modified = NOW(6) WHERE tenant_id = ?`,
      [id],
    );
  } catch (error) {
    await removeTenant({ id, name }, options).catch(() => undefined);
    throw error;
  }
}

async function whenOpen(id: number, options: TenantOptions): Promise<void> {
  if (await waitUntil(() => options.hasTenant(id), deadlineAfter(options.timeoutMs()), 10)) return;
  throw new ObError('OB_TIMEOUT', [], {
    message: `Timeout: the tenant's log stream has no leader after ${options.timeoutMs()} ms; see that all servers are alive`,
  });
}

async function alterTenant(action: ResourceAction, options: TenantOptions, row: TenantRow): Promise<void> {
  const given = new ResourceOptions(action);
  const lock = given.flag('LOCK');
  const unlock = given.flag('UNLOCK');
  const primaryZone = given.text('PRIMARY_ZONE');
  const comment = given.text('COMMENT');
  given.nothingElse();
  checkVariables(action);
  if (lock && row.id === sysTenantId) throw new ObError('OB_OP_NOT_ALLOW', ['lock tenant sys']);
  const zones = readZones(options.sql).map(({ zone }) => zone);
  const ranks = primaryZone === undefined ? undefined : parsePrimaryZone(primaryZone, zones);
  await options.sql.execute(
    `UPDATE oceanbase.__all_tenant SET locked = ?, primary_zone = ?, info = ?, gmt_modified = NOW(6) WHERE tenant_id = ?`,
    [
      lock ? 1 : unlock ? 0 : Number(row.locked),
      primaryZone ?? row.primaryZone,
      comment ?? row.comment,
      row.id,
    ],
  );
  await setVariables(action, row.id, options);
  const preferred = ranks?.[0]?.[0];
  if (preferred !== undefined) await options.leadFrom(row.name, preferred);
}

async function dropTenant(options: TenantOptions, row: TenantRow): Promise<void> {
  if (row.id === sysTenantId) throw new ObError('OB_OP_NOT_ALLOW', ['drop tenant sys']);
  await removeTenant(row, options);
}

interface NewTenant
  extends Pick<TenantRow, 'id' | 'name' | 'primaryZone' | 'locality' | 'comment' | 'members'> {
  readonly pools: readonly ResourcePoolRow[];
}

async function insertTenant(tenant: NewTenant, { sql, self }: TenantOptions): Promise<void> {
  const { id, name, primaryZone, locality, comment, members, pools } = tenant;
  await sql.transaction([
    {
      text: `UPDATE oceanbase.__all_sys_stat SET value = ? WHERE name = 'ob_max_used_tenant_id'`,
      parameters: [id],
    },
    {
      text: `INSERT INTO oceanbase.__all_tenant (tenant_id, tenant_name, ls_id, status, primary_zone, locality, info, paxos_members,
          gmt_create, gmt_modified) VALUES (?, ?, ?, 'CREATING', ?, ?, ?, ?, NOW(6), NOW(6))`,
      parameters: [id, name, userLsId, primaryZone, locality, comment, members.join(',')],
    },
    ...pools.map((pool) => ({
      text: 'UPDATE oceanbase.__all_resource_pool SET tenant_id = ?, gmt_modified = NOW(6) WHERE resource_pool_id = ?',
      parameters: [id, pool.id],
    })),
    eventStatement(self, {
      module: 'root_service',
      event: 'create_tenant',
      facts: [
        ['tenant_id', id],
        ['tenant_name', name],
      ],
    }),
  ]);
}

async function removeTenant(
  { id, name }: Pick<TenantRow, 'id' | 'name'>,
  { sql, self }: TenantOptions,
): Promise<void> {
  await sql.transaction([
    { text: 'DELETE FROM oceanbase.__all_tenant WHERE tenant_id = ?', parameters: [id] },
    {
      text: 'UPDATE oceanbase.__all_resource_pool SET tenant_id = NULL, gmt_modified = NOW(6) WHERE tenant_id = ?',
      parameters: [id],
    },
    eventStatement(self, {
      module: 'root_service',
      event: 'drop_tenant',
      facts: [
        ['tenant_id', id],
        ['tenant_name', name],
      ],
    }),
  ]);
}

/** Letters, digits and underscores; what ALTER SYSTEM means by other words isn't a tenant's name. */
function checkedName(subject: string): string {
  const name = subject.toLowerCase();
  if (/^[a-z_]\w{0,62}$/.test(name) && !reservedNames.has(name)) return name;
  throw new ObError('OB_ERR_INVALID_TENANT_NAME', [], {
    message: `invalid tenant name '${subject}': letters, digits and _, at most 63, and none of ${[...reservedNames].join(', ')}`,
  });
}

const reservedNames = new Set(['all', 'all_user', 'all_meta', 'seed', 'proxysys']);

function freePools(names: readonly string[] | undefined, sql: InternalSql): readonly ResourcePoolRow[] {
  if (names === undefined || names.length === 0)
    throw new ObError('OB_INVALID_ARGUMENT', ['RESOURCE_POOL_LIST']);
  const known = readPools(sql);
  return names.map((name) => {
    const pool = known.find((each) => each.name === name.toLowerCase());
    if (pool === undefined) throw new ObError('OB_RESOURCE_POOL_NOT_EXIST', [name]);
    if (pool.tenantId !== undefined) throw new ObError('OB_RESOURCE_POOL_ALREADY_GRANTED', [name]);
    return pool;
  });
}

/** A tenant has at most one pool in a zone. */
function poolZones(pools: readonly ResourcePoolRow[]): readonly string[] {
  const zones = pools.flatMap((pool) => pool.zones);
  if (new Set(zones).size === zones.length) return zones;
  throw new ObError('OB_OP_NOT_ALLOW', ['two resource pools of one tenant in the same zone']);
}

/** There is one character set, and no tenant that can't be written. */
function checkCharset(given: ResourceOptions): void {
  const charset = given.text('CHARSET')?.toLowerCase() ?? 'utf8mb4';
  if (charset !== 'utf8mb4' && charset !== 'utf8')
    throw new ObError('OB_NOT_SUPPORTED', [`CHARSET ${charset}`]);
  if (given.text('READ') === 'ONLY') throw new ObError('OB_NOT_SUPPORTED', ['CREATE TENANT with READ ONLY']);
}

/** Before anything is made. */
function checkVariables({ variables }: ResourceAction): void {
  for (const { name, value } of variables) {
    if (findVariable(name) === undefined) throw new ObError('OB_ERR_SYS_VARIABLE_UNKNOWN', [name]);
    if (name === 'ob_compatibility_mode' && !/^['"]?mysql['"]?$/i.test(value))
      throw new ObError('OB_NOT_SUPPORTED', ['ob_compatibility_mode other than mysql']);
  }
}

/** Chosen when a tenant is made, and the only choice there is. */
const settledVariables = new Set(['ob_compatibility_mode', 'lower_case_table_names']);

async function setVariables(action: ResourceAction, id: number, options: TenantOptions): Promise<void> {
  for (const { name, value } of action.variables) {
    if (!settledVariables.has(name)) await options.tenantSql(id).execute(`SET GLOBAL ${name} = ${value}`);
  }
}

/** Everybody begins with the log, so that everybody must be there. */
function aliveServers({ sql, alive }: TenantOptions): readonly { server: string; zone: string }[] {
  const servers = readServers(sql).filter(({ status }) => status !== 'DELETING');
  const dead = servers.map(rowName).find((server) => !alive(server));
  if (dead !== undefined) {
    throw new ObError('OB_SERVER_NOT_ALIVE', [], {
      message: `server is not alive: ${dead}; a tenant is made when every server is there, or the dead one was deleted`,
    });
  }
  return servers.map((row) => ({ server: rowName(row), zone: row.zone }));
}
