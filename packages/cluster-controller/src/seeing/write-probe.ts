import { setTimeout as delay } from 'node:timers/promises';
import type { SqlConnection } from '../dialer.ts';
import { LongestGap } from './commit-gap.ts';
import type { GapPicture } from './snapshot.ts';

export interface WriteProbeOptions {
  /** Opens a connection by the way that clients come: through the proxy where there is one. */
  readonly dial: () => Promise<SqlConnection>;
  readonly intervalMs?: number;
}

/** Pause between an answer and the next write. */
const INTERVAL_MS = 20;
const RECONNECT_MS = 100;
const TABLE = 'test.sealane_write_probe';

/**
 * Writes one row over and over and measures the longest time between two answers: what a client that writes without a pause
 * notices. Its own table, which it leaves empty.
 */
export class WriteProbe {
  readonly #options: WriteProbeOptions;
  readonly #gap = new LongestGap();
  #writes = 0;
  #failed = 0;
  #trouble: string | null = 'not connected yet';
  #stopped = false;
  #running: Promise<void> | undefined;

  constructor(options: WriteProbeOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** To be called once for each snapshot. */
  picture(nowMs: number, at: number): GapPicture {
    const longest = this.#gap.longest(nowMs, at);
    return {
      how: 'probe',
      longestMs: longest?.ms ?? null,
      longestAt: longest?.at ?? null,
      currentMs: this.#gap.currentMs(nowMs) ?? null,
      recentMs: this.#gap.takeRecent(nowMs) ?? null,
      precisionMs: this.#options.intervalMs ?? INTERVAL_MS,
      trouble: this.#trouble,
      writes: this.#writes,
      failed: this.#failed,
    };
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      let connection: SqlConnection | undefined;
      try {
        connection = await this.#options.dial();
        await this.#write(connection);
      } catch (error) {
        this.#trouble = error instanceof Error ? error.message : String(error);
        if (connection !== undefined) this.#failed += 1;
        await delay(RECONNECT_MS);
      } finally {
        connection?.close();
      }
    }
  }

  async #write(connection: SqlConnection): Promise<void> {
    await connection.query(`CREATE TABLE IF NOT EXISTS ${TABLE} (id INT PRIMARY KEY, number BIGINT)`);
    this.#trouble = null;
    while (!this.#stopped && connection.usable) {
      await connection.query(`REPLACE INTO ${TABLE} VALUES (1, ${this.#writes})`);
      this.#writes += 1;
      this.#gap.seen(performance.now(), Date.now());
      await delay(this.#options.intervalMs ?? INTERVAL_MS);
    }
    if (this.#stopped && connection.usable) await connection.query(`DELETE FROM ${TABLE}`);
  }
}
