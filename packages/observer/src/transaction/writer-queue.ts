import { ObError } from '@sealane/errors';

/** Gives the place up. Further calls do nothing. */
export type Release = () => void;

interface Waiter {
  grant(): void;
  refuse(error: ObError): void;
}

/** One writer of a tenant at a time, first come first served. */
export class WriterQueue {
  readonly #waiters = new Set<Waiter>();
  readonly #countMax: number;
  #taken = false;

  constructor(countMax = 10_000) {
    this.#countMax = countMax;
  }

  get waitingCount(): number {
    return this.#waiters.size;
  }

  get taken(): boolean {
    return this.#taken;
  }

  /**
   * @param signal  ends the wait with its reason
   * @throws ObError 1205 after the time, or at once when too many wait
   */
  async acquire({ timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal }): Promise<Release> {
    signal?.throwIfAborted();
    if (this.#taken) await this.#wait(timeoutMs, signal);
    this.#taken = true;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#next();
    };
  }

  /** Those who wait have to look for another leader. */
  refuseAll(error: ObError): void {
    for (const waiter of [...this.#waiters]) waiter.refuse(error);
  }

  #wait(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#waiters.size >= this.#countMax || timeoutMs <= 0) return Promise.reject(lockTimeout());
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        grant: () => {
          end();
          resolve();
        },
        refuse: (error) => {
          end();
          reject(error);
        },
      };
      const onAbort = () => waiter.refuse(signal?.reason as ObError);
      const timer = setTimeout(() => waiter.refuse(lockTimeout()), Math.min(timeoutMs, timeoutMsMax));
      signal?.addEventListener('abort', onAbort);
      this.#waiters.add(waiter);
    });
  }

  /** The place stays taken while it goes from hand to hand: nobody can step in between. */
  #next(): void {
    for (const waiter of this.#waiters) {
      waiter.grant();
      return;
    }
    this.#taken = false;
  }
}

function lockTimeout(): ObError {
  return new ObError('OB_ERR_EXCLUSIVE_LOCK_CONFLICT');
}

/** What a timer of Node can do. */
const timeoutMsMax = 2 ** 31 - 1;
