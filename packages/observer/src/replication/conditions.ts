interface Condition {
  readonly holds: () => boolean;
  readonly settle: (held: boolean) => void;
}

/** Waits for something to become true, each with a deadline; looked at again after every change. */
export class Conditions {
  readonly #waiting = new Set<Condition>();

  /** @returns whether it became true in time */
  until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (held: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(condition);
        resolve(held);
      };
      const condition = { holds, settle };
      const timer = setTimeout(() => settle(holds()), timeoutMs);
      this.#waiting.add(condition);
    });
  }

  check(): void {
    for (const condition of [...this.#waiting]) if (condition.holds()) condition.settle(true);
  }

  /** Nothing will change any more. */
  giveUp(): void {
    for (const condition of [...this.#waiting]) condition.settle(false);
  }
}
