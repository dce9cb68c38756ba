import type { SqlValue, VirtualRows } from '@sealane/sql';
import { eventFactCount } from '../cluster/event-history.ts';
import type { InternalSql, LogStreamFacts } from '../cluster/ports.ts';
import { readServers, readZones, rowName } from '../cluster/server-table.ts';
import { sysTenantId } from '../tenant/tenant-table.ts';
import { viewColumns } from './definitions.ts';
import { timestampCell, type View, yesNo } from './view.ts';

export interface ClusterViewOptions {
  readonly sql: InternalSql;
  streams(): Promise<readonly LogStreamFacts[]>;
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
    view('CDB_OB_LS_LOCATIONS', () => locationRows(options)),
    // Without TENANT_ID: of the tenant that asks.
    view('DBA_OB_LS_LOCATIONS', async (tenantId) =>
      (await locationRows(options)).filter((row) => row[0] === tenantId).map((row) => row.slice(1)),
    ),
    // It tells of all tenants.
    view('DBA_OB_ROOTSERVICE_EVENT_HISTORY', (tenantId) => (tenantId === sysTenantId ? eventRows(sql) : [])),
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

/** Members and those on their way to be some, in the order of the servers' numbers. */
async function locationRows(options: ClusterViewOptions): Promise<VirtualRows> {
  const servers = readServers(options.sql);
  const streams = await options.streams();
  return streams.flatMap(({ tenantId, lsId, leader, members, learners }) => {
    const memberList = members.map((member) => `${member}:1`).join(',');
    return servers
      .filter((row) => members.includes(rowName(row)) || learners.includes(rowName(row)))
      .map((row) => {
        const leads = leader === rowName(row);
        return [
          tenantId,
          lsId,
          row.svrIp,
          row.svrPort,
          row.sqlPort,
          row.zone,
          leads ? 'LEADER' : 'FOLLOWER',
          leads ? memberList : null,
          leads ? members.length : null,
          'FULL',
        ];
      });
  });
}

function eventRows(sql: InternalSql): SqlValue[][] {
  const facts = Array.from({ length: eventFactCount }, (_, at) => `name${at + 1}, value${at + 1}`).join(', ');
  return sql.local(
    '__all_rootservice_event_history',
    `SELECT gmt_create, module, event, ${facts}, extra_info, rs_svr_ip, rs_svr_port
       FROM "oceanbase.__all_rootservice_event_history" ORDER BY event_id`,
  );
}
