import type { LogEntry } from './entry.ts';

/**
 * What replicas say to one another. Every message may be lost, delayed, doubled or overtaken; `term` is the sender's
 * term, except in a prepare, where it is the term the sender wants to lead.
 */
export type Message =
  | PrepareMessage
  | PrepareAnswerMessage
  | PushMessage
  | PushAnswerMessage
  | CommittedMessage
  | ChangeLeaderMessage
  | JoinRequestMessage
  | JoinAnswerMessage
  | SnapshotMessage;

export type MessageKind = Message['kind'];

export interface Envelope {
  readonly to: string;
  readonly message: Message;
}

/** "May I lead `term`?" A probe changes nothing at the receiver: it asks whether a vote would be granted. */
export interface PrepareMessage {
  readonly kind: 'prepare';
  readonly term: number;
  readonly probe: boolean;
  /** The leader of the term before asked for this: it has given its lease up. */
  readonly transfer: boolean;
  readonly lastLsn: number;
  readonly lastTerm: number;
  /** Counts the sender's questions, so that an answer to an older one isn't taken for this one's. */
  readonly round: number;
  /** In a probe: the receiver's incarnation, if known. In a vote: set if *every* member vouched (DESIGN.md). Or 0. */
  readonly incarnation: number;
}

export interface PrepareAnswerMessage {
  readonly kind: 'prepare-answer';
  readonly term: number;
  readonly round: number;
  readonly probe: boolean;
  readonly granted: boolean;
  /** Restarted so recently that it may have forgotten a lease: it counts only if everybody vouches. */
  readonly silent: boolean;
  /** A number drawn at the start of the answering process. */
  readonly incarnation: number;
  /** The probe named this very incarnation: the process has been running since before the probe was sent. */
  readonly vouched: boolean;
}

/** Entries after (previousLsn, previousTerm); without entries a heartbeat. */
export interface PushMessage {
  readonly kind: 'push';
  readonly term: number;
  readonly previousLsn: number;
  readonly previousTerm: number;
  readonly committedLsn: number;
  /** The leader's own clock, echoed in the answer: the lease counts from here. */
  readonly sentAtMs: number;
  readonly entries: readonly LogEntry[];
}

/** Before any time of any clock; finite, since messages carry nothing else. */
export const longAgoMs = -Number.MAX_VALUE;

export interface PushAnswerMessage {
  readonly kind: 'push-answer';
  readonly term: number;
  readonly accepted: boolean;
  /** Accepted: on disk and equal to the leader's log up to here. Refused: try again from here. */
  readonly lsn: number;
  /** Refused: the term of the entry at `lsn`. */
  readonly lsnTerm: number;
  /** previousLsn of the push that is answered. */
  readonly previousLsn: number;
  /** Of the push that is answered, if it is of this very term; else longAgoMs. */
  readonly sentAtMs: number;
  /** Of the answering process: what an earlier one acknowledged may have been on a disk that is gone. */
  readonly incarnation: number;
  /** false: its disk lacks what this member once knew, so that it counts for nothing (DESIGN.md). */
  readonly joined: boolean;
  /** The follower is about to stop: don't hand leadership to it. */
  readonly stopping: boolean;
  /** Its disk is full: it takes no entries. */
  readonly full: boolean;
  /** Its state machine is far behind. */
  readonly lagging: boolean;
}

/** A new commit point, sent when no push is due. Not answered. */
export interface CommittedMessage {
  readonly kind: 'committed';
  readonly term: number;
  readonly committedLsn: number;
}

/** "My disk knows nothing: what must I have before I may count again?" Sent to all members, again and again. */
export interface JoinRequestMessage {
  readonly kind: 'join-request';
  readonly term: number;
  readonly incarnation: number;
}

export interface JoinAnswerMessage {
  readonly kind: 'join-answer';
  readonly term: number;
  /** The incarnation that asked. */
  readonly incarnation: number;
  readonly joined: boolean;
  readonly lastLsn: number;
  readonly committedLsn: number;
  /** Leads `term`, has committed an entry of it, and counts no earlier process of the one who asks. */
  readonly leader: boolean;
}

/** "You need a snapshot of at least this entry": what came before isn't in the leader's log any more. */
export interface SnapshotMessage {
  readonly kind: 'snapshot';
  readonly term: number;
  readonly lsn: number;
  readonly lsnTerm: number;
}

/** "Take over now": the leader has given its lease up and will not lead this term again. */
export interface ChangeLeaderMessage {
  readonly kind: 'change-leader';
  readonly term: number;
}
