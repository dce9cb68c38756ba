/**
 * Servers that can't be reached get no new sessions for a while: five failures within two minutes put one on the list, and
 * after twenty seconds one attempt is let through. Numbers as in the original (congestion_failure_threshold,
 * congestion_fail_window, congestion_retry_interval).
 */
export interface BlacklistOptions {
  readonly failureThreshold: () => number;
  readonly failWindowMs: () => number;
  readonly retryIntervalMs: () => number;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

/** What is known of a server's failures; milliseconds since 1970. */
export interface ServerFailures {
  /** Within the window. */
  readonly recent: number;
  readonly lastAt: number | undefined;
  readonly listedAt: number | undefined;
}

export class Blacklist {
  readonly #options: BlacklistOptions;
  readonly #now: () => number;
  readonly #failures = new Map<string, { atMs: number[]; listedAtMs: number | undefined }>();

  constructor(options: BlacklistOptions) {
    this.#options = options;
    this.#now = options.now ?? performance.now.bind(performance);
  }

  failed(server: string): void {
    const nowMs = this.#now();
    const known = this.#failures.get(server) ?? { atMs: [], listedAtMs: undefined };
    const recent = known.atMs.filter((at) => nowMs - at <= this.#options.failWindowMs());
    const atMs = [...recent, nowMs].slice(-this.#options.failureThreshold());
    const full = atMs.length >= this.#options.failureThreshold();
    this.#failures.set(server, { atMs, listedAtMs: full ? nowMs : known.listedAtMs });
  }

  succeeded(server: string): void {
    this.#failures.delete(server);
  }

  failuresOf(server: string): ServerFailures {
    const { atMs, listedAtMs } = this.#failures.get(server) ?? { atMs: [], listedAtMs: undefined };
    const nowMs = this.#now();
    const since1970 = (ms: number | undefined): number | undefined =>
      ms === undefined ? undefined : Date.now() - (nowMs - ms);
    const recent = atMs.filter((at) => nowMs - at <= this.#options.failWindowMs()).length;
    return { recent, lastAt: since1970(atMs.at(-1)), listedAt: since1970(listedAtMs) };
  }

  /** Whether a new session may try it: it isn't listed, or it is time for one attempt. */
  admits(server: string): boolean {
    const entry = this.#failures.get(server);
    if (entry?.listedAtMs === undefined) return true;
    if (this.#now() - entry.listedAtMs < this.#options.retryIntervalMs()) return false;
    entry.listedAtMs = this.#now();
    return true;
  }
}
