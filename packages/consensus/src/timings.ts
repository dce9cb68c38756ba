import { ObError } from '@sealane/errors';

type Milliseconds = number;

/** All waits of a replica. Every member of a log stream must use the same ones: the lease relies on it. */
export interface Timings {
  /** A leader is heard at least this often. */
  readonly heartbeatMs: Milliseconds;
  /** A follower that heard its leader less than this ago votes for nobody else. */
  readonly electionTimeoutMinMs: Milliseconds;
  /** A follower without a leader campaigns between the two, earlier the more it is preferred. */
  readonly electionTimeoutMaxMs: Milliseconds;
  /** How long a majority's answer lets a leader serve, from the moment it asked. Below electionTimeoutMinMs: clocks drift. */
  readonly leaseMs: Milliseconds;
  /** After a start, the first member asks this often whether it may lead. */
  readonly probeIntervalMs: Milliseconds;
  /** Followers hear of the newest commit point after this, if no push carried it. */
  readonly commitNoticeMs: Milliseconds;
  /** A hand-over that takes longer is given up. */
  readonly transferTimeoutMs: Milliseconds;
}

/** For a laptop or a CI job: a dead leader is replaced in about two seconds. */
export const defaultTimings: Timings = {
  heartbeatMs: 200,
  electionTimeoutMinMs: 1500,
  electionTimeoutMaxMs: 3000,
  leaseMs: 1200,
  probeIntervalMs: 100,
  commitNoticeMs: 5,
  transferTimeoutMs: 2000,
};

/**
 * OceanBase's own, from the greatest one-way delay it reckons with (MAX_TST, 1 s): the lease is four of it, renewed every
 * half, and a vote window of two of it spreads the candidates. A dead leader is replaced within 8 s. The word that
 * followers give outlasts the lease by one delay, since clocks may run apart; OceanBase takes that from its lease.
 * Source: OceanBase, src/logservice/palf/election
 */
export const oceanBaseTimings: Timings = fromMaxTst(1000);

function fromMaxTst(maxTstMs: Milliseconds): Timings {
  return {
    heartbeatMs: Math.min(maxTstMs / 2, 500),
    electionTimeoutMinMs: maxTstMs * 5,
    electionTimeoutMaxMs: maxTstMs * 7,
    leaseMs: maxTstMs * 4,
    probeIntervalMs: maxTstMs / 4,
    commitNoticeMs: 5,
    transferTimeoutMs: maxTstMs * 10,
  };
}

/** Who was silent for longer missed three heartbeats. */
export function aliveWithinMs(timings: Pick<Timings, 'heartbeatMs'>): Milliseconds {
  return timings.heartbeatMs * 3;
}

/** @throws ObError OB_INVALID_CONFIG if the lease could outlive the promise it rests on */
export function checkTimings(timings: Timings): Timings {
  const { heartbeatMs, electionTimeoutMinMs, electionTimeoutMaxMs, leaseMs } = timings;
  const sane =
    heartbeatMs > 0 &&
    heartbeatMs * 2 <= leaseMs &&
    leaseMs < electionTimeoutMinMs &&
    electionTimeoutMinMs < electionTimeoutMaxMs;
  if (sane) return timings;
  throw new ObError('OB_INVALID_CONFIG', [], {
    message:
      'log stream timings must keep heartbeatMs × 2 ≤ leaseMs < electionTimeoutMinMs < electionTimeoutMaxMs, ' +
      `not ${heartbeatMs} × 2, ${leaseMs}, ${electionTimeoutMinMs}, ${electionTimeoutMaxMs}`,
  });
}
