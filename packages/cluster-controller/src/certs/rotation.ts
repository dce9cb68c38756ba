import type { Server } from '../cluster-view.ts';
import type { Member } from '../targets/target.ts';

/** Which way a rotation goes. Back is the same road, with old and new exchanged. */
export type Direction = 'forward' | 'back';

/**
 * The proven phases. Each holds on every node before the next begins:
 * `trust`: every node trusts both CAs; `leaves`: every node shows its new certificate, and every link was made with it;
 * `drop`: every node trusts the new CA alone, and every link was made since.
 */
export const PHASES = ['trust', 'leaves', 'drop'] as const;
export type Phase = (typeof PHASES)[number];

/** What is being exchanged. Kept on disk from the begin of a rotation to its end: all of it that can't be seen in the cluster. */
export interface Rotation {
  /** Of a `leaf` rotation both sides have the same CAs. */
  readonly kind: 'leaf' | 'ca';
  readonly direction: Direction;
  /** ISO 8601. */
  readonly begunAt: string;
  readonly old: RotationSide;
  readonly new: RotationSide;
}

export interface RotationSide {
  /** SHA-256 of each CA, in the order of the file. */
  readonly authorities: readonly string[];
  /** SHA-256 of each node's and proxy's certificate. */
  readonly leaves: Readonly<Record<Member, string>>;
  /** SHA-256 of the clients' certificates whose files lie beside the CA. */
  readonly clients: readonly string[];
}

/** Where the rotation comes from and where it goes, whichever way it goes. */
export function sidesOf(rotation: Rotation): { readonly from: RotationSide; readonly to: RotationSide } {
  return rotation.direction === 'forward'
    ? { from: rotation.old, to: rotation.new }
    : { from: rotation.new, to: rotation.old };
}

/** SHA-256 of the CAs that everybody trusts until the last phase, each once; the old ones first, whichever way it goes. */
export function bothAuthorities(rotation: Pick<Rotation, 'old' | 'new'>): readonly string[] {
  return [...new Set([...rotation.old.authorities, ...rotation.new.authorities])];
}

/** What a wallet should hold. */
export interface WantedWallet {
  readonly authorities: readonly string[];
  readonly leaf: string;
}

export type RotationStep =
  /** Whoever reads ca.pem beside the CA's key (the controller, local clients) must trust both, before a new leaf shows. */
  | { readonly kind: 'trust-here'; readonly authorities: readonly string[] }
  | {
      readonly kind: 'install';
      readonly phase: Phase;
      readonly server: Member;
      readonly wallet: WantedWallet;
    }
  | { readonly kind: 'reload'; readonly phase: Phase; readonly server: Server; readonly wallet: WantedWallet }
  /** Replaces the links that `server` has dialled, for the sake of those that touch `touching`. */
  | {
      readonly kind: 'renew-links';
      readonly phase: Phase;
      readonly server: Server;
      readonly touching: Server;
    };

export type RotationDecision =
  | { readonly kind: 'step'; readonly step: RotationStep; readonly readings: number }
  | {
      readonly kind: 'wait';
      /** The same for as long as it is the same wait. */
      readonly key: string;
      /** For people: what is missing now, by name. */
      readonly for: string;
      readonly timeoutMs: number;
      readonly onTimeout: 'refuse' | 'fail';
      /** Whose wallet was just replaced and isn't taken up: its former one is put back. */
      readonly backOut?: Server;
    }
  | { readonly kind: 'refuse'; readonly reasons: readonly string[] }
  | { readonly kind: 'done'; readonly readings: number };

/** What a run has asked for already: it is waited for, not asked again. */
export function rotationStepKey(step: RotationStep): string {
  switch (step.kind) {
    case 'trust-here':
      return `trust-here ${step.authorities.join(',')}`;
    case 'install':
    case 'reload':
      return `${step.kind} ${step.server} ${step.wallet.leaf} ${step.wallet.authorities.join(',')}`;
    case 'renew-links':
      return `renew-links ${step.phase} ${step.server} for ${step.touching}`;
  }
}
