import type { ClusterView, Server } from '../cluster-view.ts';
import type { Target, WalletFiles } from '../targets/target.ts';
import { type Expiry, horizonOf } from './horizon.ts';
import { nextUpdateOf } from './revocations.ts';

export async function walletsOf(target: Target): Promise<ReadonlyMap<Server, WalletFiles>> {
  const wallets = target.nodes.map(async ({ server }) => [server, await target.walletOf(server)] as const);
  return new Map(await Promise.all(wallets));
}

/** The horizon of a cluster that was looked at. */
export function readHorizon(view: ClusterView, wallets: ReadonlyMap<Server, WalletFiles>): readonly Expiry[] {
  const listsEnd = new Map<Server, Date>();
  for (const [server, { crl }] of wallets) {
    const nextUpdate = nextUpdateOf(crl);
    if (nextUpdate !== undefined) listsEnd.set(server, nextUpdate);
  }
  return horizonOf({ view, wallets, listsEnd });
}
