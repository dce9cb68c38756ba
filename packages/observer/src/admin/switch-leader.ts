import { ObError } from '@sealane/errors';
import type { AdminAction } from '@sealane/sql';
import { readServers, rowName } from '../cluster/server-table.ts';
import { deadlineAfter, waitUntil } from '../wait.ts';
import type { ServerOperationOptions } from './server-operations.ts';
import type { ReplicaFacts } from './stop-checks.ts';

export type SwitchLeaderAction = Extract<AdminAction, { readonly name: 'switch-leader' }>;

export interface SwitchLeaderOptions extends ServerOperationOptions {
  tenantId(name: string): number | undefined;
}

/**
 * SWITCH REPLICA LEADER | FOLLOWER: makes the named server lead the named log streams (all of them
 * when none is named), or makes it give them up.
 *
 * @throws ObError OB_NOT_SUPPORTED for DEFAULT, OB_OP_NOT_ALLOW when there is no replica to move to
 */
export async function switchLeader(action: SwitchLeaderAction, options: SwitchLeaderOptions): Promise<void> {
  if (action.role === 'DEFAULT') throw new ObError('OB_NOT_SUPPORTED', ['SWITCH REPLICA DEFAULT']);
  const { role } = action;
  const servers = namedServers(action, options);
  const wanted = (row: ReplicaFacts): boolean => isNamed(row, action, options);
  const done = async (): Promise<boolean> => {
    const replicas = (await options.replicas()).filter(wanted);
    const moves = plannedMoves(role, replicas, servers);
    await Promise.allSettled(moves.map(({ leader, to }) => options.switchLeader(leader, leader.server, to)));
    return moves.length === 0 && replicas.some((row) => row.leader);
  };
  if (await waitUntil(done, deadlineAfter(options.timeoutMs()), 50)) return;
  throw new ObError('OB_WAIT_LEADER_SWITCH_TIMEOUT', [], { details: { servers: [...servers] } });
}

function plannedMoves(
  role: 'LEADER' | 'FOLLOWER',
  replicas: readonly ReplicaFacts[],
  servers: ReadonlySet<string>,
): { leader: ReplicaFacts; to: string }[] {
  return replicas
    .filter((row) => row.leader && servers.has(row.server) !== (role === 'LEADER'))
    .map((leader) => {
      const others = replicas.filter(
        (row) => row.tenantId === leader.tenantId && row.lsId === leader.lsId && row !== leader,
      );
      const target = others
        .filter((row) => servers.has(row.server) === (role === 'LEADER'))
        .toSorted((left, right) => Number(right.endScn - left.endScn))[0];
      if (target === undefined)
        throw new ObError('OB_OP_NOT_ALLOW', ['switch leader without a replica to move to']);
      return { leader, to: target.server };
    });
}

function namedServers(action: SwitchLeaderAction, options: SwitchLeaderOptions): ReadonlySet<string> {
  const rows = readServers(options.sql).filter(
    (row) => rowName(row) === action.server || row.zone === action.zone,
  );
  if (rows.length === 0)
    throw new ObError('OB_INVALID_ARGUMENT', [action.server === undefined ? 'zone' : 'server']);
  return new Set(rows.map(rowName));
}

function isNamed(row: ReplicaFacts, action: SwitchLeaderAction, options: SwitchLeaderOptions): boolean {
  if (action.lsId !== undefined && action.lsId !== row.lsId) return false;
  return action.tenant === undefined || options.tenantId(action.tenant) === row.tenantId;
}
