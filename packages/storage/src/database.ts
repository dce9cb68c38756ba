import { backup, DatabaseSync, type StatementSync } from 'node:sqlite';
import { StatementCache } from './statement-cache.ts';
import { toStorageError } from './storage-error.ts';
import type { SqlHandle, SqlValue, StorageAggregate, StorageFunction } from './values.ts';

export interface DatabaseOptions {
  readonly file: string;
  readonly readOnly?: boolean;
  readonly functions: readonly StorageFunction[];
  readonly aggregates: readonly StorageAggregate[];
  readonly cacheSizeKib: number;
  /** Sorts and temporary tables may go to the disk. Default: they stay in memory. */
  readonly temporaryFiles?: boolean;
}

/** Records the changes of rows in tables of the file (not of temporary ones) until it is closed. */
export interface Recording {
  /** In SQLite's changeset format; empty when nothing changed. */
  changeset(): Uint8Array;
  close(): void;
}

/** Prepared statements kept for each handle. */
const statementsMax = 1000;

/** Characters of a statement that is kept. */
const statementSizeMax = 16_384;

/** Only a checkpoint can make a handle wait here: there is one writer. */
const busyTimeoutMs = 2000;

/** One connection to a SQLite file; the only place that knows the driver. */
export class Database implements SqlHandle {
  readonly #connection: DatabaseSync;
  readonly #statements = new StatementCache<StatementSync>(statementsMax);
  #foreignKeys: boolean | undefined;

  constructor(options: DatabaseOptions) {
    this.#connection = new DatabaseSync(options.file, {
      readOnly: options.readOnly ?? false,
      enableForeignKeyConstraints: false,
      timeout: busyTimeoutMs,
      readBigInts: true,
      returnArrays: true,
    });
    if (options.readOnly !== true) {
      this.execute('PRAGMA journal_mode = WAL');
      // The replicated log has the fsync that counts: what the file lacks after a crash is applied again.
      this.execute('PRAGMA synchronous = NORMAL');
      // The COMMIT that fills them moves so many pages to the file, in two fsyncs, and everybody waits: often and short.
      this.execute('PRAGMA wal_autocheckpoint = 256');
      // A long reader lets the write-ahead file grow; it needn't stay that large.
      this.execute('PRAGMA journal_size_limit = 67108864');
    }
    this.execute(`PRAGMA cache_size = -${options.cacheSizeKib}`);
    this.execute(`PRAGMA temp_store = ${options.temporaryFiles === true ? 'FILE' : 'MEMORY'}`);
    for (const each of options.functions) this.#addFunction(each);
    for (const each of options.aggregates) this.#addAggregate(each);
  }

  get inTransaction(): boolean {
    return this.#connection.isTransaction;
  }

  all(sql: string, binds: readonly SqlValue[] = []): SqlValue[][] {
    try {
      return this.#prepare(sql).all(...binds) as unknown as SqlValue[][];
    } catch (error) {
      throw this.#translated(error);
    }
  }

  run(sql: string, binds: readonly SqlValue[] = []): { readonly changes: number } {
    try {
      return { changes: Number(this.#prepare(sql).run(...binds).changes) };
    } catch (error) {
      throw this.#translated(error);
    }
  }

  /** Rows one by one, for tables that shouldn't be in memory as a whole. */
  *each(sql: string, binds: readonly SqlValue[] = []): Generator<SqlValue[]> {
    try {
      // A statement of its own: an iteration that is under way mustn't be reset by another use.
      for (const row of this.#connection.prepare(sql).iterate(...binds)) yield row as unknown as SqlValue[];
    } catch (error) {
      throw this.#translated(error);
    }
  }

  /** Any number of statements, without values and answers. */
  execute(sql: string): void {
    try {
      this.#connection.exec(sql);
    } catch (error) {
      throw this.#translated(error);
    }
  }

  /** A statement without an answer, and whose number of changes nobody wants; kept prepared. */
  control(sql: string, binds: readonly SqlValue[] = []): void {
    try {
      // Cheaper than `run`, which makes an object of what has changed.
      this.#prepare(sql).get(...binds);
    } catch (error) {
      throw this.#translated(error);
    }
  }

  /** Takes effect from the next transaction on; has none inside of one. */
  enforceForeignKeys(enforced: boolean): void {
    if (this.#foreignKeys === enforced) return;
    this.execute(`PRAGMA foreign_keys = ${enforced ? 'ON' : 'OFF'}`);
    this.#foreignKeys = enforced;
  }

  record(): Recording {
    const session = this.#connection.createSession();
    return { changeset: () => session.changeset(), close: () => session.close() };
  }

  /**
   * Copies what this handle's open read transaction sees into a new file, so many pages at a time.
   *
   * @param copied  told of the bytes so far, between two steps; it may block
   */
  async copyTo(file: string, pagesPerStep: number, copied: (size: number) => void): Promise<void> {
    const pageSize = Number(this.all('PRAGMA page_size')[0]?.[0]);
    try {
      await backup(this.#connection, file, {
        rate: pagesPerStep,
        progress: ({ totalPages, remainingPages }) => copied((totalPages - remainingPages) * pageSize),
      });
    } catch (error) {
      throw this.#translated(error);
    }
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }

  #prepare(sql: string): StatementSync {
    // Long texts are full of literals and seldom come twice; kept, they would be most of the memory.
    if (sql.length > statementSizeMax) return this.#connection.prepare(sql);
    return this.#statements.get(sql, (text) => this.#connection.prepare(text));
  }

  #addFunction({ name, deterministic, call }: StorageFunction): void {
    const options = { deterministic, useBigIntArguments: true, varargs: true };
    this.#connection.function(name, options, call as (...args: unknown[]) => SqlValue);
  }

  #addAggregate(aggregate: StorageAggregate): void {
    const { name, inverse, ...rest } = aggregate;
    // The driver takes `inverse: undefined` for a mistake.
    const options = {
      start: () => rest.start(),
      step: (state: unknown, ...args: SqlValue[]) => rest.step(state, ...args),
      result: (state: unknown) => rest.result(state),
      ...(inverse === undefined ? {} : { inverse }),
      useBigIntArguments: true,
      varargs: true,
    };
    this.#connection.aggregate(name, options as unknown as Parameters<DatabaseSync['aggregate']>[1]);
  }

  #translated(error: unknown): unknown {
    return toStorageError(error, (name) => {
      const lookup = this.#prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
      return lookup.all(name).length > 0;
    });
  }
}
