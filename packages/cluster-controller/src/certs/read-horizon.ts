import type { ClusterView } from '../cluster-view.ts';
import { type Member, membersOf, type Target, type WalletFiles } from '../targets/target.ts';
import { type Expiry, horizonOf } from './horizon.ts';
import { nextUpdateOf } from './revocations.ts';

export async function walletsOf(target: Target): Promise<ReadonlyMap<Member, WalletFiles>> {
  const wallets = membersOf(target).map(
    async ({ member }) => [member, await target.walletOf(member)] as const,
  );
  return new Map(await Promise.all(wallets));
}

/** The horizon of a cluster that was looked at. */
export function readHorizon(view: ClusterView, wallets: ReadonlyMap<Member, WalletFiles>): readonly Expiry[] {
  const listsEnd = new Map<Member, Date>();
  for (const [member, { crl }] of wallets) {
    const nextUpdate = nextUpdateOf(crl);
    if (nextUpdate !== undefined) listsEnd.set(member, nextUpdate);
  }
  return horizonOf({ view, wallets, listsEnd });
}
