import type { TlsRow } from '../cluster-view.ts';
import type { Member } from '../targets/target.ts';
import { bothAuthorities, type Phase, type Rotation, sidesOf, type WantedWallet } from './rotation.ts';
import type { RotationView } from './rotation-view.ts';

/** What a member's wallet should hold in a phase. */
export function wantedWallet(
  member: Member,
  phase: Phase,
  { rotation, view }: { readonly rotation: Rotation; readonly view: RotationView },
): WantedWallet {
  const { from, to } = sidesOf(rotation);
  const newLeaf = to.leaves[member] ?? '';
  if (phase === 'drop') return { authorities: to.authorities, leaf: newLeaf };
  const authorities = bothAuthorities(rotation);
  if (phase === 'leaves') return { authorities, leaf: newLeaf };
  // One that has its new leaf already keeps it: this run goes on where another one was.
  const there = view.wallets.get(member)?.leaf;
  return { authorities, leaf: there === newLeaf ? newLeaf : (from.leaves[member] ?? '') };
}

export function isOnDisk(view: RotationView, member: Member, wallet: WantedWallet): boolean {
  const there = view.wallets.get(member);
  return (
    there?.keyFits === true && there.leaf === wallet.leaf && sameSet(there.authorities, wallet.authorities)
  );
}

/** In the phase of trust it is the CAs that count: the certificate's turn comes in the next. */
export function isLoaded(tls: TlsRow | undefined, phase: Phase, wallet: WantedWallet): boolean {
  return (
    (phase === 'trust' || tls?.leaf === wallet.leaf) && sameSet(tls?.authorities ?? [], wallet.authorities)
  );
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}
