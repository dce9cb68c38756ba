import { DivergenceError, decodeLogRecord, type SqlValue, type TenantDatabase } from '@sealane/storage';
import { ListState } from './list-state.ts';
import type { SimulatedProcess } from './simulated-environment.ts';

/** What is in the database file: lists that only grow, and the LSN of the last entry that is in them. */
export class DatabaseImage {
  lists = new ListState();
  lsn = 0;
  /** The tenant has its catalog. */
  founded = false;
  /** What power loss may take back: as SQLite with synchronous=NORMAL, commits are durable at a checkpoint only. */
  #uncertain: { lsn: number; founded: boolean; count: number }[] = [];
  readonly #commitsPerCheckpoint: number;

  constructor(commitsPerCheckpoint: number) {
    this.#commitsPerCheckpoint = commitsPerCheckpoint;
  }

  commit(change: { lsn: number; founds: boolean; appends: readonly Append[] }): void {
    this.#uncertain.push({ lsn: this.lsn, founded: this.founded, count: change.appends.length });
    for (const { key, id } of change.appends) this.lists.append(key, id);
    this.lsn = change.lsn;
    this.founded ||= change.founds;
    if (this.#uncertain.length >= this.#commitsPerCheckpoint) this.checkpoint();
  }

  checkpoint(): void {
    this.#uncertain = [];
  }

  /** @param kept of the commits since the last checkpoint, a part between 0 and 1 */
  losePower(kept: number): void {
    const keptCount = Math.round(this.#uncertain.length * kept);
    while (this.#uncertain.length > keptCount) {
      const { lsn, founded, count } = this.#uncertain.pop() as {
        lsn: number;
        founded: boolean;
        count: number;
      };
      for (let index = 0; index < count; index++) this.lists.takeBack();
      this.lsn = lsn;
      this.founded = founded;
    }
    this.#uncertain = [];
  }
}

/** One statement of the workload: puts an id at the end of a list. `index` is where it came to stand. */
export interface Append {
  readonly key: number;
  readonly id: number;
  readonly index: number;
}

export function decodeAppends(changeset: Uint8Array): readonly Append[] {
  const rows = JSON.parse(Buffer.from(changeset).toString()) as [number, number, number][];
  return rows.map(([key, id, index]) => ({ key, id, index }));
}

/**
 * A tenant's database as a process sees it, with the shape of storage's TenantDatabase and a language of three
 * statements: `append` (key, id), `get` (key) → count and last id, and whatever the catalog asks.
 */
export class SimulatedDatabase {
  readonly #image: DatabaseImage;
  readonly #process: SimulatedProcess;
  readonly #commitMs: () => number;
  #open: SimulatedWrite | undefined;

  constructor(image: DatabaseImage, process: SimulatedProcess, commitMs: () => number) {
    this.#image = image;
    this.#process = process;
    this.#commitMs = commitMs;
  }

  /** The part of it that a tenant's node uses. */
  asTenantDatabase(): TenantDatabase {
    return this as unknown as TenantDatabase;
  }

  get appliedLsn(): number {
    return this.#image.lsn;
  }

  reader(): { all(sql: string, binds?: readonly SqlValue[]): SqlValue[][] } {
    return { all: (sql, binds = []) => this.query(sql, binds, []) };
  }

  begin(): SimulatedWrite {
    this.#mustBeIdle();
    this.#open = new SimulatedWrite(this);
    return this.#open;
  }

  apply(lsn: number, record: Uint8Array): { schemaChanged: boolean; tables: ReadonlySet<string> } {
    this.#mustBeIdle();
    const decoded = decodeLogRecord(record);
    const appends = decoded.kind === 'changes' ? decodeAppends(decoded.changeset) : [];
    for (const { key, id, index } of appends) {
      const count =
        this.#image.lists.count(key) +
        appends.filter((each) => each.key === key && each.index < index).length;
      if (count !== index)
        throw new DivergenceError(`entry ${lsn} puts ${id} at ${index} of list ${key}, which has ${count}`);
    }
    this.commit({ lsn, founds: decoded.kind === 'statements', appends });
    return { schemaChanged: decoded.kind === 'statements', tables: new Set() };
  }

  query(sql: string, binds: readonly SqlValue[], ahead: readonly Append[]): SqlValue[][] {
    if (sql === 'get') {
      const key = Number(binds[0]);
      const mine = ahead.filter((append) => append.key === key);
      const count = this.#image.lists.count(key) + mine.length;
      return [[count, mine.at(-1)?.id ?? this.#image.lists.lastId(key)]];
    }
    if (sql.includes('sqlite_schema')) return this.#image.founded ? [[1n]] : [];
    return [];
  }

  commit(change: { lsn: number; founds: boolean; appends: readonly Append[] }): void {
    this.#open = undefined;
    this.#process.spend(this.#commitMs());
    this.#process.affects(() => {
      if (change.lsn <= this.#image.lsn)
        throw new DivergenceError(`entry ${change.lsn} comes after ${this.#image.lsn}`);
      this.#image.commit(change);
    });
  }

  rollback(): void {
    this.#open = undefined;
  }

  #mustBeIdle(): void {
    if (this.#open !== undefined) throw new Error('a write transaction is open');
  }
}

/** The open write transaction. */
export class SimulatedWrite {
  open = true;
  readonly #database: SimulatedDatabase;
  readonly #appends: Append[] = [];

  constructor(database: SimulatedDatabase) {
    this.#database = database;
  }

  all(sql: string, binds: readonly SqlValue[] = []): SqlValue[][] {
    return this.#database.query(sql, binds, this.#appends);
  }

  run(_sql: 'append', [key, id]: readonly [number, number]): void {
    this.#mustBeOpen();
    const [[count]] = this.all('get', [key]) as [[number]];
    this.#appends.push({ key, id, index: count });
  }

  changes(): Uint8Array | undefined {
    this.#mustBeOpen();
    if (this.#appends.length === 0) return undefined;
    return Buffer.from(JSON.stringify(this.#appends.map(({ key, id, index }) => [key, id, index])));
  }

  commit(lsn: number): void {
    this.#mustBeOpen();
    this.open = false;
    this.#database.commit({ lsn, founds: false, appends: this.#appends });
  }

  rollback(): void {
    if (!this.open) return;
    this.open = false;
    this.#database.rollback();
  }

  #mustBeOpen(): void {
    if (!this.open) throw new Error('the write transaction is over');
  }
}
