import { appliedTable, readAppliedLsn } from './applied-lsn.ts';
import { applyRows } from './apply.ts';
import { decodeChangeset } from './changeset.ts';
import { Database } from './database.ts';
import { type DatabaseDigest, digestDatabase, digestSteps } from './digest.ts';
import { putDatabaseFile } from './file-tasks.ts';
import { decodeLogRecord, type TypedStatement } from './log-record.ts';
import { RowCapture } from './row-capture.ts';
import type { RowEvent } from './row-event.ts';
import { DivergenceError } from './storage-error.ts';
import { TableShapes } from './table-shape.ts';
import type { SqlHandle, StorageAggregate, StorageFunction } from './values.ts';
import { WriteRound } from './write-round.ts';
import type { WriteTransaction } from './write-transaction.ts';

export interface TenantDatabaseOptions {
  readonly file: string;
  readonly functions: readonly StorageFunction[];
  readonly aggregates: readonly StorageAggregate[];
  /** Page cache of the writer and of each reader. */
  readonly cacheSizeKib?: number;
}

export interface BeginOptions {
  /** Off for statements that rebuild tables, and where the session says so. Default: on. */
  readonly foreignKeys?: boolean;
  /** Whether to record changes of rows. Default: yes. */
  readonly recorded?: boolean;
}

/** An entry of the log, and what it says (see log-record.ts). */
export interface CommittedEntry {
  readonly lsn: number;
  readonly record: Uint8Array;
}

/** What applied records touched. */
export interface Applied {
  readonly schemaChanged: boolean;
  readonly tables: ReadonlySet<string>;
}

/** Who wants to know what entries do, told while they are carried out: within them, in their order. */
export interface ApplyWatcher {
  /** What follows is of this one. */
  entry(lsn: number): void;
  /** The rows of one transaction, before they change: `handle` sees what was before. */
  rows(events: readonly RowEvent[], handle: SqlHandle): void;
  /** A transaction that changed the schema, after its statements: its rows follow, if it has any. */
  schemaChanged(typed: TypedStatement | undefined, handle: SqlHandle): void;
}

/** Entries that are carried out, in a transaction that is still open. */
export interface PendingApply {
  readonly applied: Applied;
  /** @throws DivergenceError */
  commit(): void;
  rollback(): void;
}

/** A handle of its own that sees one state of the database until it is closed. */
export interface Snapshot extends SqlHandle {
  close(): void;
}

const noChanges = new Uint8Array();
const nothingPending: PendingApply = {
  applied: { schemaChanged: false, tables: new Set() },
  commit: () => undefined,
  rollback: () => undefined,
};

const cacheSizeKibDefault = 32_768;

/** Opens the file, or makes it. @throws StorageError when it is no SQLite file or can't be written */
export function openTenantDatabase(options: TenantDatabaseOptions): TenantDatabase {
  return new TenantDatabase(options);
}

/**
 * One tenant's SQLite file on this node: one writer, and readers that see what is committed. The
 * LSN of the last applied log entry lies in the same file and changes in the same transaction.
 */
export class TenantDatabase {
  readonly #options: TenantDatabaseOptions;
  /** Stays the same when the file is replaced. */
  readonly #readerHandle: SqlHandle;
  readonly #replacedListeners = new Set<() => void>();
  #writer!: Database;
  #reader!: Database;
  #shapes!: TableShapes;
  #rows!: RowCapture;
  #open: WriteRound | undefined;
  #appliedLsn = 0;
  /** Entries are applied, and not committed. */
  #pending = false;

