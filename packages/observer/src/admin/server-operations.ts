import { ObError } from '@sealane/errors';
import { recordEvent } from '../cluster/event-history.ts';
import type { StreamGroup } from '../cluster/membership.ts';
import type { InternalSql } from '../cluster/ports.ts';
import { readServers, rowName, type ServerRow } from '../cluster/server-table.ts';
import { deadlineAfter, waitUntil } from '../wait.ts';
import { checkZones, type ReplicaFacts, type StopFacts, stopRefusal } from './stop-checks.ts';

export interface ServerOperationOptions {
  readonly self: { readonly ip: string; readonly rpcPort: number };
  readonly sql: InternalSql;
  /** Asks all nodes; those that don't answer have no rows. */
  replicas(): Promise<readonly ReplicaFacts[]>;
  /** What the leaders of the log streams say of their groups. */
  groups(): Promise<readonly StreamGroup[]>;
  streams(): readonly { readonly tenantId: number; readonly lsId: number }[];
  alive(server: string): boolean;
  /** Makes `to` the leader of a log stream that `from` leads. */
  switchLeader(
    stream: { readonly tenantId: number; readonly lsId: number },
    from: string,
    to: string,
  ): Promise<void>;
  timeoutMs(): number;
  nowUs(): number;
}

/** How long a refusal that may pass by itself (no leader, log not in sync) is tried again. */
const refusalPatienceMs = 3_000;
const pollMs = 50;

export type StopKind = 'stop' | 'force-stop' | 'isolate';

/**
 * STOP, FORCE STOP and ISOLATE SERVER: checks, sets stop_time, moves the leaders away, waits until
 * they are gone. Runs on the RootService leader.
 *
 * @throws ObError OB_STOP_SERVER_IN_MULTIPLE_ZONES, OB_OP_NOT_ALLOW with the reason, OB_WAIT_LEADER_SWITCH_TIMEOUT
 */
export async function stopServers(
  names: readonly string[],
  kind: StopKind,
  options: ServerOperationOptions,
): Promise<void> {
  const rows = namedServers(names, options.sql);
  if (rows.every((row) => row.stopTimeUs > 0n)) return;
  const stopping = rows.filter((row) => row.stopTimeUs === 0n);
  checkZones(rows, readServers(options.sql), kind === 'isolate');
  await checkSafe(rows, kind, options);
  await setStopTime(stopping, options.nowUs(), options);
  await moveLeadersAway(new Set(rows.map(rowName)), options);
  await recordAll(stopping, `${kind.replaceAll('-', '_')}_server`, options);
}

export async function startServers(names: readonly string[], options: ServerOperationOptions): Promise<void> {
  const stopped = namedServers(names, options.sql).filter((row) => row.stopTimeUs > 0n);
  await setStopTime(stopped, 0, options);
  await recordAll(stopped, 'start_server', options);
}

function namedServers(names: readonly string[], sql: InternalSql): ServerRow[] {
  const servers = readServers(sql);
  return names.map((name) => {
    const row = servers.find((server) => rowName(server) === name);
    if (row === undefined)
      throw new ObError('OB_SERVER_NOT_IN_WHITE_LIST', [], { details: { server: name } });
    return row;
  });
}

async function checkSafe(
  stopping: readonly ServerRow[],
  kind: StopKind,
  options: ServerOperationOptions,
): Promise<void> {
  if (kind === 'isolate') return;
  const refusal = async (): Promise<string | undefined> => {
    const groups = await options.groups();
    const servers = readServers(options.sql);
    const facts: StopFacts = {
      servers,
      replicas: await options.replicas(),
      streams: options.streams(),
      alive: options.alive,
      changing: ({ tenantId, lsId }) =>
        servers.some((row) => row.status === 'DELETING') ||
        groups.some(
          (group) => group.tenantId === tenantId && group.lsId === lsId && group.learners.length > 0,
        ),
    };
    return stopRefusal(stopping, facts, kind === 'stop');
  };
  let reason: string | undefined;
  const isSafe = async (): Promise<boolean> => {
    reason = await refusal();
    return reason === undefined;
  };
  const safe = await waitUntil(isSafe, deadlineAfter(refusalPatienceMs), pollMs);
  if (!safe) throw new ObError('OB_OP_NOT_ALLOW', [reason ?? 'stop server']);
}

async function setStopTime(
  rows: readonly ServerRow[],
  stopTimeUs: number,
  options: ServerOperationOptions,
): Promise<void> {
  if (rows.length === 0) return;
  await options.sql.transaction(
    rows.map((row) => ({
      text: 'UPDATE oceanbase.__all_server SET stop_time = ?, gmt_modified = NOW(6) WHERE svr_ip = ? AND svr_port = ?',
      parameters: [stopTimeUs, row.svrIp, row.svrPort],
    })),
  );
}

async function moveLeadersAway(stopped: ReadonlySet<string>, options: ServerOperationOptions): Promise<void> {
  const moved = async (): Promise<boolean> => {
    const replicas = await options.replicas();
    const stuck = replicas.filter((row) => row.leader && stopped.has(row.server));
    await Promise.allSettled(
      stuck.map((row) => {
        const target = bestSuccessor(row, replicas, stopped, options);
        return target === undefined ? undefined : options.switchLeader(row, row.server, target);
      }),
    );
    return stuck.length === 0;
  };
  if (!(await waitUntil(moved, deadlineAfter(options.timeoutMs()), pollMs))) {
    throw new ObError('OB_WAIT_LEADER_SWITCH_TIMEOUT', [], { details: { servers: [...stopped] } });
  }
}

/** The most advanced replica on a server that stays. */
function bestSuccessor(
  leader: ReplicaFacts,
  replicas: readonly ReplicaFacts[],
  stopped: ReadonlySet<string>,
  options: ServerOperationOptions,
): string | undefined {
  const stops = new Set(
    readServers(options.sql)
      .filter((row) => row.stopTimeUs > 0n)
      .map(rowName),
  );
  return replicas
    .filter(
      (row) =>
        row.tenantId === leader.tenantId &&
        row.lsId === leader.lsId &&
        !stopped.has(row.server) &&
        !stops.has(row.server),
    )
    .toSorted((left, right) => Number(right.endScn - left.endScn))[0]?.server;
}

async function recordAll(
  rows: readonly ServerRow[],
  event: string,
  options: ServerOperationOptions,
): Promise<void> {
  for (const row of rows) {
    await recordEvent(options.sql, options.self, {
      module: 'server',
      event,
      facts: [['server', rowName(row)]],
    });
  }
}
