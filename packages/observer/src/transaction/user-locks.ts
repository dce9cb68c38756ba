import type { UserLockCall } from '@sealane/sql';
import { type Claim, keyText, type SessionKey } from './requests.ts';

interface UserLock {
  readonly owner: SessionKey;
  count: number;
}

/**
 * GET_LOCK and its kin: names that sessions of a tenant hold, in its leader's memory. They are gone when another node leads, as
 * they are gone in MySQL when its server is started again.
 */
export class UserLocks {
  readonly #locks = new Map<string, UserLock>();

  /** Nothing waits here: whoever wants to, asks again. @returns what the function answers */
  answer(key: SessionKey, { operation, name }: Pick<UserLockCall, 'operation' | 'name'>): bigint | null {
    const lock = this.#locks.get(name);
    const isOwn = lock !== undefined && keyText(lock.owner) === keyText(key);
    switch (operation) {
      case 'get':
        if (lock === undefined && this.#locks.size < locksMax)
          this.#locks.set(name, { owner: key, count: 1 });
        else if (isOwn) lock.count += 1;
        else return 0n;
        return 1n;
      case 'release':
        if (lock === undefined) return null;
        if (!isOwn) return 0n;
        lock.count -= 1;
        if (lock.count === 0) this.#locks.delete(name);
        return 1n;
      case 'is-free':
        return lock === undefined ? 1n : 0n;
      case 'is-used':
        return lock === undefined ? null : BigInt(lock.owner.connectionId);
      case 'release-all':
        return this.#releaseAll((owner) => keyText(owner) === keyText(key));
    }
  }

  /** Of sessions that can't come back. */
  reap(isGone: (claim: Claim) => boolean): void {
    this.#releaseAll((key) => isGone({ key, transactionId: 0 }));
  }

  clear(): void {
    this.#locks.clear();
  }

  #releaseAll(isMeant: (owner: SessionKey) => boolean): bigint {
    let count = 0n;
    for (const [name, lock] of this.#locks) {
      if (!isMeant(lock.owner)) continue;
      count += BigInt(lock.count);
      this.#locks.delete(name);
    }
    return count;
  }
}

const locksMax = 10_000;
