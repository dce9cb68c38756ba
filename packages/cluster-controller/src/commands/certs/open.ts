import { join, resolve } from 'node:path';
import { certificateBundle } from '@sealane/transport-security';
import { readProxyTls } from '../../certs/proxy-tls.ts';
import { bothAuthorities } from '../../certs/rotation.ts';
import { RotationStore } from '../../certs/rotation-store.ts';
import type { ProxyTls } from '../../certs/rotation-view.ts';
import type { Target } from '../../targets/target.ts';
import {
  type Cluster,
  clusterOf,
  openTarget,
  refuseOtherDialects,
  type Surroundings,
  type Trust,
} from '../surroundings.ts';

export interface CertsCluster extends Cluster {
  readonly store: RotationStore;
  /** What the proxies say about their TLS. */
  readonly proxyTls: () => Promise<readonly ProxyTls[]>;
  /** The controller's own: CA, clients' files, rotations. */
  readonly certificatesDirectory: string;
}

/** A cluster whose certificates are being worked on: both sides of an unfinished rotation are believed. */
export async function openCertsCluster(around: Surroundings): Promise<CertsCluster> {
  refuseOtherDialects(around, 'certs and report');
  const target = await openTarget(around);
  const certificatesDirectory = certificatesUnder(around);
  const store = new RotationStore(certificatesDirectory);
  const trust: Trust = {
    ca: () => authoritiesOf(target, store),
    pinned: (member) => {
      const unfinished = store.unfinished();
      return [unfinished?.old, unfinished?.new].flatMap((side) => side?.leaves[member] ?? []);
    },
  };
  const cluster = clusterOf(around, target, trust);
  const proxyTls = () => readProxyTls(target.proxies, cluster.sql);
  return { ...cluster, store, proxyTls, certificatesDirectory };
}

export function certificatesUnder(around: Surroundings): string {
  return join(resolve(around.baseDirectory), 'certificates');
}

function authoritiesOf(target: Target, store: RotationStore): string | undefined {
  const unfinished = store.unfinished();
  const both = unfinished === undefined ? [] : [store.authorities(bothAuthorities(unfinished))];
  const texts = [...(target.ca === undefined ? [] : [target.ca]), ...both];
  return texts.length === 0 ? undefined : certificateBundle(texts);
}
