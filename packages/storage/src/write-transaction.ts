import type { Database, Recording } from './database.ts';
import type { SqlHandle, SqlValue } from './values.ts';

/** What the tenant's database does for its write transaction. */
export interface TransactionEffects {
  record(): Recording;
  /** Mends the recorded changes; see capture.ts. */
  changes(changeset: Uint8Array): Uint8Array;
  commit(lsn: number): void;
  rollback(): void;
}

/** The one open write transaction of a tenant. After commit or rollback every call throws. */
export class WriteTransaction implements SqlHandle {
  readonly #database: Database;
  readonly #effects: TransactionEffects;
  #recording: Recording | undefined;
  #state: 'open' | 'ended' = 'open';

  constructor(database: Database, effects: TransactionEffects) {
    this.#database = database;
    this.#effects = effects;
  }

  /** False after the end, and when SQLite itself rolled back (a full disk, for instance). */
  get open(): boolean {
    return this.#state === 'open' && this.#database.inTransaction;
  }

  all(sql: string, binds?: readonly SqlValue[]): SqlValue[][] {
    this.#mustBeOpen();
    return this.#database.all(sql, binds);
  }

  run(sql: string, binds?: readonly SqlValue[]): { readonly changes: number } {
    this.#mustBeOpen();
    return this.#database.run(sql, binds);
  }

  /** From here on changes of rows are recorded. Once only. */
  record(): void {
    this.#mustBeOpen();
    this.#recording ??= this.#effects.record();
  }

  savepoint(name: string): void {
    this.#mustBeOpen();
    this.#database.execute(`SAVEPOINT ${quote(name)}`);
  }

  /** Undoes what came after the savepoint, which stays. */
  rollbackTo(name: string): void {
    this.#mustBeOpen();
    this.#database.execute(`ROLLBACK TO ${quote(name)}`);
  }

  release(name: string): void {
    this.#mustBeOpen();
    this.#database.execute(`RELEASE ${quote(name)}`);
  }

  /** @returns what a log record carries; undefined when no row differs from before, or nothing is recorded */
  changes(): Uint8Array | undefined {
    this.#mustBeOpen();
    const changeset = this.#recording?.changeset();
    if (changeset === undefined || changeset.length === 0) return undefined;
    const mended = this.#effects.changes(changeset);
    return mended.length === 0 ? undefined : mended;
  }

  /** Makes the changes durable together with the LSN of the entry that carries them. */
  commit(lsn: number): void {
    this.#mustBeOpen();
    this.#finish();
    this.#effects.commit(lsn);
  }

  /** Does nothing when the transaction is over already. */
  rollback(): void {
    if (this.#state === 'ended') return;
    this.#finish();
    this.#effects.rollback();
  }

  #finish(): void {
    this.#state = 'ended';
    this.#recording?.close();
    this.#recording = undefined;
  }

  #mustBeOpen(): void {
    if (!this.open) throw new Error('the write transaction is over');
  }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
