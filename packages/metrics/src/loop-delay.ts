import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How late a thread comes to what is due, in seconds, since the last look. */
export interface LoopDelay {
  readonly mean: number;
  readonly p99: number;
  readonly max: number;
}

const resolutionMs = 20;

/** Watches the event loop of the thread that calls it. The watch begins with the first look, so that nobody pays for none. */
export class LoopDelayWatch {
  #histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;

  /** Zeros at the first look. */
  look(): LoopDelay {
    if (this.#histogram === undefined) {
      this.#histogram = monitorEventLoopDelay({ resolution: resolutionMs });
      this.#histogram.enable();
      return { mean: 0, p99: 0, max: 0 };
    }
    const { mean, max } = this.#histogram;
    const delay = { mean: late(mean), p99: late(this.#histogram.percentile(99)), max: late(max) };
    this.#histogram.reset();
    return delay;
  }

  stop(): void {
    this.#histogram?.disable();
    this.#histogram = undefined;
  }
}

/** The timer's own period is no delay. @param ns  NaN while nothing was measured */
function late(ns: number): number {
  return Number.isFinite(ns) ? Math.max(0, Math.round(ns / 1e3 - resolutionMs * 1e3)) / 1e6 : 0;
}
