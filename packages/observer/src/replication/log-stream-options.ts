import { defaultTimings, type EntryKind, type Install, type Message, type Timings } from '@sealane/consensus';
import type { ObError } from '@sealane/errors';
import type { Logger } from '../logger.ts';
import type { Environment } from './environment.ts';
import type { RoleReport } from './role-report.ts';
import type { ScrubOptions } from './scrubber.ts';

/** A committed entry on its way into the state machine. */
export interface AppliedEntry {
  readonly lsn: number;
  readonly term: number;
  readonly scn: bigint;
  /** `noop` begins a term, `members` changes them; the payload is empty then, but the LSN counts like any other. */
  readonly kind: EntryKind;
  readonly payload: Uint8Array;
  /** Proposed by this node in this very term, and the proposal still waits: its effect may be in place already. */
  readonly local: boolean;
}

/** While it runs, nobody else leads. */
export interface Lease {
  readonly term: number;
  /** On the environment's clock; -Infinity without a lease. */
  readonly endMs: number;
}

export interface LogStreamTimings extends Timings {
  /** A proposal that isn't confirmed after this ends as unknown. */
  readonly proposeTimeoutMs: number;
}

export const defaultLogStreamTimings: LogStreamTimings = { ...defaultTimings, proposeTimeoutMs: 10_000 };

export interface DiskEvent {
  readonly kind: 'disk full' | 'disk has room' | 'damage found' | 'healed';
  /** The damaged entry. */
  readonly lsn?: number;
  readonly message: string;
}

export interface LogStreamOptions {
  readonly tenantId: number;
  readonly lsId: number;
  /** This node's address, as in `members`. */
  readonly self: string;
  /** The most preferred leader first. */
  readonly members: readonly string[];
  /** Of this stream alone; made if it isn't there. */
  readonly directory: string;
  /** What the state machine has applied already. */
  readonly appliedLsn: number;
  /** The state machine's file is a snapshot that ends here, and a crash came before the log began there too. */
  readonly installed?: LogPosition | undefined;
  /** May lose, delay or double messages. */
  send(to: string, message: Message): void;
  /** Called in LSN order, exactly once for each committed entry after appliedLsn. If it throws, the stream stops. */
  apply(entry: AppliedEntry): void;
  /** False: enough was handed over for now; `resumeApplying` is called when there is room. Always true by default. */
  mayApply?(): boolean;
  /** Called when it changes, before a role that follows from it: until when this node may read as the leader of a term. */
  onLease?(lease: Lease): void;
  /** Called in the same turn as the change, before anything that follows from it. */
  onRoleChange(report: RoleReport): void;
  /** Fetch a snapshot of at least this entry, put it in place, then call resetTo, or else installFailed. */
  install?(request: Install): void;
  /** Something about the disk that whoever runs this node should know. */
  onDiskEvent?(event: DiskEvent): void;
  /** The disk or the state machine failed: this stream has stopped for good, and the process should end. */
  onFatal?(error: ObError): void;
  readonly timings?: Partial<LogStreamTimings>;
  readonly logger?: Logger;
  /** For simulations: another clock, other timers, another disk. The machine's otherwise. */
  readonly environment?: Environment;
  /** For simulations: the same timeouts again. */
  readonly seed?: number;
  /** For simulations: what tells this start from every other one; not 0. */
  readonly incarnation?: number;
  readonly segmentSizeMax?: number;
  readonly cacheSizeMax?: number;
  /** Bytes of log that a slow follower may need, and that are kept for it when the rest is truncated. */
  readonly keptSizeMax?: number;
  /** With less room than this on the disk, nothing new is taken. */
  readonly diskReserveSize?: number;
  /** How often to look, and to try again a write that found no room. */
  readonly diskCheckIntervalMs?: number;
  readonly scrub?: Partial<ScrubOptions>;
}

/** A point in the log, and who was a member there: what a log that begins behind it must know. */
export interface LogPosition {
  readonly lsn: number;
  /** Of the entry at `lsn`, as is the SCN. */
  readonly term: number;
  readonly scn: bigint;
  readonly members: readonly string[];
}
