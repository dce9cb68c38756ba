import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import { Journal, type UnfinishedRun } from '../journal.ts';
import { leaseHolder } from '../lease/local-lease.ts';
import { type StopRequest, StopRequests } from '../stop-request.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import type { Surroundings } from './surroundings.ts';

/** Long enough for a node in hand to come back: the gates of a return, one after the other. */
const PAUSE_TIMEOUT_MS = 180_000;
/** Long enough for the longest step. */
const HAND_OVER_TIMEOUT_MS = 90_000;
const POLL_INTERVAL_MS = 100;

/** The controller that is at work, by its process id; undefined when none is. */
export function atWork(around: Surroundings): number | undefined {
  return leaseHolder(pathsUnder(around.baseDirectory).lease);
}

/** @throws ObError OB_OP_NOT_ALLOW when nothing was begun, or all of it is done */
export function unfinishedRun(around: Surroundings): UnfinishedRun {
  const run = new Journal(pathsUnder(around.baseDirectory).journal).unfinishedRun();
  if (run !== undefined) return run;
  throw new ObError('OB_OP_NOT_ALLOW', [], {
    message: 'nothing is under way: no run was begun, or the last one reached its goal',
  });
}

/**
 * Asks the controller that is at work to stop, and waits until it has.
 *
 * @throws ObError OB_TIMEOUT when it goes on; then the request is withdrawn
 */
export async function askToStop(around: Surroundings, request: StopRequest): Promise<void> {
  const holder = atWork(around);
  if (holder === undefined) return;
  const requests = new StopRequests(pathsUnder(around.baseDirectory).stopRequest);
  const timeoutMs = request === 'pause' ? PAUSE_TIMEOUT_MS : HAND_OVER_TIMEOUT_MS;
  const deadline = performance.now() + timeoutMs;
  requests.make(request, holder);
  while (atWork(around) === holder) {
    if (performance.now() > deadline) {
      requests.withdraw();
      const message = `the controller (process ${holder}) has not stopped within ${timeoutMs / 1000} s; its own terminal says what it waits for`;
      throw new ObError('OB_TIMEOUT', [], { message, details: { holder } });
    }
    await delay(POLL_INTERVAL_MS);
  }
  requests.withdraw();
}
