import type { PushAnswerMessage } from './message.ts';

/**
 * What a leader knows of one follower.
 *
 *  mode      probe: where the logs agree is unknown; one empty push at a time.
 *            replicate: entries are sent ahead of their acknowledgement, up to a bound.
 *  matchLsn  on the follower's disk and equal to ours up to here
 *  nextLsn   the next entry to send
 */
export interface FollowerProgress {
  readonly server: string;
  mode: 'probe' | 'replicate';
  matchLsn: number;
  /** Our clock when we sent the push whose answer told matchLsn. */
  matchSentAtMs: number;
  nextLsn: number;
  /** Last LSN of each push with entries that isn't acknowledged yet, oldest first. */
  inFlight: number[];
  /** It is no member any more, by this entry of our log. */
  removedAtLsn: number | undefined;
  /** What it needs isn't in our log any more. */
  needsSnapshot: boolean;
  /** The commit point it was last told. */
  toldCommittedLsn: number;
  /** Of its process, once it was heard; else 0. */
  incarnation: number;
  /** When it was last heard. */
  heardAtMs: number;
  /** The same for a member that counts. */
  countedAtMs: number;
  /** Our clock when we sent the newest push that it answered: its part of the lease counts from here. */
  answeredSentAtMs: number;
  /** It has all that it ever promised: only then it counts for anything. */
  joined: boolean;
  stopping: boolean;
  full: boolean;
  lagging: boolean;
}

export function newProgress(server: string, lastLsn: number, nowMs: number): FollowerProgress {
  return {
    server,
    mode: 'probe',
    matchLsn: 0,
    matchSentAtMs: Number.NEGATIVE_INFINITY,
    nextLsn: lastLsn + 1,
    inFlight: [],
    removedAtLsn: undefined,
    needsSnapshot: false,
    toldCommittedLsn: 0,
    incarnation: 0,
    heardAtMs: nowMs,
    countedAtMs: nowMs,
    answeredSentAtMs: Number.NEGATIVE_INFINITY,
    joined: false,
    stopping: false,
    full: false,
    lagging: false,
  };
}

/**
 * Takes note of who answers, and how it is. An answer of another process than the one we know counts only if it is to
 * something that was sent after we heard the one we know: then it is the newer of the two. What its predecessors had
 * may be gone with their disk.
 *
 * @returns false for an answer from the past
 */
export function isFromNow(progress: FollowerProgress, answer: PushAnswerMessage, nowMs: number): boolean {
  if (answer.incarnation !== progress.incarnation) {
    if (progress.incarnation !== 0 && answer.sentAtMs <= progress.heardAtMs) return false;
    backToProbe(progress, answer.previousLsn);
    progress.incarnation = answer.incarnation;
    progress.matchLsn = 0;
    progress.matchSentAtMs = Number.NEGATIVE_INFINITY;
    progress.answeredSentAtMs = Number.NEGATIVE_INFINITY;
    progress.joined = false;
  }
  progress.heardAtMs = nowMs;
  progress.joined ||= answer.joined;
  progress.stopping = answer.stopping;
  progress.full = answer.full;
  progress.lagging = answer.lagging;
  if (progress.joined) {
    progress.countedAtMs = nowMs;
    progress.answeredSentAtMs = Math.max(progress.answeredSentAtMs, answer.sentAtMs);
  }
  return true;
}

/** It has everything up to `answer.lsn`, or more. */
export function acknowledge(progress: FollowerProgress, answer: { lsn: number; sentAtMs: number }): void {
  const { lsn } = answer;
  if (lsn > progress.matchLsn) {
    progress.matchLsn = lsn;
    progress.matchSentAtMs = answer.sentAtMs;
  }
  progress.nextLsn = Math.max(progress.nextLsn, progress.matchLsn + 1);
  progress.inFlight = progress.inFlight.filter((last) => last > lsn);
  progress.needsSnapshot = false;
  if (progress.mode !== 'probe') return;
  progress.mode = 'replicate';
  progress.nextLsn = progress.matchLsn + 1;
  progress.inFlight = [];
}

/**
 * Is the refusal news, and not an old one that was overtaken? A follower that refuses what it had acknowledged, by a
 * push that was sent later, has lost it: a wiped disk. It gets everything again.
 */
export function isRefusalCurrent(
  progress: FollowerProgress,
  refusal: { previousLsn: number; sentAtMs: number },
): boolean {
  if (progress.mode === 'probe' && refusal.previousLsn !== progress.nextLsn - 1) return false;
  return refusal.previousLsn > progress.matchLsn || refusal.sentAtMs > progress.matchSentAtMs;
}

/** Where the logs agree is unknown again, but it isn't after `agreedLsn`. */
export function backToProbe(progress: FollowerProgress, agreedLsn: number): void {
  progress.mode = 'probe';
  progress.matchLsn = Math.min(progress.matchLsn, agreedLsn);
  progress.nextLsn = agreedLsn + 1;
  progress.inFlight = [];
}
