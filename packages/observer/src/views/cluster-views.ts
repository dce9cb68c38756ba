import type { SqlValue, VirtualRows } from '@sealane/sql';
import type { InternalSql, LogStreamFacts } from '../cluster/ports.ts';
import { readServers, readZones } from '../cluster/server-table.ts';
import { viewColumns } from './definitions.ts';
import { timestampCell, type View, yesNo } from './view.ts';

export interface ClusterViewOptions {
  readonly sql: InternalSql;
  readonly tenants: readonly { readonly id: number; readonly name: string }[];
  streams(): readonly LogStreamFacts[];
  /** `ip:rpc_port` of the leader of the sys tenant. */
  rootServiceLeader(): string | undefined;
}

/** Views of what the cluster has stored about itself, read from this node's replica. */
export function clusterViews(options: ClusterViewOptions): readonly View[] {
  const { sql } = options;
  const view = (name: keyof typeof viewColumns, rows: View['rows']): View => ({
    definition: { database: 'oceanbase', name, columns: viewColumns[name] },
    rows,
  });
  return [
    view('DBA_OB_SERVERS', () => serverRows(options)),
    view('DBA_OB_ZONES', () =>
      readZones(sql).map((row) => [
        row.zone,
        row.createdAt,
        row.modifiedAt,
        row.status,
        row.idc,
        row.region,
        row.type,
      ]),
    ),
    view('DBA_OB_TENANTS', () =>
      options.tenants.map(({ id, name }) => [
        id,
        name,
        id === 1 ? 'SYS' : 'USER',
        primaryZone(sql),
        locality(sql),
        'MYSQL',
        'NORMAL',
        'NO',
        'NO',
        'PRIMARY',
      ]),
    ),
    view('CDB_OB_LS_LOCATIONS', () => locationRows(options)),
    view('DBA_OB_ROOTSERVICE_EVENT_HISTORY', () => eventRows(sql)),
  ];
}

function serverRows(options: ClusterViewOptions): VirtualRows {
  const rootService = options.rootServiceLeader();
  return readServers(options.sql).map((row) => [
    row.svrIp,
    row.svrPort,
    row.id,
    row.zone,
    row.sqlPort,
    yesNo(`${row.svrIp}:${row.svrPort}` === rootService),
    row.status,
    timestampCell(row.startServiceTimeUs),
    timestampCell(row.stopTimeUs),
    null,
    row.createdAt,
    row.modifiedAt,
    row.buildVersion,
    timestampCell(row.lastOfflineTimeUs),
  ]);
}

function locationRows(options: ClusterViewOptions): VirtualRows {
  const servers = readServers(options.sql);
  const members = servers.map((row) => `${row.svrIp}:${row.svrPort}:1`).join(',');
  return options.streams().flatMap((stream) =>
    servers.map((row) => {
      const leads = stream.leader === `${row.svrIp}:${row.svrPort}`;
      return [
        stream.tenantId,
        stream.lsId,
        row.svrIp,
        row.svrPort,
        row.sqlPort,
        row.zone,
        leads ? 'LEADER' : 'FOLLOWER',
        leads ? members : null,
        leads ? servers.length : null,
        'FULL',
      ];
    }),
  );
}

function eventRows(sql: InternalSql): SqlValue[][] {
  return sql.local(
    '__all_rootservice_event_history',
    `SELECT gmt_create, module, event, name1, value1, name2, value2, extra_info, rs_svr_ip, rs_svr_port
       FROM "oceanbase.__all_rootservice_event_history" ORDER BY event_id`,
  );
}

function primaryZone(sql: InternalSql): string {
  return readZones(sql)
    .map((row) => row.zone)
    .join(';');
}

function locality(sql: InternalSql): string {
  return readZones(sql)
    .map((row) => `FULL{1}@${row.zone}`)
    .join(', ');
}
