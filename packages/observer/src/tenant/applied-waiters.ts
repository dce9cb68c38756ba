import { ObError } from '@sealane/errors';

interface Waiter {
  readonly lsn: number;
  readonly resolve: () => void;
  readonly timer: NodeJS.Timeout;
}

/** Those who wait until an entry of the log is applied here. Bounded by the sessions of a node. */
export class AppliedWaiters {
  readonly #waiters = new Set<Waiter>();

  wait(lsn: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(
          new ObError('OB_TIMEOUT', [], {
            message: `Timeout: log entry ${lsn} was not applied here within ${Math.round(timeoutMs)} ms`,
          }),
        );
      }, timeoutMs);
      const waiter: Waiter = { lsn, resolve, timer };
      this.#waiters.add(waiter);
    });
  }

  applied(lsn: number): void {
    if (this.#waiters.size === 0) return;
    for (const waiter of this.#waiters) {
      if (waiter.lsn > lsn) continue;
      this.#waiters.delete(waiter);
      clearTimeout(waiter.timer);
      waiter.resolve();
    }
  }
}
