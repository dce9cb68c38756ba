import { ObError } from '@sealane/errors';

interface Waiter {
  readonly resolve: (leader: string) => void;
  readonly timer: NodeJS.Timeout;
}

/** Those who wait until a log stream has a leader. */
export class LeaderWaiters {
  readonly #lsId: number;
  readonly #waiters = new Set<Waiter>();

  constructor(lsId: number) {
    this.#lsId = lsId;
  }

  /** @throws ObError OB_LEADER_NOT_EXIST when the time is up */
  next(timeoutMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        const message = `log stream ${this.#lsId} has had no leader for ${timeoutMs} ms`;
        reject(new ObError('OB_LEADER_NOT_EXIST', [], { message }));
      }, timeoutMs);
      const waiter = { resolve, timer };
      this.#waiters.add(waiter);
    });
  }

  tell(leader: string): void {
    for (const { resolve, timer } of this.#waiters) {
      clearTimeout(timer);
      resolve(leader);
    }
    this.#waiters.clear();
  }
}
