import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 50;

/**
 * Looks until there is something, instead of sleeping and hoping.
 *
 * @param look  undefined or false for "not yet"; an error counts as "not yet" and is named at the deadline
 * @throws Error naming `what` after `timeoutMs`
 */
export async function within<Value>(
  timeoutMs: number,
  what: string,
  look: () => Promise<Value | undefined | false> | Value | undefined | false,
): Promise<Value> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: last });
    }
    await delay(POLL_INTERVAL_MS);
  }
}
