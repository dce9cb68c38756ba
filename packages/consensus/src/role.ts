import type { FollowerProgress } from './follower-progress.ts';
import type { PrepareAnswerMessage } from './message.ts';

/**
 * What a replica is at the moment. The table of transitions is in the README.
 *
 *  follower       has a leader, or waits for one
 *  pre-candidate  asks whether it would be elected; nothing is written, no term is spent
 *  candidate      asks for votes in a term of its own
 *  leader         appends
 */
export type RoleState = FollowerState | PreCandidateState | CandidateState | LeaderState;

export interface FollowerState {
  readonly name: 'follower';
  leader: string | undefined;
  /** Ask for leadership at this time, unless the leader is heard before. */
  campaignAtMs: number;
}

export interface PreCandidateState {
  readonly name: 'pre-candidate';
  /** Answers to the newest round only. */
  readonly answers: Map<string, PrepareAnswerMessage>;
  /** Ask again at this time. */
  campaignAtMs: number;
}

export interface CandidateState {
  readonly name: 'candidate';
  readonly granted: Set<string>;
  readonly refused: Set<string>;
  campaignAtMs: number;
}

export interface LeaderState {
  readonly name: 'leader';
  /** Every other member, a learner, and who was removed but may not know it yet. */
  readonly progress: Map<string, FollowerProgress>;
  /** Whom it is to add as soon as it is in sync. */
  learner: Learner | undefined;
  /** LSN of this term's no-op entry: once it is applied, everything older is. */
  readonly termStartLsn: number;
  heartbeatAtMs: number;
  /** The own disk had everything, or got on, at this time. */
  diskAliveAtMs: number;
  /** Tell followers of the commit point at this time. */
  noticeAtMs: number | undefined;
  transfer: Transfer | undefined;
}

/** `goalLsn` was our last entry at `goalSetAtMs`. */
export interface Learner {
  readonly server: string;
  goalLsn: number;
  goalSetAtMs: number;
}

/** A hand-over under way. `sent`: the target was told to take over, so this leader's lease is gone for good. */
export interface Transfer {
  readonly to: string;
  readonly deadlineMs: number;
  sent: boolean;
}
