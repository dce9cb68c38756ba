import { ObError } from '@sealane/errors';

/** Thrown where a read takes so long that it belongs into another process. Nobody but ReadRunner sees it. */
export class TooLongHere extends Error {
  override readonly name = 'TooLongHere';
}

export interface WatchOptions {
  /** Of the monotonic clock. */
  readonly deadlineMs: number;
  timeoutError(): ObError;
  /** Whether KILL was meant for the statement; undefined where nobody can tell. */
  readonly killed?: (() => boolean) | undefined;
  /** How long the statement may keep this thread; undefined: until its deadline. */
  readonly budgetMs?: number | undefined;
}

/** @returns what a statement calls every few hundred rows: it throws what ends the statement */
export function watchStatement({ deadlineMs, timeoutError, killed, budgetMs }: WatchOptions): () => void {
  const movesAtMs = budgetMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + budgetMs;
  return () => {
    const nowMs = performance.now();
    if (nowMs > movesAtMs) throw new TooLongHere();
    if (nowMs > deadlineMs) throw timeoutError();
    if (killed?.() === true) throw new ObError('OB_ERR_QUERY_INTERRUPTED');
  };
}
