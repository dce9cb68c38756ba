import type { LeaderExecutor } from './transaction/leader-executor.ts';

/** A tenant, as far as its transactions go. */
export interface Reapable {
  readonly executor: Pick<LeaderExecutor, 'reap'>;
}

export interface ReaperOptions {
  readonly self: string;
  readonly tenants: readonly Reapable[];
  /** Whether a client's connection of this node still exists; the node's own sessions always do. */
  connectionExists(connectionId: number): boolean;
  servers(): readonly string[];
  linkOpen(server: string): boolean;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

const intervalMs = 1_000;
/** A session on a server that hasn't been heard for so long won't come back to its transaction. */
const silenceMaxMs = 10_000;

/** Rolls back transactions on this leader whose sessions are gone, so that nobody waits for them. */
export class Reaper {
  readonly #options: ReaperOptions;
  readonly #heardAtMs = new Map<string, number>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReaperOptions) {
    this.#options = options;
    this.#now = options.now ?? performance.now.bind(performance);
  }

  start(): void {
    this.#timer = setInterval(() => this.reap(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** One turn. */
  reap(): void {
    for (const server of this.#options.servers()) {
      if (this.#options.linkOpen(server)) this.#heardAtMs.set(server, this.#now());
    }
    for (const { executor } of this.#options.tenants) {
      executor.reap(({ origin, connectionId }) => this.#isGone(origin, connectionId));
    }
  }

  #isGone(origin: string, connectionId: number): boolean {
    const { self, connectionExists } = this.#options;
    if (origin === self) return !connectionExists(connectionId);
    return this.#now() - (this.#heardAtMs.get(origin) ?? 0) > silenceMaxMs;
  }
}
