import type { Clock } from './clock.ts';
import { gates, type Steadiness } from './gates.ts';
import type { Decision, Wait } from './step.ts';

/** Counts how long the same wait has lasted. */
export class Patience {
  readonly #clock: Clock;
  readonly #factor: number;
  #key: string | undefined;
  #sinceMs = 0;

  /** @param factor  stretches every deadline */
  constructor(clock: Clock, factor: number) {
    this.#clock = clock;
    this.#factor = factor;
  }

  spent({ gate, about }: Wait): boolean {
    const key = `${gate} ${about}`;
    const now = this.#clock.nowMs();
    if (this.#key !== key) {
      this.#key = key;
      this.#sinceMs = now;
    }
    return now - this.#sinceMs > gates[gate].timeoutMs * this.#factor;
  }

  reset(): void {
    this.#key = undefined;
  }
}

/** Counts equal decisions in a row, and the time that they span. */
export class SteadyDecision {
  readonly #clock: Clock;
  #last = '';
  #count = 0;
  #sinceMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether this decision has now been reached often and long enough. */
  enough(decision: Extract<Decision, { steadiness: Steadiness }>): boolean {
    const text = JSON.stringify(decision);
    const now = this.#clock.nowMs();
    if (text !== this.#last) {
      this.#last = text;
      this.#count = 0;
      this.#sinceMs = now;
    }
    this.#count += 1;
    const { readings, spanMs } = decision.steadiness;
    return this.#count >= readings && now - this.#sinceMs >= spanMs;
  }

  reset(): void {
    this.#last = '';
  }
}