  constructor(options: TenantDatabaseOptions) {
    this.#options = options;
    this.#openHandles();
    this.#readerHandle = {
      all: (sql, binds) => this.#reader.all(sql, binds),
      run: (sql, binds) => this.#reader.run(sql, binds),
    };
  }

  get file(): string {
    return this.#options.file;
  }

  /** 0 when nothing was ever applied. */
  get appliedLsn(): number {
    return this.#appliedLsn;
  }

  /** Sees the committed state, anew with each statement. */
  reader(): SqlHandle {
    return this.#readerHandle;
  }

  /**
   * Of the state of this moment, whatever is written meanwhile. Each `next` reads some hundred rows; whoever gives up calls
   * `return`.
   */
  *digestSteps(): Generator<undefined, DatabaseDigest> {
    const handle = new Database(this.#databaseOptions(true));
    try {
      handle.execute('BEGIN');
      readAppliedLsn(handle);
      yield undefined;
      return yield* digestSteps(handle);
    } finally {
      handle.close();
    }
  }

  snapshot(): Snapshot {
    const handle = new Database(this.#databaseOptions(true));
    handle.execute('BEGIN');
    // BEGIN alone reads nothing: the first read fixes the state.
    readAppliedLsn(handle);
    return handle;
  }

  /**
   * Opens the writer's transaction for a round of logical ones.
   * @param options.foreignKeys  off for statements that rebuild tables, and where the session says so; the same for all
   *   of a round. Default: on
   * @throws Error when one is open: whoever calls keeps the queue
   */
  round({ foreignKeys = true }: Pick<BeginOptions, 'foreignKeys'> = {}): WriteRound {
    this.#mustBeIdle();
    this.#writer.enforceForeignKeys(foreignKeys);
    this.#writer.control('BEGIN IMMEDIATE');
    this.#open = new WriteRound({
      database: this.#writer,
      reader: this.#reader,
      shapes: this.#shapes,
      rows: this.#rows,
      effects: {
        commit: (lsn) => this.#finish(() => this.#commit(lsn)),
        rollback: () => this.#finish(() => this.#rollback()),
      },
    });
    return this.#open;
  }

  /** A transaction in a round of its own, which ends with it. */
  begin({ recorded = true, ...options }: BeginOptions = {}): WriteTransaction {
    return this.round(options).begin({ recorded, alone: true });
  }

  /**
   * Carries out a committed log entry that this node didn't execute itself.
   * @throws DivergenceError when it can't be: this copy isn't what its log says
   */
  apply(lsn: number, record: Uint8Array): Applied {
    return this.applyAll([{ lsn, record }]);
  }

  /** Several entries in a row, in one SQLite transaction: all of them or none. Otherwise as `apply`. */
  applyAll(entries: readonly CommittedEntry[]): Applied {
    const { applied, commit } = this.applyPending(entries);
    commit();
    return applied;
  }

  /**
   * The same, but nothing of it is in the file until `commit`, so that somebody else can be done with it first.
   *
   * @param watcher  is told of each transaction while it is carried out
   */
  applyPending(entries: readonly CommittedEntry[], watcher?: ApplyWatcher): PendingApply {
    this.#mustBeIdle();
    const last = entries.at(-1);
    if (last === undefined) return nothingPending;
    this.#writer.enforceForeignKeys(false);
    this.#writer.control('BEGIN IMMEDIATE');
    let current = last;
    const undoing = <Value>(body: () => Value): Value => {
      try {
        return body();
      } catch (error) {
        this.#undoPending();
        const reason = error instanceof Error ? error.message : String(error);
        throw new DivergenceError(
          `log entry ${current.lsn} can't be applied to ${this.#options.file}: ${reason}`,
          { cause: error },
        );
      }
    };
    const applied = undoing(() =>
      entries.map((entry) => {
        current = entry;
        watcher?.entry(entry.lsn);
        return this.#carryOut(entry.record, watcher);
      }),
    );
    this.#pending = true;
    return {
      applied: together(applied),
      commit: () => {
        this.#pending = false;
        undoing(() => this.#commit(last.lsn));
      },
      rollback: () => this.#undoPending(),
    };
  }

  /**
   * Goes on with a checked copy of another node's file in the place of its own: an open write transaction is
   * undone, handles that were opened apart still see the old file. The copy is gone afterwards.
   */
  replaceWith(copy: string): void {
    this.close();
    this.#open = undefined;
    putDatabaseFile(copy, this.#options.file);
    this.#openHandles();
    for (const listener of this.#replacedListeners) listener();
  }

  /** Called after the file was replaced: what was read from the old one is of no use any more. */
  onReplaced(listener: () => void): void {
    this.#replacedListeners.add(listener);
  }

  digest(): DatabaseDigest {
    return digestDatabase(this.#reader);
  }

  close(): void {
    this.#open?.rollback();
    this.#reader.close();
    this.#writer.close();
  }

  #openHandles(): void {
    this.#writer = new Database(this.#databaseOptions(false));
    this.#writer.execute(
      `CREATE TABLE IF NOT EXISTS "${appliedTable}" (id INTEGER PRIMARY KEY CHECK (id = 1), lsn INTEGER NOT NULL);
       INSERT OR IGNORE INTO "${appliedTable}" VALUES (1, 0)`,
    );
    this.#shapes = new TableShapes(this.#writer);
    this.#rows = new RowCapture(this.#writer, this.#shapes);
    this.#reader = new Database(this.#databaseOptions(true));
    this.#appliedLsn = readAppliedLsn(this.#reader);
  }

  #undoPending(): void {
    this.#pending = false;
    this.#rollback();
    this.#shapes.forget();
  }

  #carryOut(bytes: Uint8Array, watcher: ApplyWatcher | undefined): Applied {
    const record = decodeLogRecord(bytes);
    switch (record.kind) {
      case 'noop':
        return { schemaChanged: false, tables: new Set() };
      case 'changes':
        return { schemaChanged: false, tables: this.#applyChanges(record.changeset, watcher) };
      case 'statements':
        for (const { sql, binds } of record.statements) this.#writer.run(sql, binds);
        this.#shapes.forget();
        watcher?.schemaChanged(record.typed, this.#writer);
        return { schemaChanged: true, tables: this.#applyChanges(record.changeset ?? noChanges, watcher) };
      case 'batch':
        return together(record.records.map((each) => this.#carryOut(each, watcher)));
    }
  }

  #applyChanges(changeset: Uint8Array, watcher: ApplyWatcher | undefined): Set<string> {
    if (watcher === undefined) return applyRows(decodeChangeset(changeset), this.#writer, this.#shapes);
    const events = [...decodeChangeset(changeset)];
    watcher.rows(events, this.#writer);
    return applyRows(events, this.#writer, this.#shapes);
  }

  #commit(lsn: number): void {
    if (lsn <= this.#appliedLsn) {
      throw new DivergenceError(`log entry ${lsn} comes after ${this.#appliedLsn}: it was applied already`);
    }
    this.#writer.control(setAppliedSql, [BigInt(lsn)]);
    this.#writer.control('COMMIT');
    this.#appliedLsn = lsn;
  }

  #rollback(): void {
    if (this.#writer.inTransaction) this.#writer.execute('ROLLBACK');
  }

  #finish(end: () => void): void {
    // What isn't recorded may have changed the schema.
    if (this.#open?.unrecorded === true) this.#shapes.forget();
    this.#open = undefined;
    try {
      end();
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  #mustBeIdle(): void {
    if (this.#open !== undefined || this.#pending) throw new Error('a write transaction is open');
  }

  #databaseOptions(readOnly: boolean) {
    const { file, functions, aggregates, cacheSizeKib = cacheSizeKibDefault } = this.#options;
    return { file, readOnly, functions, aggregates, cacheSizeKib };
  }
}

const setAppliedSql = `UPDATE "${appliedTable}" SET lsn = ?`;

function together(all: readonly Applied[]): Applied {
  return {
    schemaChanged: all.some(({ schemaChanged }) => schemaChanged),
    tables: new Set(all.flatMap(({ tables }) => [...tables])),
  };
}
