import type { LeaderExecutor } from './transaction/leader-executor.ts';
import { keyText, type SessionKey } from './transaction/requests.ts';

/** A tenant, as far as its transactions go. */
export interface Reapable {
  readonly executor: Pick<LeaderExecutor, 'reap'>;
}

export interface ReaperOptions {
  readonly self: string;
  readonly tenants: readonly Reapable[];
  /** Whether a client's connection of this node still exists; the node's own sessions always do. */
  connectionExists(connectionId: number): boolean;
  /** The servers to which a link is open. */
  openLinks(): Promise<readonly string[]>;
  /**
   * Asks a server which of its sessions still exist: none of another incarnation does.
   *
   * @returns those that do; rejected when nobody answers
   */
  existing(server: string, sessions: readonly SessionKey[]): Promise<readonly SessionKey[]>;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

const intervalMs = 500;
/**
 * A server that can't be reached for so long has lost its transactions. One of them may hold the tenant's only place for a
 * writer: the death of a follower must not cost more than that of the leader.
 */
const unreachableMaxMs = 2_000;
/** One that is there and doesn't answer is busy: it gets more time. */
const unansweredMaxMs = 10_000;

/**
 * Rolls back transactions on this leader whose sessions are gone, so that nobody waits for them: because their server
 * can't be reached, or says that it doesn't know them. It may have been killed and started again within a second.
 */
export class Reaper {
  readonly #options: ReaperOptions;
  /** Since when a server owes an answer. */
  readonly #owesSinceMs = new Map<string, number>();
  readonly #asked = new Set<string>();
  /** Of the sessions that are asked for: those that their server doesn't know. */
  #unknown = new Set<string>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReaperOptions) {
    this.#options = options;
    this.#now = options.now ?? performance.now.bind(performance);
  }

  start(): void {
    this.#timer = setInterval(() => void this.reap(), intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** One turn. */
  async reap(): Promise<void> {
    const open = await this.#options.openLinks().catch((): readonly string[] => []);
    const elsewhere: SessionKey[] = [];
    for (const { executor } of this.#options.tenants) {
      executor.reap((key) => {
        if (key.origin !== this.#options.self) elsewhere.push(key);
        return this.#isGone(key, open);
      });
    }
    this.#unknown = new Set(elsewhere.map(keyText).filter((key) => this.#unknown.has(key)));
    const byServer = Map.groupBy(elsewhere, ({ origin }) => origin);
    for (const server of this.#owesSinceMs.keys()) {
      if (!byServer.has(server)) this.#owesSinceMs.delete(server);
    }
    for (const [server, sessions] of byServer) {
      if (!this.#owesSinceMs.has(server)) this.#owesSinceMs.set(server, this.#now());
      if (open.includes(server)) void this.#ask(server, sessions);
    }
  }

  #isGone(key: SessionKey, open: readonly string[]): boolean {
    const { self, connectionExists } = this.#options;
    if (key.origin === self) return !connectionExists(key.connectionId);
    if (this.#unknown.has(keyText(key))) return true;
    const owesForMs = this.#now() - (this.#owesSinceMs.get(key.origin) ?? this.#now());
    return owesForMs > (open.includes(key.origin) ? unansweredMaxMs : unreachableMaxMs);
  }

  /** What it says counts in the next turn. One question at a time to a server. */
  async #ask(server: string, sessions: readonly SessionKey[]): Promise<void> {
    if (this.#asked.has(server)) return;
    this.#asked.add(server);
    try {
      const known = new Set((await this.#options.existing(server, sessions)).map(keyText));
      for (const key of sessions.map(keyText)) if (!known.has(key)) this.#unknown.add(key);
      this.#owesSinceMs.delete(server);
    } catch {
      // Nobody answered: asked again in the next turn.
    } finally {
      this.#asked.delete(server);
    }
  }
}
