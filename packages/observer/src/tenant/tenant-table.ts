import type { SqlHandle, SqlValue } from '@sealane/sql';

/** A tenant, and the one log stream that carries its changes. */
export interface TenantIdentity {
  readonly id: number;
  readonly name: string;
  readonly lsId: number;
}

/** A row of `oceanbase.__all_tenant`. */
export interface TenantRow extends TenantIdentity {
  /** CREATING until its catalog is there: nobody can log in before that. */
  readonly status: 'CREATING' | 'NORMAL';
  readonly locked: boolean;
  /** Zones in order of preference: `;` between ranks, `,` within one. */
  readonly primaryZone: string;
  readonly locality: string;
  readonly comment: string;
  /** The servers that its log stream began with, the preferred leader first; none: those that the cluster began with. */
  readonly members: readonly string[];
  readonly createdAt: string | null;
  readonly modifiedAt: string | null;
}

export const sysTenantId = 1;
/** As in OceanBase: each user tenant takes two numbers, the odd one for its meta tenant, which we don't have. */
export const firstTenantId = 1_002;
export const tenantIdStep = 2;
/** The first log stream of a user tenant, as in OceanBase. */
export const userLsId = 1_001;

const initial = { status: 'NORMAL', locked: false, primaryZone: '', locality: '', comment: '', members: [] };
const unknown = { createdAt: null, modifiedAt: null };

/** Tenants that every cluster has from the start. */
export const initialTenants: readonly TenantRow[] = [
  { id: sysTenantId, name: 'sys', lsId: 1, ...initial, ...unknown, status: 'NORMAL' },
  { id: firstTenantId, name: 'test', lsId: userLsId, ...initial, ...unknown, status: 'NORMAL' },
];

/** Reads the stored form of a table of the sys tenant. */
type Reader = Pick<SqlHandle, 'all'>;

/** This node's replica of the list of tenants, by id; the initial ones until there is a list. */
export function readTenants(reader: Reader): readonly TenantRow[] {
  if (!hasTable(reader)) return initialTenants;
  const rows = reader.all(
    `SELECT tenant_id, tenant_name, ls_id, status, locked, primary_zone, locality, info, paxos_members,
       gmt_create, gmt_modified FROM "oceanbase.__all_tenant" ORDER BY tenant_id`,
  );
  // Made, and not filled yet.
  return rows.length === 0 ? initialTenants : rows.map(tenantRow);
}

/** The highest number that a tenant ever had: a dropped one's is not used again. 0 while there is no list. */
export function maxUsedTenantId(reader: Reader): number {
  if (!hasTable(reader)) return 0;
  const [row] = reader.all(
    `SELECT value FROM "oceanbase.__all_sys_stat" WHERE name = 'ob_max_used_tenant_id'`,
  );
  return Number(row?.[0] ?? 0);
}

function hasTable(reader: Reader): boolean {
  return reader.all(`SELECT 1 FROM sqlite_schema WHERE name = 'oceanbase.__all_tenant'`).length > 0;
}

function tenantRow(row: readonly SqlValue[]): TenantRow {
  const text = (at: number): string => String(row[at] ?? '');
  return {
    id: Number(row[0]),
    name: text(1),
    lsId: Number(row[2]),
    status: text(3) === 'CREATING' ? 'CREATING' : 'NORMAL',
    locked: Number(row[4]) !== 0,
    primaryZone: text(5),
    locality: text(6),
    comment: text(7),
    members: text(8) === '' ? [] : text(8).split(','),
    createdAt: row[9] == null ? null : text(9),
    modifiedAt: row[10] == null ? null : text(10),
  };
}
