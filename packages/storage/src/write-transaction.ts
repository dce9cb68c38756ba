import { encodeChangeset } from './changeset.ts';
import type { Database, Recording } from './database.ts';
import type { RowCapture } from './row-capture.ts';
import type { InsertEvent } from './row-event.ts';
import type { SqlHandle, SqlValue } from './values.ts';

/** What a transaction's round does for it. */
export interface TransactionEffects {
  /** Mends the recorded changes; see capture.ts. */
  mended(changeset: Uint8Array): Uint8Array;
  /** It stays in the round. */
  kept(): void;
  /** Nothing of it stays. */
  undone(): void;
  /** Commits the round. */
  commit(lsn: number): void;
}

/**
 * One transaction of a round: a savepoint with a record of its own changes. Others of its round may have come before
 * it; they are as if committed to it. After its end every call throws.
 */
export class WriteTransaction implements SqlHandle {
  readonly #database: Database;
  readonly #effects: TransactionEffects;
  #recording: Recording | undefined;
  /** Takes the place of a recording, which costs more than a row, and of a savepoint. */
  readonly #rows: RowCapture | undefined;
  #inserted: InsertEvent[] = [];
  #state: 'open' | 'ended' = 'open';
  /** It has a savepoint of its own. Without one, what was inserted is deleted to undo it. */
  #hasSavepoint = false;

  /** @param rows  for a transaction of one statement: it is recorded, but only if it does more than `insertRow` */
  constructor(database: Database, effects: TransactionEffects, rows?: RowCapture) {
    this.#database = database;
    this.#effects = effects;
    this.#rows = rows;
    if (rows === undefined) this.#setSavepoint();
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
    if (!this.#hasSavepoint) this.#recordInstead();
    return this.#database.run(sql, binds);
  }

  /**
   * Inserts one row, for a statement that does nothing but that: what it changes is known without a recording.
   * @param table  the SQLite table: `d.t`
   * @param sql  an INSERT of one row into it
   * @param columns  whose values `binds` are
   */
  insertRow(table: string, sql: string, binds: readonly SqlValue[], columns?: readonly string[]): void {
    this.#mustBeOpen();
    const event = this.#hasSavepoint ? undefined : this.#rows?.insert(table, sql, binds, columns);
    if (event === undefined) this.run(sql, binds);
    else this.#inserted.push(event);
  }

  /** From here on changes of rows are recorded. Once only. */
  record(): void {
    this.#mustBeOpen();
    this.#recording ??= this.#database.record();
  }

  savepoint(name: string): void {
    this.#mustBeOpen();
    if (!this.#hasSavepoint) this.#recordInstead();
    this.#database.control(`SAVEPOINT ${quote(name)}`);
  }

  /** Undoes what came after the savepoint, which stays. */
  rollbackTo(name: string): void {
    this.#mustBeOpen();
    this.#database.control(`ROLLBACK TO ${quote(name)}`);
  }

  release(name: string): void {
    this.#mustBeOpen();
    this.#database.control(`RELEASE ${quote(name)}`);
  }

  /** @returns what a log record carries; undefined when no row differs from before, or nothing is recorded */
  changes(): Uint8Array | undefined {
    this.#mustBeOpen();
    if (this.#inserted.length > 0) return encodeChangeset(this.#inserted);
    const changeset = this.#recording?.changeset();
    if (changeset === undefined || changeset.length === 0) return undefined;
    const mended = this.#effects.mended(changeset);
    return mended.length === 0 ? undefined : mended;
  }

  /** Done: it stays in its round, and becomes durable with it. */
  keep(): void {
    this.#mustBeOpen();
    this.#finish();
    if (this.#hasSavepoint) this.#database.control(`RELEASE ${wholeTransaction}`);
    this.#effects.kept();
  }

  /** Keeps it and commits its round: the changes become durable together with the LSN of the entry that carries them. */
  commit(lsn: number): void {
    this.keep();
    this.#effects.commit(lsn);
  }

  /** Does nothing when the transaction is over already. */
  rollback(): void {
    if (this.#state === 'ended') return;
    this.#finish();
    if (this.#database.inTransaction && this.#hasSavepoint) {
      this.#database.control(`ROLLBACK TO ${wholeTransaction}`);
      this.#database.control(`RELEASE ${wholeTransaction}`);
    } else if (this.#database.inTransaction) this.#removeInserted();
    this.#effects.undone();
  }

  /** Its round is over, and so is it: what SQLite holds of it is gone, or goes with the round. */
  end(): void {
    if (this.#state === 'open') this.#finish();
  }

  #recordInstead(): void {
    if (this.#inserted.length > 0) throw new Error('a statement that only inserts did something else');
    this.#setSavepoint();
    this.record();
  }

  #setSavepoint(): void {
    this.#database.control(`SAVEPOINT ${wholeTransaction}`);
    this.#hasSavepoint = true;
  }

  /** The last one first: those after it may refer to it. If that fails, nothing of the round stays. */
  #removeInserted(): void {
    try {
      const isGone = this.#inserted.reverse().every((event) => this.#rows?.remove(event) === true);
      if (!isGone) this.#database.execute('ROLLBACK');
    } catch {
      if (this.#database.inTransaction) this.#database.execute('ROLLBACK');
    }
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

/** Not quoted, and so none that `quote` makes. */
const wholeTransaction = '__transaction';
