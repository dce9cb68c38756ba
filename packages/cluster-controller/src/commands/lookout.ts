import { basename } from 'node:path';
import { ObError } from '@sealane/errors';
import type { SqlConnection } from '../dialer.ts';
import { leaseHolder } from '../lease.ts';
import { Lookout } from '../seeing/lookout.ts';
import { RunFollower } from '../seeing/run-follower.ts';
import type { ProxyPicture } from '../seeing/snapshot.ts';
import { WriteProbe } from '../seeing/write-probe.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import type { Target } from '../targets/target.ts';
import { type Cluster, dialProxy, openCluster, proxiesOf, type Surroundings } from './surroundings.ts';

/** Everything that a screen needs to watch the cluster that the options point to. */
export async function openLookout(
  around: Surroundings,
  { probe }: { readonly probe: boolean },
): Promise<Lookout> {
  const cluster = await openCluster(around);
  const paths = pathsUnder(around.baseDirectory);
  return new Lookout({
    cluster: basename(around.baseDirectory),
    target: cluster.target,
    sql: cluster.sql,
    look: cluster.lookAt,
    lookAtProxies: () => proxyPictures(cluster.target),
    run: new RunFollower(paths.runs, () => leaseHolder(paths.lease) !== undefined),
    probe: probe ? new WriteProbe({ dial: () => dialAsClient(cluster) }) : undefined,
  });
}

async function proxyPictures(target: Target): Promise<readonly ProxyPicture[]> {
  return (await proxiesOf(target)).map(({ proxy, process }) => ({
    name: proxy.name,
    address: `${proxy.reach.host}:${proxy.reach.port}`,
    pid: process.pid ?? null,
    running: process.running,
    front: null,
    back: null,
    trouble: null,
  }));
}

/** Through a proxy where there is one; otherwise to whichever node takes it, as clients with a list of addresses do. */
async function dialAsClient({ target, dialAs }: Cluster): Promise<SqlConnection> {
  const login = { user: 'root@test', password: '' };
  const [proxy] = target.proxies;
  if (proxy !== undefined) return dialProxy(target, proxy, login);
  const failures: string[] = [];
  for (const { server } of target.nodes) {
    try {
      return await dialAs(server, login.user, login.password);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new ObError('OB_CONNECT_ERROR', [], { message: failures.join('; ') });
}
