/** Wakes those who wait for a leader, or for it to serve. Bounded by the statements of a node. */
export class RoleChanges {
  readonly #waiters = new Set<() => void>();
  #count = 0;

  /** So many there were. Whoever reads it before he looks at the role misses none. */
  get count(): number {
    return this.#count;
  }

  happened(): void {
    this.#count++;
    for (const wake of [...this.#waiters]) wake();
  }

  /** Fulfilled as soon as there were more than `count`, after the time, or when the signal comes. */
  after(count: number, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#count > count || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiters.delete(wake);
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal?.addEventListener('abort', wake);
      this.#waiters.add(wake);
    });
  }
}
