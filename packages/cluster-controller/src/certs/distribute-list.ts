import type { Server } from '../cluster-view.ts';
import { type Member, membersOf, type Target, type WalletFiles } from '../targets/target.ts';
import { RELOAD_SQL, toleratingRefusal } from './execute-rotation.ts';

export interface ListDistribution {
  readonly target: Pick<Target, 'nodes' | 'proxies' | 'installWallet'>;
  readonly sql: { query(server: Server, text: string): Promise<unknown> };
  readonly wallets: ReadonlyMap<Member, WalletFiles>;
  /** Told what a node answers that refuses. */
  readonly say: (text: string) => void;
}

/**
 * Puts a revocation list into every wallet, and only then has the nodes read it: one that is down, or has its TLS off, keeps the
 * list from none of the others. Proxies notice by themselves. Whether it is in use is for the caller to read back.
 *
 * @param crl  PEM
 */
export async function distributeList(crl: string, distribution: ListDistribution): Promise<void> {
  const { target, sql, wallets, say } = distribution;
  for (const { member } of membersOf(target)) {
    const { ca = '', certificate = '', key = '' } = wallets.get(member) ?? {};
    await target.installWallet(member, { ca, certificate, key, crl });
  }
  for (const { server } of target.nodes) {
    await toleratingRefusal(say, server, () => sql.query(server, RELOAD_SQL));
  }
}
