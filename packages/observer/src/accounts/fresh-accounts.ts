/**
 * Lets logins see what accounts the tenant's leader knew when they began: who was made on one node logs in on another with the
 * next packet. Everybody waits for it, whoever he is and whatever becomes of him, so that the time it takes tells nothing.
 * However many come, the leader is asked by one of them at a time, for all that wait.
 */
export class FreshAccounts {
  readonly #pull: () => Promise<void>;
  readonly #now: () => number;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** Milliseconds since 1970. */
  #restsUntil = 0;

  /** @param pull  ends when this node has caught up, or fails within a second or so */
  constructor(pull: () => Promise<void>, now: () => number = Date.now) {
    this.#pull = pull;
    this.#now = now;
  }

  /** Never fails: a login goes on with what there is. */
  wait(): Promise<void> {
    // Who is on his way may have asked too early for this one.
    if (this.#running !== undefined) {
      this.#next ??= this.#running.then(() => {
        this.#next = undefined;
        return this.wait();
      });
      return this.#next;
    }
    const running = this.#caughtUp().finally(() => {
      this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #caughtUp(): Promise<void> {
    if (this.#now() < this.#restsUntil) return;
    try {
      await this.#pull();
    } catch {
      this.#restsUntil = this.#now() + restMs;
    }
  }
}

/** After a leader that didn't answer: logins aren't held up for one that is gone. */
const restMs = 1_000;
