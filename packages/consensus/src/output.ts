import type { LogEntry } from './entry.ts';
import type { Envelope } from './message.ts';

/**
 * What one step asks for. The order of the fields is the promise:
 *
 *  1 announce  may leave at once, even before `persist` is done: it says nothing about this disk
 *  2 persist   must be on disk (fsync), after everything persisted by earlier steps
 *  3 send      may leave only now: votes and acknowledgements
 *  4 apply     entries up to applyLsn are committed and on this disk: hand them to the state machine, in order
 *
 * A driver may merge the `persist` of several steps into one fsync, if it then sends in the order of the steps.
 */
export interface Output {
  readonly announce: readonly Envelope[];
  readonly persist: Persist | undefined;
  readonly send: readonly Envelope[];
  /** Everything up to here may be applied. Never goes back. */
  readonly applyLsn: number;
  /** The answer to a proposal: its entries, or nothing was appended. */
  readonly proposal: readonly LogEntry[] | undefined;
  /** The answer to a change of members: under way, or why not (the name of an ObError). */
  readonly membership: 'started' | MembershipRefusal | undefined;
  /** Fetch a snapshot of at least this entry; then give 'installed' or 'install-failed'. Said once. */
  readonly install: Install | undefined;
  /** Give a tick at this time of the monotonic clock, unless another input comes first. */
  readonly wakeAtMs: number;
}

/**
 *  OB_NOT_MASTER             this member doesn't lead (any more)
 *  OB_EAGAIN                 another change is under way, or the term has only begun
 *  OB_ENTRY_EXIST            it is a member already
 *  OB_ENTRY_NOT_EXIST        it is no member
 *  OB_OP_NOT_ALLOW           the leader itself, the last member, or one without whom there is no live majority
 *  OB_INVALID_ARGUMENT       neither one to add nor one to remove, or both
 */
export type MembershipRefusal =
  | 'OB_NOT_MASTER'
  | 'OB_EAGAIN'
  | 'OB_ENTRY_EXIST'
  | 'OB_ENTRY_NOT_EXIST'
  | 'OB_OP_NOT_ALLOW'
  | 'OB_INVALID_ARGUMENT';

export interface Install {
  readonly from: string;
  readonly lsn: number;
  readonly term: number;
}

/** To be written in this order: hard state, then the cut, then the entries. */
export interface Persist {
  readonly hardState: HardState | undefined;
  /** Drop every entry after this one. */
  readonly truncateAfterLsn: number | undefined;
  readonly entries: readonly LogEntry[];
}

/** What a replica must never forget. */
export interface HardState {
  readonly term: number;
  readonly votedFor: string | undefined;
  /**
   * Does this disk hold all that this member ever promised? Not if it is blank or was wiped, nor if entries that were
   * durable had to be cut off.
   */
  readonly joined: boolean;
}

/** Collects what a step asks for. */
export interface OutputDraft {
  readonly announce: Envelope[];
  readonly send: Envelope[];
  readonly entries: LogEntry[];
  hardStateChanged: boolean;
  truncateAfterLsn: number | undefined;
  proposal: readonly LogEntry[] | undefined;
  membership: 'started' | MembershipRefusal | undefined;
  install: Install | undefined;
}

export function draftOutput(): OutputDraft {
  return {
    announce: [],
    send: [],
    entries: [],
    hardStateChanged: false,
    truncateAfterLsn: undefined,
    proposal: undefined,
    membership: undefined,
    install: undefined,
  };
}
