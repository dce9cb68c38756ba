import {
  DivergenceError,
  decodeLogRecord,
  type LogRecord,
  type SqlValue,
  type StoredStatement,
  type TenantDatabase,
} from '@sealane/storage';
import type { LogPosition } from '../../packages/observer/src/snapshot/log-position.ts';
import { ListState } from './list-state.ts';
import type { SimulatedThread } from './simulated-environment.ts';

/** What is in the database file: lists that only grow, and the LSN of the last entry that is in them. */
export class DatabaseImage {
  lists = new ListState();
  lsn = 0;
  /** The tenant has its catalog. */
  founded = false;
  /** The file is a snapshot of another node, and the log has to begin here. */
  installed: LogPosition | undefined;
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

  /** What another node may take over. */
  copy(): DatabaseCopy {
    return { lists: this.lists.copy(), lsn: this.lsn, founded: this.founded };
  }

  /** Durable at once: it was decided before. */
  replaceWith(copy: DatabaseCopy): void {
    Object.assign(this, copy);
    this.checkpoint();
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

export interface DatabaseCopy {
  readonly lists: ListState;
  readonly lsn: number;
  readonly founded: boolean;
}

/** One statement of the workload: puts an id at the end of a list. `index` is where it came to stand. */
export interface Append {
  readonly key: number;
  readonly id: number;
  readonly index: number;
}

function decodeAppends(changeset: Uint8Array): readonly Append[] {
  const rows = JSON.parse(Buffer.from(changeset).toString()) as [number, number, number][];
  return rows.map(([key, id, index]) => ({ key, id, index }));
}

/** An append as a statement of a log record. */
export function appendStatement({ key, id, index }: Append): StoredStatement {
  return { sql: 'append', binds: [key, id, index] };
}

/** What a log record puts into the lists. */
export function appendsOf(record: LogRecord): readonly Append[] {
  if (record.kind === 'changes') return decodeAppends(record.changeset);
  if (record.kind === 'noop') return [];
  if (record.kind === 'batch') return record.records.flatMap((each) => appendsOf(decodeLogRecord(each)));
  return record.statements
    .filter(({ sql }) => sql === 'append')
    .map(({ binds: [key, id, index] }) => ({ key: Number(key), id: Number(id), index: Number(index) }));
}

export interface DatabaseWatch {
  /** How long a COMMIT takes. */
  commitMs(): number;
  /** A transaction is finished, as one of the round. */
  kept(): void;
  roundEnded(transactionCount: number, committed: boolean): void;
}

/**
 * A tenant's database as a process sees it, with the shape of storage's TenantDatabase and a language of three
 * statements: `append` (key, id), `get` (key) → count and last id, and whatever the catalog asks.
 */
export class SimulatedDatabase {
  readonly #image: DatabaseImage;
  readonly #process: SimulatedThread;
  readonly #watch: DatabaseWatch;
  readonly #replacedListeners: (() => void)[] = [];
  #open: SimulatedRound | undefined;

  constructor(image: DatabaseImage, process: SimulatedThread, watch: DatabaseWatch) {
    this.#image = image;
    this.#process = process;
    this.#watch = watch;
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

  onReplaced(listener: () => void): void {
    this.#replacedListeners.push(listener);
  }

  /** Goes on with a copy of another node's file. */
  replaceWith(copy: DatabaseCopy): void {
    this.#open?.rollback();
    this.#process.affects(() => this.#image.replaceWith(copy));
    for (const listener of this.#replacedListeners) listener();
  }

  round(): SimulatedRound {
    this.#mustBeIdle();
    this.#open = new SimulatedRound(this);
    return this.#open;
  }

  apply(lsn: number, record: Uint8Array): { schemaChanged: boolean; tables: ReadonlySet<string> } {
    return this.applyAll([{ lsn, record }]);
  }

  applyAll(entries: readonly { lsn: number; record: Uint8Array }[]): {
    schemaChanged: boolean;
    tables: ReadonlySet<string>;
  } {
    this.#mustBeIdle();
    const counts = new Map<number, number>();
    const appends: Append[] = [];
    let founds = false;
    for (const entry of entries) {
      const record = decodeLogRecord(entry.record);
      founds ||= record.kind === 'statements';
      for (const append of appendsOf(record)) {
        const { key, id, index } = append;
        const count = counts.get(key) ?? this.#image.lists.count(key);
        if (count !== index) {
          throw new DivergenceError(
            `entry ${entry.lsn} puts ${id} at ${index} of list ${key}, which has ${count}`,
          );
        }
        counts.set(key, count + 1);
        appends.push(append);
      }
    }
    this.#commit({ lsn: entries.at(-1)?.lsn ?? 0, founds, appends });
    return { schemaChanged: founds, tables: new Set() };
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

  keeps(): void {
    this.#watch.kept();
  }

  end(round: SimulatedRound, lsn: number | undefined): void {
    this.#open = undefined;
    this.#watch.roundEnded(round.keptCount, lsn !== undefined);
    if (lsn !== undefined) this.#commit({ lsn, appends: round.kept, founds: false });
  }

  #commit(change: { lsn: number; founds: boolean; appends: readonly Append[] }): void {
    this.#process.spend(this.#watch.commitMs());
    this.#process.affects(() => {
      if (change.lsn <= this.#image.lsn) {
        throw new DivergenceError(`entry ${change.lsn} comes after ${this.#image.lsn}`);
      }
      this.#image.commit(change);
    });
  }

  #mustBeIdle(): void {
    if (this.#open !== undefined) throw new Error('a write transaction is open');
  }
}

/** The open SQLite transaction: what was kept in it is seen by the next one of the round, and by nobody else. */
export class SimulatedRound {
  open = true;
  readonly kept: Append[] = [];
  /** Transactions that are in it. */
  keptCount = 0;
  readonly #database: SimulatedDatabase;
  #current: SimulatedWrite | undefined;

  constructor(database: SimulatedDatabase) {
    this.#database = database;
  }

  begin(): SimulatedWrite {
    if (!this.open) throw new Error('the round is over');
    if (this.#current?.open === true) throw new Error('a transaction of the round is open');
    this.#current = new SimulatedWrite(this.#database, this);
    return this.#current;
  }

  commit(lsn: number): void {
    if (!this.open) throw new Error('the round is over');
    this.open = false;
    this.#database.end(this, lsn);
  }

  rollback(): void {
    if (!this.open) return;
    this.open = false;
    this.#database.end(this, undefined);
  }
}

/** One transaction of a round. */
class SimulatedWrite {
  readonly #database: SimulatedDatabase;
  readonly #round: SimulatedRound;
  readonly #appends: Append[] = [];
  #ended = false;

  constructor(database: SimulatedDatabase, round: SimulatedRound) {
    this.#database = database;
    this.#round = round;
  }

  get open(): boolean {
    return !this.#ended && this.#round.open;
  }

  all(sql: string, binds: readonly SqlValue[] = []): SqlValue[][] {
    this.#mustBeOpen();
    return this.#database.query(sql, binds, [...this.#round.kept, ...this.#appends]);
  }

  run(_sql: 'append', [key, id]: readonly [number, number]): void {
    const [[count]] = this.all('get', [key]) as [[number]];
    this.#appends.push({ key, id, index: count });
  }

  changes(): Uint8Array | undefined {
    this.#mustBeOpen();
    if (this.#appends.length === 0) return undefined;
    return Buffer.from(JSON.stringify(this.#appends.map(({ key, id, index }) => [key, id, index])));
  }

  keep(): void {
    this.#mustBeOpen();
    this.#ended = true;
    this.#round.kept.push(...this.#appends);
    this.#round.keptCount += 1;
    this.#database.keeps();
  }

  rollback(): void {
    this.#ended = true;
  }

  #mustBeOpen(): void {
    if (!this.open) throw new Error('the write transaction is over');
  }
}
