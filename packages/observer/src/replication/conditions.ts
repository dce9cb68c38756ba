import type { Environment } from './environment.ts';

interface Condition {
  readonly holds: () => boolean;
  readonly settle: (held: boolean) => void;
}

/** Waits for something to become true, each with a deadline; looked at again after every change. */
export class Conditions {
  readonly #environment: Environment;
  readonly #waiting = new Set<Condition>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** @returns whether it became true in time */
  until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (held: boolean): void => {
        timer.clear();
        this.#waiting.delete(condition);
        resolve(held);
      };
      const condition = { holds, settle };
      const timer = this.#environment.setTimer(timeoutMs, () => settle(holds()));
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
