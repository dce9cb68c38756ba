import type { Message } from './message.ts';

/**
 * Everything that can happen to a replica.
 *
 *  tick            time has passed (see Output.wakeAtMs)
 *  message         a replica said something
 *  propose         append these payloads, all or none (see Output.proposal)
 *  persisted       the log is on disk up to this entry, and so is every hard state handed out before it
 *  transfer        hand leadership to this member
 *  change-members  add or remove one (see Output.membership)
 *  installed       a snapshot of `lsn` is in place, and the log on disk is empty with that base (see Output.install)
 *  install-failed  it couldn't be had
 *  stopping        this node is about to stop, or no longer
 *  disk-full       there is no room for new entries, or there is again
 *  lagging         the state machine is too far behind to take over, or no longer
 */
export type Input =
  | { readonly kind: 'tick' }
  | { readonly kind: 'message'; readonly from: string; readonly message: Message }
  | { readonly kind: 'propose'; readonly payloads: readonly Uint8Array[] }
  | { readonly kind: 'persisted'; readonly lsn: number; readonly term: number }
  | { readonly kind: 'transfer'; readonly to: string }
  | { readonly kind: 'change-members'; readonly add?: string; readonly remove?: string }
  | {
      readonly kind: 'installed';
      readonly lsn: number;
      readonly term: number;
      readonly scn: bigint;
      readonly members: readonly string[];
    }
  | { readonly kind: 'install-failed' }
  | { readonly kind: 'stopping'; readonly stopping: boolean }
  | { readonly kind: 'disk-full'; readonly full: boolean }
  | { readonly kind: 'lagging'; readonly lagging: boolean };

/** When an input arrived. */
export interface Instant {
  /** A monotonic clock of this process, in milliseconds; fractions are welcome. */
  readonly ms: number;
  /** Wall-clock time in nanoseconds, for the SCN of new entries; going back does no harm. */
  readonly scn: bigint;
}
