import type { Outcome } from '../history.ts';

/**
 * What an error of the server says about a statement that may have changed something. Numbers and names as in
 * docs/errors.md. What isn't listed is an error that no client should see under faults: the run fails with it.
 */
const NOTHING_HAPPENED: ReadonlyMap<number, string> = new Map([
  [1040, 'too many connections'],
  [1205, 'lock wait timeout'],
  [1213, 'deadlock'],
  [3572, 'lock not available'],
  [4023, 'try again'],
  [4038, 'not the leader'],
  [4085, 'queue overflow'],
  [4114, 'server stopped'],
  [4122, 'not sent'],
  [4124, 'no connection to the leader'],
  [4184, 'disk full'],
  [4209, 'no leader'],
  [4264, 'log disk full'],
  [4654, 'no leader'],
  [4722, 'no leader'],
  [5150, 'tenant not here'],
  [6002, 'rolled back'],
  [8001, 'server starts'],
  [8002, 'server stops'],
]);

/** 4012 is OB_TRANS_UNKNOWN only with these words; OB_TIMEOUT and its like say that nothing was done. */
const TIMEOUT = 4012;
const RESULT_UNKNOWN = /result is unknown/;

const MAY_HAVE_HAPPENED: ReadonlyMap<number, string> = new Map([
  [1317, 'interrupted'],
  [3024, 'execution time'],
  [4121, 'answer lost between the nodes'],
  [4123, 'answer lost between the nodes'],
]);

/** mysql2's words for a connection that was closed while it idled. */
const NEVER_SENT = /^Can't add new command when connection is in closed state/;

export interface Failure {
  readonly outcome: Exclude<Outcome, 'ok'>;
  /** A short, countable name. */
  readonly error: string;
  /** The connection can't be used any more. */
  readonly broken: boolean;
  /** An error that isn't among those that faults may cause. */
  readonly unexpected: boolean;
}

/** No answer in time: the client gave up waiting. */
export class NoAnswer extends Error {}

/**
 * @param mayHaveTakenEffect  the statement that failed could have changed something for good: a write of its own
 *   or a COMMIT. A read, or a statement within a transaction that was never asked to commit, can't.
 */
export function classify(thrown: unknown, mayHaveTakenEffect: boolean): Failure {
  const { errno, code, message, fatal } = thrown as {
    errno?: number;
    code?: string;
    message?: string;
    fatal?: boolean;
  };
  const doubt = mayHaveTakenEffect ? 'info' : 'fail';
  if (thrown instanceof NoAnswer) {
    return { outcome: doubt, error: 'no answer', broken: true, unexpected: false };
  }
  if (NEVER_SENT.test(message ?? '')) {
    return { outcome: 'fail', error: 'connection closed before', broken: true, unexpected: false };
  }
  if (errno === undefined || errno < 1000) {
    // Of the client: the connection was lost, by whatever name.
    return {
      outcome: doubt,
      error: `connection lost (${code ?? message ?? 'unknown'})`,
      broken: true,
      unexpected: false,
    };
  }
  const broken = fatal === true;
  if (errno === TIMEOUT) {
    const isUnknown = RESULT_UNKNOWN.test(message ?? '');
    const error = isUnknown ? `${errno} result unknown` : `${errno} timeout`;
    return { outcome: isUnknown ? doubt : 'fail', error, broken, unexpected: false };
  }
  const known = NOTHING_HAPPENED.get(errno);
  if (known !== undefined) return { outcome: 'fail', error: `${errno} ${known}`, broken, unexpected: false };
  const unknown = MAY_HAVE_HAPPENED.get(errno);
  if (unknown !== undefined)
    return { outcome: doubt, error: `${errno} ${unknown}`, broken, unexpected: false };
  return { outcome: doubt, error: `${errno} ${message ?? ''}`, broken, unexpected: true };
}
