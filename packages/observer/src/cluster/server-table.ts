import type { SqlValue } from '@sealane/sql';
import type { InternalSql } from './ports.ts';

/** A row of `oceanbase.__all_server`. Times are microseconds since 1970, 0 for "not". */
export interface ServerRow {
  readonly svrIp: string;
  readonly svrPort: number;
  readonly id: number;
  readonly zone: string;
  readonly sqlPort: number;
  readonly status: string;
  readonly buildVersion: string;
  readonly stopTimeUs: bigint;
  readonly startServiceTimeUs: bigint;
  readonly lastOfflineTimeUs: bigint;
  readonly createdAt: string | null;
  readonly modifiedAt: string | null;
}

export interface ZoneRow {
  readonly zone: string;
  readonly status: string;
  readonly region: string;
  readonly idc: string;
  readonly type: string;
  readonly createdAt: string | null;
  readonly modifiedAt: string | null;
}

/** This node's replica of the server list, by id. */
export function readServers(sql: InternalSql): ServerRow[] {
  const rows = sql.local(
    '__all_server',
    `SELECT svr_ip, svr_port, id, zone, inner_port, status, build_version, stop_time, start_service_time, last_offline_time,
       gmt_create, gmt_modified FROM "oceanbase.__all_server" ORDER BY id`,
  );
  return rows.map((row) => ({
    svrIp: text(row[0]),
    svrPort: Number(row[1]),
    id: Number(row[2]),
    zone: text(row[3]),
    sqlPort: Number(row[4]),
    status: text(row[5]),
    buildVersion: text(row[6]),
    stopTimeUs: BigInt(text(row[7])),
    startServiceTimeUs: BigInt(text(row[8])),
    lastOfflineTimeUs: BigInt(text(row[9])),
    createdAt: textOrNull(row[10]),
    modifiedAt: textOrNull(row[11]),
  }));
}

export function readZones(sql: InternalSql): ZoneRow[] {
  const rows = sql.local(
    '__all_zone',
    'SELECT zone, status, region, idc, type, gmt_create, gmt_modified FROM "oceanbase.__all_zone" ORDER BY zone',
  );
  return rows.map((row) => ({
    zone: text(row[0]),
    status: text(row[1]),
    region: text(row[2]),
    idc: text(row[3]),
    type: text(row[4]),
    createdAt: textOrNull(row[5]),
    modifiedAt: textOrNull(row[6]),
  }));
}

export function rowName(row: { readonly svrIp: string; readonly svrPort: number }): string {
  return `${row.svrIp}:${row.svrPort}`;
}

/** A nullable text, such as a time. */
export function textOrNull(value: SqlValue | undefined): string | null {
  return value == null ? null : String(value);
}

function text(value: SqlValue | undefined): string {
  return value == null ? '' : String(value);
}
