import { ObError } from '@sealane/errors';
import { timerMsMax } from '../wait.ts';

/** Gives the place up. Further calls do nothing. */
export type Release = () => void;

export interface PlaceWait {
  /** Ends the wait. */
  readonly timeoutMs: number;
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal;
  /** Asked when the place is free, of whoever is first; `wake` says that the answer may be another one. */
  isFree?(): boolean;
}

interface Waiter {
  isFree(): boolean;
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

  /** @throws ObError 1205 after the time, or at once when too many wait */
  async acquire({ timeoutMs, signal, isFree = always }: PlaceWait): Promise<Release> {
    signal?.throwIfAborted();
    const release = this.tryAcquire(isFree);
    if (release !== undefined) return release;
    await this.#wait(timeoutMs, signal, isFree);
    return this.#take();
  }

  /** Without a wait. @returns undefined if somebody has the place, or waits for it, or it isn't free for this one */
  tryAcquire(isFree: () => boolean): Release | undefined {
    return this.#taken || this.#waiters.size > 0 || !isFree() ? undefined : this.#take();
  }

  #take(): Release {
    this.#taken = true;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#taken = false;
      this.wake();
    };
  }

  /** Lets the first one in, if he finds it free. The place is taken at once: nobody can step in between. */
  wake(): void {
    if (this.#taken) return;
    for (const waiter of this.#waiters) {
      if (!waiter.isFree()) return;
      this.#taken = true;
      waiter.grant();
      return;
    }
  }

  /** Those who wait have to look for another leader. */
  refuseAll(error: ObError): void {
    for (const waiter of [...this.#waiters]) waiter.refuse(error);
  }

  #wait(timeoutMs: number, signal: AbortSignal | undefined, isFree: () => boolean): Promise<void> {
    if (this.#waiters.size >= this.#countMax || timeoutMs <= 0) return Promise.reject(lockTimeout());
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        isFree,
        grant: () => {
          end();
          resolve();
        },
        refuse: (error) => {
          end();
          reject(error);
          // Whoever is first now may need less.
          this.wake();
        },
      };
      const onAbort = () => waiter.refuse(signal?.reason as ObError);
      const timer = setTimeout(() => waiter.refuse(lockTimeout()), Math.min(timeoutMs, timerMsMax));
      signal?.addEventListener('abort', onAbort);
      this.#waiters.add(waiter);
    });
  }
}

function always(): boolean {
  return true;
}

function lockTimeout(): ObError {
  return new ObError('OB_ERR_EXCLUSIVE_LOCK_CONFLICT');
}
