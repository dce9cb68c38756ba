import type { LeaderExecutor } from './transaction/leader-executor.ts';
import { type Claim, claimText } from './transaction/requests.ts';

/** A tenant, as far as its transactions go. */
export interface Reapable {
  readonly executor: Pick<LeaderExecutor, 'reap'>;
}

export interface ReaperOptions {
  readonly self: string;
  tenants(): readonly Reapable[];
  /** Whether a session of this node is there and knows of the transaction; 0 asks for the session as such. */
  stands(connectionId: number, transactionId: number): boolean;
  /** The servers to which a link is open. */
  openLinks(): Promise<readonly string[]>;
  /**
   * Asks a server for which of these its sessions stand: for none of another incarnation.
   *
   * @returns those; rejected when nobody answers
   */
  standing(server: string, claims: readonly Claim[]): Promise<readonly Claim[]>;
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
 * can't be reached, or says that they don't stand for them. It may have been killed and started again within a second; and
 * a session whose answer was lost has given up a transaction that it doesn't know to be held.
 */
export class Reaper {
  readonly #options: ReaperOptions;
  /** Since when a server owes an answer. */
  readonly #owesSinceMs = new Map<string, number>();
  readonly #asked = new Set<string>();
  /** Of what was asked for: that for which nobody stands. */
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
    const elsewhere: Claim[] = [];
    for (const { executor } of this.#options.tenants()) {
      executor.reap((claim) => {
        if (claim.key.origin !== this.#options.self) elsewhere.push(claim);
        return this.#isGone(claim, open);
      });
    }
    this.#unknown = new Set(elsewhere.map(claimText).filter((text) => this.#unknown.has(text)));
    const byServer = Map.groupBy(elsewhere, ({ key }) => key.origin);
    for (const server of this.#owesSinceMs.keys()) {
      if (!byServer.has(server)) this.#owesSinceMs.delete(server);
    }
    for (const [server, claims] of byServer) {
      if (!this.#owesSinceMs.has(server)) this.#owesSinceMs.set(server, this.#now());
      if (open.includes(server)) void this.#ask(server, claims);
    }
  }

  #isGone(claim: Claim, open: readonly string[]): boolean {
    const { self, stands } = this.#options;
    const { origin, connectionId } = claim.key;
    if (origin === self) return !stands(connectionId, claim.transactionId);
    if (this.#unknown.has(claimText(claim))) return true;
    const owesForMs = this.#now() - (this.#owesSinceMs.get(origin) ?? this.#now());
    return owesForMs > (open.includes(origin) ? unansweredMaxMs : unreachableMaxMs);
  }

  /** What it says counts in the next turn. One question at a time to a server. */
  async #ask(server: string, claims: readonly Claim[]): Promise<void> {
    if (this.#asked.has(server)) return;
    this.#asked.add(server);
    try {
      const standing = new Set((await this.#options.standing(server, claims)).map(claimText));
      for (const text of claims.map(claimText)) if (!standing.has(text)) this.#unknown.add(text);
      this.#owesSinceMs.delete(server);
    } catch {
      // Nobody answered: asked again in the next turn.
    } finally {
      this.#asked.delete(server);
    }
  }
}
