import type { LocationCache } from '../location-cache.ts';
import type { Blacklist, ServerFailures } from '../routing/blacklist.ts';
import type { Router } from '../routing/router.ts';
import type { ServerFacts } from '../routing/topology.ts';
import { type AdminAnswer, type AdminRow, columnsOf } from './admin-table.ts';

const clusterColumns = columnsOf(
  'cluster_name varchar(128), zone_name varchar(128), server_ip varchar(64), sql_port bigint, rpc_port bigint, server_state varchar(32), serving varchar(3), stopped varchar(3)',
);
const congestionColumns = columnsOf(
  'cluster_name varchar(128), zone_name varchar(128), region_name varchar(128), zone_state varchar(32), server_ip varchar(64), cr_version bigint, server_state varchar(32), alive_congested bigint, last_alive_congested timestamp(6)?, dead_congested bigint, last_dead_congested timestamp(6)?, stat_alive_failures bigint, stat_conn_failures bigint, conn_last_fail_time timestamp(6)?, conn_failure_events bigint, alive_last_fail_time timestamp(6)?, alive_failure_events bigint, ref_count bigint, detect_congested bigint, last_detect_congested timestamp(6)?',
);
const routeColumns = columnsOf(
  'cluster_name varchar(128), tenant_name varchar(128), state varchar(16), leader varchar(64)?, followers varchar(1024)',
);

/** SHOW PROXYCLUSTER: the servers as the topology had them last. */
export function showCluster(router: Router, cluster: string): AdminAnswer {
  const rows = router.servers.map((server): AdminRow => {
    const { ip, sqlPort, rpcPort, zone, status, serving, stopped } = server;
    return [cluster, zone, ip, sqlPort, rpcPort, status, serving ? 'YES' : 'NO', stopped ? 'YES' : 'NO'];
  });
  return { kind: 'rows', columns: clusterColumns, rows };
}

/** SHOW PROXYCONGESTION. @param all  also servers that aren't on a list */
export function showCongestion(
  parts: { readonly router: Router; readonly blacklist: Blacklist; readonly cluster: string },
  all: boolean,
): AdminAnswer {
  const { router, blacklist, cluster } = parts;
  const rows = router.servers
    .map((server) => ({ server, failures: blacklist.failuresOf(server.address) }))
    .filter(({ server, failures }) => all || failures.listedAt !== undefined || isDead(server))
    .map(({ server, failures }) => congestionRow(cluster, server, failures));
  return { kind: 'rows', columns: congestionColumns, rows };
}

/** SHOW PROXYROUTE: where each tenant's statements go. */
export function showRoutes(locations: LocationCache, cluster: string): AdminAnswer {
  const rows = locations.list().map(({ tenant, location, dirty }): AdminRow => {
    const { leader = null, followers } = location;
    return [cluster, tenant, dirty ? 'DIRTY' : 'AVAIL', leader, followers.join(',')];
  });
  return { kind: 'rows', columns: routeColumns, rows };
}

function isDead({ status, serving }: ServerFacts): boolean {
  return status !== 'ACTIVE' || !serving;
}

function congestionRow(cluster: string, server: ServerFacts, failures: ServerFailures): AdminRow {
  const { address, zone, status, stopped } = server;
  const listed = failures.listedAt !== undefined;
  const state = stopped ? 'UPGRADE' : status;
  return [
    ...[cluster, zone, '', 'ACTIVE', address, 0, state],
    ...[Number(listed), timestamp(failures.listedAt), Number(isDead(server)), null],
    ...[failures.recent, failures.recent, timestamp(failures.lastAt), failures.recent],
    ...[timestamp(failures.lastAt), failures.recent, 1, 0, null],
  ];
}

function timestamp(ms: number | undefined): string | null {
  return ms === undefined ? null : `${new Date(ms).toISOString().slice(0, 23).replace('T', ' ')}000`;
}
