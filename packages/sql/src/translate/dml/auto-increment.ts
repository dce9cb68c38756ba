import { ObError } from '@sealane/errors';
import type { ExecutionContext } from '../../plan.ts';
import { encodeUnsigned, integerRange } from '../../types/integers.ts';
import type { SqlValue } from '../../values.ts';
import type { WriteTarget } from './target.ts';

const nothing = (): void => {};

/**
 * Keys of one statement's rows. NULL and 0 ask for the next one; a given one moves the counter above it.
 * Keys for rows that are sure to need one come in a row.
 */
export class AutoIncrement {
  readonly #target: WriteTarget;
  readonly #context: ExecutionContext;
  readonly #zeroIsValue: boolean;
  #reserved = 0;
  #next = 0n;
  #rowsLeft = 0;
  /** The first key that was made; 0 for none. */
  first = 0n;
  /** The last key that was given; 0 for none. */
  last = 0n;

  constructor(target: WriteTarget, context: ExecutionContext, zeroIsValue: boolean) {
    this.#target = target;
    this.#context = context;
    this.#zeroIsValue = zeroIsValue;
  }

  /** How many rows are to come. */
  expect(rows: number): void {
    this.#rowsLeft = rows;
  }

  /** Gives the row its key if it asks for one. @returns what takes `first` back when the row isn't inserted */
  settle(row: SqlValue[]): () => void {
    const place = this.#target.autoIncrement;
    if (place < 0) return nothing;
    const given = row[place] ?? null;
    const asks = given === null || (given === 0n && !this.#zeroIsValue);
    const left = this.#rowsLeft;
    this.#rowsLeft -= 1;
    if (!asks) {
      // Keys made after a given one lie above it.
      this.#reserved = 0;
      return nothing;
    }
    const key = this.#take(Math.max(1, left));
    row[place] = this.#stored(key);
    if (this.first !== 0n) return nothing;
    this.first = key;
    return () => {
      this.first = 0n;
    };
  }

  #take(count: number): bigint {
    if (this.#reserved === 0) {
      const { database, name } = this.#target.table;
      this.#next = this.#context.nextAutoIncrement(database, name, count);
      this.#reserved = count;
    }
    this.#reserved -= 1;
    const key = this.#next;
    this.#next += 1n;
    return key;
  }

  /** @throws 1467 when the type has no larger number */
  #stored(key: bigint): SqlValue {
    const type = this.#target.columns[this.#target.autoIncrement]?.type ?? { name: 'bigint' };
    if (type.name === 'float' || type.name === 'double') return Number(key);
    if (key > integerRange(type).max) throw new ObError('OB_ERR_REACH_AUTOINC_MAX');
    return encodeUnsigned(key);
  }

  /** The row is in the table: the counter goes above its key. */
  keep(row: readonly SqlValue[]): void {
    const place = this.#target.autoIncrement;
    if (place < 0) return;
    const value = row[place] ?? null;
    if (value === null || value instanceof Uint8Array) return;
    const key = typeof value === 'number' ? BigInt(Math.trunc(value)) : BigInt(value);
    if (key <= 0n) return;
    if (this.first === 0n || key < this.first || key >= this.#next) {
      const { database, name } = this.#target.table;
      this.#context.observeAutoIncrement(database, name, key);
    }
    this.last = key;
  }

  /** An existing row was updated instead. */
  touched(key: bigint): void {
    if (key !== 0n) this.last = key;
  }
}
