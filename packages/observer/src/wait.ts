import { setTimeout as delay } from 'node:timers/promises';

/** What a timer of Node can do; with more it would fire at once. */
export const timerMsMax = 2 ** 31 - 1;

/** A point in time, in milliseconds of the monotonic clock. */
export interface Deadline {
  readonly atMs: number;
}

export function deadlineAfter(ms: number): Deadline {
  return { atMs: performance.now() + ms };
}

/** @returns milliseconds left, never below 0 */
export function remainingMs(deadline: Deadline): number {
  return Math.max(0, deadline.atMs - performance.now());
}

/** Asks again and again until the answer is yes. @returns false when the deadline passed first */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  deadline: Deadline,
  pollMs: number,
): Promise<boolean> {
  while (!(await condition())) {
    if (remainingMs(deadline) === 0) return false;
    await delay(Math.min(pollMs, remainingMs(deadline)));
  }
  return true;
}
