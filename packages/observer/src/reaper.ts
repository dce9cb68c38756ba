import type { HostedTenant } from './tenant/tenants.ts';

export interface ReaperOptions {
  readonly self: string;
  readonly tenants: readonly HostedTenant[];
  /** Whether a client's connection of this node still exists; the node's own sessions always do. */
  connectionExists(connectionId: number): boolean;
  linkOpen(server: string): boolean;
}

const intervalMs = 1_000;
/** A session on a server that hasn't been heard for so long won't come back to its transaction. */
const silenceMaxMs = 10_000;

/** Rolls back transactions on this leader whose sessions are gone, so that nobody waits for them. */
export class Reaper {
  readonly #options: ReaperOptions;
  readonly #heardAtMs = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReaperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#reap(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #reap(): void {
    for (const { executor } of this.#options.tenants) {
      executor.reap(({ origin, connectionId }) => this.#isGone(origin, connectionId));
    }
  }

  #isGone(origin: string, connectionId: number): boolean {
    const { self, connectionExists, linkOpen } = this.#options;
    if (origin === self) return !connectionExists(connectionId);
    const nowMs = performance.now();
    const heardAtMs = this.#heardAtMs.get(origin) ?? nowMs;
    this.#heardAtMs.set(origin, linkOpen(origin) ? nowMs : heardAtMs);
    return nowMs - heardAtMs > silenceMaxMs;
  }
}
