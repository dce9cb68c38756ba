import type { ClusterView } from '../cluster-view.ts';
import type { Depth } from '../observe.ts';
import type { SqlAccess } from '../sql-access.ts';
import type { Target } from '../targets/target.ts';
import { ClusterLease } from './cluster-lease.ts';
import { thisHolder } from './holder.ts';

export interface LeasedCluster {
  readonly target: Target;
  readonly observe: (depth?: Depth) => Promise<ClusterView>;
  /** Connections that nobody else uses. */
  readonly openSql: () => SqlAccess;
}

/**
 * Does some work while no other controller, of whatever machine, works on the same cluster. Every look at the cluster asks first
 * whether that is still so, and every step comes after a look.
 *
 * @throws ObError OB_OP_NOT_ALLOW when another one is at work
 */
export async function withClusterLease<Result>(
  { target, observe, openSql }: LeasedCluster,
  work: string,
  run: (observe: LeasedCluster['observe']) => Promise<Result>,
): Promise<Result> {
  const servers = target.nodes.map(({ server }) => server);
  const lease = await ClusterLease.take({ servers, sql: openSql(), holder: thisHolder(), work });
  try {
    return await run(async (depth) => {
      lease.check();
      return observe(depth);
    });
  } finally {
    await lease.giveBack();
  }
}
