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
  /** Give a tick at this time of the monotonic clock, unless another input comes first. */
  readonly wakeAtMs: number;
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
}

/** Collects what a step asks for. */
export interface OutputDraft {
  readonly announce: Envelope[];
  readonly send: Envelope[];
  readonly entries: LogEntry[];
  hardStateChanged: boolean;
  truncateAfterLsn: number | undefined;
  proposal: readonly LogEntry[] | undefined;
}

export function draftOutput(): OutputDraft {
  return {
    announce: [],
    send: [],
    entries: [],
    hardStateChanged: false,
    truncateAfterLsn: undefined,
    proposal: undefined,
  };
}
