import type { OverrideRequest } from '../override.ts';
import { runGoal } from './run-goal.ts';
import { openCluster, type Surroundings } from './surroundings.ts';

/** @param server  one node, by its RPC address; all of them, one at a time, when undefined */
export async function restart(
  around: Surroundings,
  server: string | undefined,
  override: OverrideRequest | undefined,
): Promise<number> {
  const cluster = await openCluster(around);
  try {
    const servers = server === undefined ? cluster.target.nodes.map((node) => node.server) : [server];
    return await runGoal(around, cluster, { goal: { kind: 'restart', servers }, yes: true, override });
  } finally {
    cluster.sql.close();
  }
}
