import { createHash } from 'node:crypto';
import { within } from '@sealane/testkit';
import type { WorkloadName } from '../history.ts';
import { Session } from '../workloads/session.ts';
import type { NemesisCluster } from './nemesis-cluster.ts';

const TIMEOUT_MS = 60_000;

const TABLES: Readonly<Record<WorkloadName, readonly string[]>> = {
  register: ['SELECT k, v FROM nemesis_register'],
  append: ['SELECT k, v FROM nemesis_append'],
  bank: [
    'SELECT id, balance FROM nemesis_accounts',
    'SELECT id, source, target, amount FROM nemesis_transfers',
  ],
  set: ['SELECT n, element FROM nemesis_set'],
};

/**
 * Each node by itself, asked weakly, holds the same rows once everybody has caught up.
 *
 * @throws Error after a minute in which they differed
 */
export async function replicasAgree(
  cluster: NemesisCluster,
  workloads: readonly WorkloadName[],
): Promise<void> {
  const queries = workloads.flatMap((workload) => TABLES[workload]);
  for (const query of queries) {
    const weak = `${query.replace('SELECT', 'SELECT /*+ READ_CONSISTENCY(WEAK) */')} ORDER BY 1`;
    await within(TIMEOUT_MS, `all nodes hold the same: ${query}`, async () => {
      const digests = await Promise.all(
        cluster.nodes.map(async (node) => {
          const session = await Session.open(node);
          try {
            return createHash('sha256')
              .update(JSON.stringify(await session.rows(weak)))
              .digest('hex');
          } finally {
            session.destroy();
          }
        }),
      );
      return new Set(digests).size === 1;
    });
  }
}
