import { setTimeout as delay } from 'node:timers/promises';
import type { SqlConnection } from './dialer.ts';

/** Between two statements. */
const INTERVAL_MS = 100;
/** A statement that no way has answered for so long has failed, as it has for a client with its own timeout. */
const STATEMENT_TIMEOUT_MS = 2_000;
/** Every so many statements come over a new connection: logins must work, too. */
const STATEMENTS_PER_LOGIN = 10;
/** Before the next way is tried when one has failed. */
const RETRY_DELAY_MS = 20;

/** In the sys tenant, where the controller may write; it is dropped at the end. */
const DATABASE = 'cluster_controller';
const TABLE = `${DATABASE}.client_watch`;

/** How a client gets in: through a proxy, or to one of the nodes. */
export interface Way {
  readonly name: string;
  dial(): Promise<SqlConnection>;
}

export interface ClientCounts {
  readonly statements: number;
  readonly failed: number;
  readonly longestMs: number;
}

/**
 * A client of the controller's own that writes one row over and over while nodes are restarted, so that the controller knows what
 * clients feel. Through a proxy each statement gets one try, since a proxy promises that; where clients come to the nodes themselves it
 * does what a driver with a list of hosts does, and goes on to the next one.
 */
export class ClientWatch {
  readonly #ways: readonly Way[];
  readonly #retries: boolean;
  readonly #stopping = new AbortController();
  #connection: SqlConnection | undefined;
  #way = 0;
  #turn = 0;
  #statements = 0;
  #failed = 0;
  #longestMs = 0;
  #lastFailure = '';
  #running: Promise<void> | undefined;

  /** @param retries  whether a statement that failed on one way is tried on the next */
  constructor(ways: readonly Way[], retries: boolean) {
    this.#ways = ways;
    this.#retries = retries;
  }

  /** @throws what kept its table from being made: then nothing is watched */
  async begin(): Promise<void> {
    await this.#statement(`CREATE DATABASE IF NOT EXISTS ${DATABASE}`);
    await this.#statement(`CREATE TABLE IF NOT EXISTS ${TABLE} (id INT PRIMARY KEY, written BIGINT)`);
    this.#statements = 0;
    this.#longestMs = 0;
    this.#running = this.#writeOn();
  }

  /** Leaves nothing behind in the cluster. */
  async end(): Promise<ClientCounts> {
    this.#stopping.abort();
    await this.#running;
    const counts = this.counts();
    if (this.#running !== undefined)
      await this.#statement(`DROP TABLE IF EXISTS ${TABLE}`).catch(() => undefined);
    this.#leave();
    return counts;
  }

  counts(): ClientCounts {
    return { statements: this.#statements, failed: this.#failed, longestMs: Math.round(this.#longestMs) };
  }

  /** @returns why, when more statements have failed than the budget allows */
  spent(budget: number): string | undefined {
    if (this.#failed <= budget) return undefined;
    return `${this.#failed} of ${this.#statements} statements of the controller's own have failed, the budget is ${budget}; the last: ${this.#lastFailure}`;
  }

  async #writeOn(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      if (this.#statements % STATEMENTS_PER_LOGIN === 0) this.#leave();
      const startedAt = performance.now();
      try {
        await this.#statement(`REPLACE INTO ${TABLE} VALUES (1, ${this.#statements})`);
      } catch (error) {
        this.#failed += 1;
        this.#lastFailure = error instanceof Error ? error.message : String(error);
      }
      this.#statements += 1;
      this.#longestMs = Math.max(this.#longestMs, performance.now() - startedAt);
      await delay(INTERVAL_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  async #statement(text: string): Promise<void> {
    const deadline = performance.now() + STATEMENT_TIMEOUT_MS;
    for (;;) {
      try {
        return await this.#tryOnce(text, deadline - performance.now());
      } catch (error) {
        this.#leave();
        this.#way = (this.#way + 1) % this.#ways.length;
        if (!this.#retries || performance.now() + RETRY_DELAY_MS > deadline) throw error;
        await delay(RETRY_DELAY_MS);
      }
    }
  }

  async #tryOnce(text: string, timeoutMs: number): Promise<void> {
    const way = this.#ways[this.#way];
    if (way === undefined) throw new Error('there is no way in');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`${way.name} gave no answer in time`)), timeoutMs);
    });
    const trying = this.#query(way, text);
    trying.catch(() => undefined); // Heard in the race, or too late.
    try {
      await Promise.race([trying, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #query(way: Way, text: string): Promise<void> {
    const turn = this.#turn;
    const connection = this.#connection ?? (await way.dial());
    if (turn !== this.#turn) connection.close();
    else this.#connection = connection;
    await connection.query(text);
  }

  /** A connection that opens after this is closed again. */
  #leave(): void {
    this.#turn += 1;
    this.#connection?.close();
    this.#connection = undefined;
  }
}
