import type { Logger } from './logger.ts';

const everyMs = 500;
/** Shorter ones are daily work. */
const noticedMs = 1_000;

/**
 * Says in the log when this thread was busy for so long that its clients noticed. The cluster doesn't: what it waits for
 * is another thread's.
 */
export class BusyWatch {
  readonly #logger: Logger;
  readonly #now: () => number;
  #dueAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(logger: Logger, now: () => number = performance.now.bind(performance)) {
    this.#logger = logger;
    this.#now = now;
  }

  start(): void {
    this.#dueAtMs = this.#now() + everyMs;
    this.#timer = setInterval(() => this.look(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** One turn of the timer. */
  look(): void {
    const lateMs = Math.round(this.#now() - this.#dueAtMs);
    this.#dueAtMs = this.#now() + everyMs;
    if (lateMs < noticedMs) return;
    this.#logger.warn({ busy_ms: lateMs }, 'the SQL thread was busy: clients of this node waited');
  }
}
