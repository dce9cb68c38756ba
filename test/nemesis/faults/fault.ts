import type { ClusterNode, NemesisCluster } from '../cluster/nemesis-cluster.ts';
import type { Random } from '../workloads/workload.ts';

/** Something that is done to the cluster, and undone. */
export interface Fault {
  readonly kind: string;
  /** Ends processes or starts them: not while the controller does the same. */
  readonly touchesProcesses: boolean;
  /** @returns what was done, in words; undefined when it can't be done now */
  begin(around: FaultSurroundings): Promise<string | undefined>;
  /** Undoes it; returns once that is done. May be called without a begin. */
  end(around: FaultSurroundings): Promise<void>;
}

export interface FaultSurroundings {
  readonly cluster: NemesisCluster;
  readonly random: Random;
  /** How long until it will be ended, roughly: for faults of several steps. */
  readonly holdMs: number;
}

export type Role = 'leader' | 'follower';

/** @returns undefined when no leader is known, or no follower */
export async function nodeOfRole(
  { cluster, random }: FaultSurroundings,
  role: Role,
): Promise<ClusterNode | undefined> {
  const leader = (await cluster.leader())?.node;
  if (role === 'leader') return leader;
  const followers = cluster.nodes.filter((node) => node !== leader);
  return followers[Math.floor(random() * followers.length)];
}
