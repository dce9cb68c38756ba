import { basename } from 'node:path';
import { ObError } from '@sealane/errors';
import type { SqlConnection } from '../dialer.ts';
import { observeProxies } from '../observe-proxies.ts';
import { Lookout } from '../seeing/lookout.ts';
import { RunFollower } from '../seeing/run-follower.ts';
import { WriteProbe } from '../seeing/write-probe.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { type Cluster, openCluster, type Surroundings } from './surroundings.ts';
import { atWork } from './under-way.ts';

/** Everything that a screen needs to watch the cluster that the options point to. */
export async function openLookout(
  around: Surroundings,
  { probe }: { readonly probe: boolean },
): Promise<Lookout> {
  const cluster = await openCluster(around);
  const { target, sql, lookAt } = cluster;
  return new Lookout({
    cluster: basename(around.baseDirectory),
    target,
    sql,
    look: lookAt,
    lookAtProxies: () => observeProxies(target, sql, around.options.dialect === 'sealane'),
    run: new RunFollower(pathsUnder(around.baseDirectory).runs, () => atWork(around) !== undefined),
    probe: probe ? new WriteProbe({ dial: () => dialAsClient(cluster) }) : undefined,
  });
}

/** The way that clients come: the first that takes it. */
async function dialAsClient({ clientWays }: Cluster): Promise<SqlConnection> {
  const failures: string[] = [];
  for (const { name, dial } of (await clientWays()).ways) {
    try {
      return await dial();
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new ObError('OB_CONNECT_ERROR', [], { message: failures.join('; ') });
}
