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
  nextLsn: number;
  /** Last LSN of each push with entries that isn't acknowledged yet, oldest first. */
  inFlight: number[];
  /** The commit point it was last told. */
  toldCommittedLsn: number;
  /** When it was last heard. */
  heardAtMs: number;
  /** Our clock when we sent the newest push that it answered: its part of the lease counts from here. */
  answeredSentAtMs: number;
  stopping: boolean;
}

export function newProgress(server: string, lastLsn: number, nowMs: number): FollowerProgress {
  return {
    server,
    mode: 'probe',
    matchLsn: 0,
    nextLsn: lastLsn + 1,
    inFlight: [],
    toldCommittedLsn: 0,
    heardAtMs: nowMs,
    answeredSentAtMs: Number.NEGATIVE_INFINITY,
    stopping: false,
  };
}

/** @returns whether the follower has more than was known */
export function acknowledge(progress: FollowerProgress, lsn: number): boolean {
  const advanced = lsn > progress.matchLsn;
  if (advanced) progress.matchLsn = lsn;
  progress.nextLsn = Math.max(progress.nextLsn, progress.matchLsn + 1);
  progress.inFlight = progress.inFlight.filter((last) => last > lsn);
  if (progress.mode === 'probe') {
    progress.mode = 'replicate';
    progress.nextLsn = progress.matchLsn + 1;
    progress.inFlight = [];
  }
  return advanced;
}

/** @returns whether the refusal is about the newest push, and not an old one that was overtaken */
export function isRefusalCurrent(progress: FollowerProgress, previousLsn: number): boolean {
  if (previousLsn <= progress.matchLsn) return false;
  return progress.mode === 'replicate' || previousLsn === progress.nextLsn - 1;
}

export function backToProbe(progress: FollowerProgress, nextLsn: number): void {
  progress.mode = 'probe';
  progress.nextLsn = Math.max(progress.matchLsn + 1, nextLsn);
  progress.inFlight = [];
}
