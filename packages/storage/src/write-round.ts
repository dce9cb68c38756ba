import { mendFoldedKeys } from './capture.ts';
import type { Database } from './database.ts';
import { FoldedKeys } from './folded-keys.ts';
import type { RowCapture } from './row-capture.ts';
import type { TableShapes } from './table-shape.ts';
import type { SqlHandle } from './values.ts';
import { type TransactionEffects, WriteTransaction } from './write-transaction.ts';

/** What the tenant's database does for its round. */
export interface RoundEffects {
  commit(lsn: number): void;
  rollback(): void;
}

export interface RoundBeginOptions {
  readonly recorded?: boolean;
  /** One statement is all of it. */
  readonly single?: boolean;
  readonly alone?: boolean;
}

export interface RoundParts {
  readonly database: Database;
  /** Sees the state before the round. */
  readonly reader: SqlHandle;
  readonly shapes: TableShapes;
  readonly rows: RowCapture;
  readonly effects: RoundEffects;
}

/**
 * The one open SQLite transaction of a tenant's writer, with logical transactions inside: one after the other, each
 * with changes of its own, all of them durable at once or not at all.
 */
export class WriteRound {
  readonly #parts: RoundParts;
  /** What the round's finished transactions did to keys that fold case. */
  readonly #foldedKeys: FoldedKeys;
  /** For each of its transactions. */
  readonly #effects: TransactionEffects = {
    mended: (changeset) => mendFoldedKeys(changeset, this.#parts.shapes, this.#foldedKeys),
    kept: () => {
      this.#current = undefined;
      this.#foldedKeys.keep();
    },
    undone: () => this.#undone(false),
    commit: (lsn) => this.commit(lsn),
  };
  #current: WriteTransaction | undefined;
  #ended = false;
  /** A transaction without a record was among them: it may have changed the schema. */
  unrecorded = false;

  constructor(parts: RoundParts) {
    this.#parts = parts;
    this.#foldedKeys = new FoldedKeys(parts.reader);
  }

  /** False after the end, and when SQLite itself rolled back (a full disk, for instance): nothing of it is left then. */
  get open(): boolean {
    return !this.#ended && this.#parts.database.inTransaction;
  }

  /**
   * @param options.recorded  whether to record changes of rows. Default: yes
   * @param options.single  one statement is all of it: rows that it inserts may cost less. Default: no
   * @param options.alone  when it is undone, so is the round. Default: no
   * @throws Error while the one before isn't over
   */
  begin({ recorded = true, single = false, alone = false }: RoundBeginOptions = {}): WriteTransaction {
    if (!this.open) throw new Error('the round is over');
    if (this.#current !== undefined) throw new Error('a transaction of the round is open');
    const { database, rows } = this.#parts;
    const effects = alone ? { ...this.#effects, undone: () => this.#undone(true) } : this.#effects;
    const onlyRows = recorded && single;
    const transaction = new WriteTransaction(database, effects, onlyRows ? rows : undefined);
    if (!recorded) this.unrecorded = true;
    else if (!onlyRows) transaction.record();
    this.#current = transaction;
    return transaction;
  }

  #undone(alone: boolean): void {
    this.#current = undefined;
    this.#foldedKeys.drop();
    if (alone) this.rollback();
  }

  /** Makes everything that was kept durable, with the LSN of the last entry that carries it. */
  commit(lsn: number): void {
    if (!this.open) throw new Error('the round is over');
    if (this.#current !== undefined) throw new Error('a transaction of the round is open');
    this.#ended = true;
    this.#parts.effects.commit(lsn);
  }

  /** Undoes everything, kept or not. Does nothing when the round is over already. */
  rollback(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#current?.end();
    this.#current = undefined;
    this.#parts.effects.rollback();
  }
}
