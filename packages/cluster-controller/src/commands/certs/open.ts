import { join, resolve } from 'node:path';
import { certificateBundle } from '@sealane/transport-security';
import { certificatesIn, sha256Of } from '../../certs/certificate-report.ts';
import { RotationStore } from '../../certs/rotation-store.ts';
import type { Target } from '../../targets/target.ts';
import { type Cluster, clusterOf, openTarget, type Surroundings } from '../surroundings.ts';

export interface CertsCluster extends Cluster {
  readonly store: RotationStore;
  /** The controller's own: CA, clients' files, rotations. */
  readonly certificatesDirectory: string;
}

/**
 * A cluster whose certificates are being worked on: both CAs of an unfinished rotation are believed, and so is what lies in a
 * node's own wallet, expired or not, since who can write the wallet needs no proof of it.
 */
export async function openCertsCluster(around: Surroundings): Promise<CertsCluster> {
  const target = await openTarget(around);
  const certificatesDirectory = certificatesUnder(around);
  const store = new RotationStore(certificatesDirectory);
  const pinned = new Set<string>();
  const refresh = async (): Promise<void> => {
    for (const sha256 of await leavesOnDisk(target)) pinned.add(sha256);
  };
  await refresh();
  const cluster = clusterOf(around, target, {
    ca: () => authoritiesOf(target, store),
    pinned: () => pinned,
  });
  const observe = async () => {
    await refresh();
    return cluster.observe();
  };
  return { ...cluster, observe, store, certificatesDirectory };
}

export function certificatesUnder(around: Surroundings): string {
  return join(resolve(around.baseDirectory), 'certificates');
}

async function leavesOnDisk(target: Target): Promise<readonly string[]> {
  const wallets = await Promise.all(target.nodes.map((node) => target.walletOf(node.server)));
  return wallets.flatMap((files) => certificatesIn(files.certificate).slice(0, 1).map(sha256Of));
}

function authoritiesOf(target: Target, store: RotationStore): string | undefined {
  const unfinished = store.unfinished();
  const both =
    unfinished === undefined
      ? []
      : [store.authorities([...new Set([...unfinished.old.authorities, ...unfinished.new.authorities])])];
  const texts = [...(target.ca === undefined ? [] : [target.ca]), ...both];
  return texts.length === 0 ? undefined : certificateBundle(texts);
}
