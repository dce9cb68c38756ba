/**
 * One timer that is set again after every step. It stays as it is if it fires early enough: the replica then finds
 * nothing due, and says again when to wake.
 */
export class WakeTimer {
  readonly #wake: () => void;
  #timer: NodeJS.Timeout | undefined;
  #firesAtMs = Number.POSITIVE_INFINITY;

  constructor(wake: () => void) {
    this.#wake = wake;
  }

  set(atMs: number, nowMs: number): void {
    if (this.#firesAtMs <= atMs) return;
    clearTimeout(this.#timer);
    this.#firesAtMs = atMs;
    const delayMs = Math.min(Math.max(0, Math.ceil(atMs - nowMs)), delayMaxMs);
    const dueMs = performance.now() + delayMs;
    this.#timer = setTimeout(() => this.#fire(dueMs), delayMs);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#firesAtMs = Number.POSITIVE_INFINITY;
  }

  /** If the process was held up, what has arrived meanwhile is read first: silence must not be imagined. */
  #fire(dueMs: number): void {
    const late = performance.now() - dueMs > lateMs;
    this.#timer = undefined;
    if (late) setImmediate(() => setImmediate(() => this.#wakeNow()));
    else this.#wakeNow();
  }

  #wakeNow(): void {
    if (this.#firesAtMs === Number.POSITIVE_INFINITY) return;
    clearTimeout(this.#timer);
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    this.#wake();
  }
}

const lateMs = 100;
const delayMaxMs = 60_000;
