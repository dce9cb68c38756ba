import type { SqlHandle } from '@sealane/sql';
import { longRowsMin } from './weigh.ts';

interface Size {
  readonly rows: number;
  readonly atMs: number;
}

/** How large tables are, as far as it matters: counted up to `longRowsMin`, and kept for some seconds. */
export class TableSizes {
  readonly #handle: () => SqlHandle;
  readonly #known = new Map<string, Size>();

  constructor(handle: () => SqlHandle) {
    this.#handle = handle;
  }

  /** @param table as SQLite names it */
  rows(table: string): number {
    const known = this.#known.get(table);
    if (known !== undefined && performance.now() - known.atMs < keptMs) return known.rows;
    const rows = this.#count(table);
    if (this.#known.size >= tablesMax) this.#known.clear();
    this.#known.set(table, { rows, atMs: performance.now() });
    return rows;
  }

  #count(table: string): number {
    const name = `"${table.replaceAll('"', '""')}"`;
    // The row ids tell at once that there can't be many; where they have gaps, some are counted.
    // Each by itself: SQLite finds one end of the table, for both it reads all of it.
    const [ids] = this.#handle().all(
      `SELECT (SELECT min(rowid) FROM ${name}), (SELECT max(rowid) FROM ${name})`,
    );
    const [least = null, most = null] = ids ?? [];
    if (typeof least !== 'bigint' || typeof most !== 'bigint') return 0;
    if (most - least < BigInt(fewRows)) return Number(most - least) + 1;
    const [counted] = this.#handle().all(`SELECT count(*) FROM (SELECT 1 FROM ${name} LIMIT ${longRowsMin})`);
    return Number(counted?.[0] ?? 0n);
  }
}

/** In which time a table may grow without anybody noticing: statements on the SQL thread have their own bounds. */
const keptMs = 2_000;
const tablesMax = 10_000;
const fewRows = 4_000;
