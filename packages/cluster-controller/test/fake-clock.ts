import type { Clock } from '../src/clock.ts';

/** Time that passes only when somebody waits, and then at once. */
export class FakeClock implements Clock {
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  async delay(ms: number): Promise<void> {
    this.#nowMs += ms;
  }
}
