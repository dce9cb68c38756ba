import type { Environment, Timer } from './environment.ts';

/** One timer that is set again after every step. It stays as it is if it fires early enough: it then looks how long is left. */
export class WakeTimer {
  readonly #environment: Environment;
  readonly #wake: () => void;
  #timer: Timer | undefined;
  #firesAtMs = Number.POSITIVE_INFINITY;
  /** What was asked for last. */
  #wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(environment: Environment, wake: () => void) {
    this.#environment = environment;
    this.#wake = wake;
  }

  set(atMs: number, nowMs: number): void {
    this.#wakeAtMs = atMs;
    if (this.#firesAtMs <= atMs) return;
    this.#timer?.clear();
    this.#firesAtMs = atMs;
    const delayMs = Math.min(Math.max(0, Math.ceil(atMs - nowMs)), delayMaxMs);
    const dueMs = this.#environment.now().ms + delayMs;
    this.#timer = this.#environment.setTimer(delayMs, () => this.#fire(dueMs));
  }

  clear(): void {
    this.#timer?.clear();
    this.#timer = undefined;
    this.#firesAtMs = Number.POSITIVE_INFINITY;
  }

  /** If the process was held up, what has arrived meanwhile is read first: silence must not be imagined. */
  #fire(dueMs: number): void {
    const environment = this.#environment;
    const late = environment.now().ms - dueMs > lateMs;
    this.#timer = undefined;
    if (late) environment.defer(() => environment.defer(() => this.#wakeNow()));
    else this.#wakeNow();
  }

  #wakeNow(): void {
    if (this.#firesAtMs === Number.POSITIVE_INFINITY) return;
    this.#timer?.clear();
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    const { ms } = this.#environment.now();
    if (this.#wakeAtMs > ms) this.set(this.#wakeAtMs, ms);
    else this.#wake();
  }
}

const lateMs = 100;
const delayMaxMs = 60_000;
