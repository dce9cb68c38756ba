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
  /** The commit point it was last told. */
  toldCommittedLsn: number;
  /** When it was last heard. */
  heardAtMs: number;
  /** Our clock when we sent the newest push that it answered: its part of the lease counts from here. */
  answeredSentAtMs: number;
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
    toldCommittedLsn: 0,
    heardAtMs: nowMs,
    answeredSentAtMs: Number.NEGATIVE_INFINITY,
    joined: false,
    stopping: false,
    full: false,
    lagging: false,
  };
}

/** @returns whether the follower has more than was known */
export function acknowledge(progress: FollowerProgress, answer: { lsn: number; sentAtMs: number }): boolean {
  const { lsn } = answer;
  const advanced = lsn > progress.matchLsn;
  if (advanced) {
    progress.matchLsn = lsn;
    progress.matchSentAtMs = answer.sentAtMs;
  }
  progress.nextLsn = Math.max(progress.nextLsn, progress.matchLsn + 1);
  progress.inFlight = progress.inFlight.filter((last) => last > lsn);
  if (progress.mode === 'probe') {
    progress.mode = 'replicate';
    progress.nextLsn = progress.matchLsn + 1;
    progress.inFlight = [];
  }
  return advanced;
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
