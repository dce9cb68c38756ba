import { ObError } from '@sealane/errors';
import { rowName, type ServerRow } from '../cluster/server-table.ts';

/** One replica of one log stream, as GV$OB_LOG_STAT shows it. */
export interface ReplicaFacts {
  readonly tenantId: number;
  readonly lsId: number;
  readonly server: string;
  readonly leader: boolean;
  readonly endScn: bigint;
  /** Members of the log stream's Paxos group. */
  readonly replicaCount: number;
}

export interface StopFacts {
  readonly servers: readonly ServerRow[];
  /** One row for each replica that answered. */
  readonly replicas: readonly ReplicaFacts[];
  readonly streams: readonly { readonly tenantId: number; readonly lsId: number }[];
  alive(server: string): boolean;
  /** Whether the group of a log stream is about to change: a server is being deleted, or on its way in. */
  changing(stream: { readonly tenantId: number; readonly lsId: number }): boolean;
}

const syncLagMaxNs = 5_000_000_000n;

/**
 * OceanBase's zone rule: servers that are stopped at one time are all in one zone. ISOLATE only asks that those named
 * are in one, and that not everybody is stopped by it.
 *
 * @throws ObError OB_STOP_SERVER_IN_MULTIPLE_ZONES (4660), OB_OP_NOT_ALLOW (4179)
 */
export function checkZones(
  stopping: readonly ServerRow[],
  servers: readonly ServerRow[],
  isolating = false,
): void {
  const zones = new Set(stopping.map((row) => row.zone));
  if (zones.size > 1)
    throw new ObError('OB_STOP_SERVER_IN_MULTIPLE_ZONES', [], {
      message: 'cannot stop server or stop zone in multiple zones',
    });
  if (isolating) {
    const named = new Set(stopping.map(rowName));
    if (servers.every((row) => named.has(rowName(row)) || row.stopTimeUs > 0n))
      throw new ObError('OB_OP_NOT_ALLOW', ['Stop all servers in primary region is']);
    return;
  }
  const other = servers.find((row) => row.stopTimeUs > 0n && !zones.has(row.zone));
  if (other === undefined) return;
  throw new ObError('OB_STOP_SERVER_IN_MULTIPLE_ZONES', [], {
    message: `Can not stop server in multiple zones, there are already servers stopped in zone:${other.zone}`,
  });
}

/**
 * The reason why a stop isn't safe now, in OceanBase's words; undefined when it is. Rows a, b, d, e, f of
 * its checks: a leader, no server that comes or goes, enough members left, and a majority of those at most 5 s behind.
 *
 * @param checkSync  false for FORCE STOP
 */
export function stopRefusal(
  stopping: readonly ServerRow[],
  facts: StopFacts,
  checkSync: boolean,
): string | undefined {
  const leaving = new Set(stopping.map(rowName));
  const usable = new Set(
    facts.servers
      .filter((row) => row.stopTimeUs === 0n && row.status === 'ACTIVE' && row.startServiceTimeUs > 0n)
      .map(rowName)
      .filter((name) => !leaving.has(name) && facts.alive(name)),
  );
  for (const stream of facts.streams) {
    if (facts.changing(stream)) return `Tenant(${stream.tenantId}) locality is changing, stop server`;
    const reason = streamRefusal(stream, facts, usable, checkSync);
    if (reason !== undefined) return `Tenant(${stream.tenantId}) LS(${stream.lsId}) ${reason}, stop server`;
  }
  return undefined;
}

function streamRefusal(
  stream: { readonly tenantId: number; readonly lsId: number },
  facts: StopFacts,
  usable: ReadonlySet<string>,
  checkSync: boolean,
): string | undefined {
  const replicas = facts.replicas.filter(
    (row) => row.tenantId === stream.tenantId && row.lsId === stream.lsId,
  );
  const leader = replicas.find((row) => row.leader);
  if (leader === undefined) return 'has no leader';
  const majority = Math.floor(leader.replicaCount / 2) + 1;
  const left = replicas.filter((row) => usable.has(row.server));
  if (left.length < majority) return 'has no enough valid paxos member after stop server';
  const synced = left.filter((row) => leader.endScn - row.endScn <= syncLagMaxNs);
  return checkSync && synced.length < majority ? 'log not sync' : undefined;
}
