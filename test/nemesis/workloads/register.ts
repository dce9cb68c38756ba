import type { Session } from './session.ts';
import { type Invocation, oneOf, pick, type Random, type Workload } from './workload.ts';

/** Keys in use at the same time, and how many operations each gets: a search for an order must stay small. */
const KEYS_AT_ONCE = 3;
const OPERATIONS_PER_KEY = 120;

export interface RegisterValue {
  readonly key: number;
  /** Of a write, or of a compare-and-set that finds `expected`. Never written twice. */
  readonly value?: number;
  readonly expected?: number;
}

/**
 * Single rows: read, write, compare-and-set. Statements and prepared statements, alone and within a transaction.
 * A read's end is the value, null where there is no row; a compare-and-set's whether it has set.
 */
export class RegisterWorkload implements Workload {
  readonly name = 'register';
  readonly #random: Random;
  readonly #uses = new Map<number, number>();
  /** The newest value that any client has seen: what a compare-and-set expects, so that it often finds it. */
  readonly #seen = new Map<number, number>();
  #keys: number[] = [];
  #nextKey = 1;
  #nextValue = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  async setUp(session: Session): Promise<void> {
    await session.write('CREATE TABLE nemesis_register (k INT PRIMARY KEY, v INT NOT NULL)');
  }

  next(): Invocation {
    const key = this.#nextUse();
    const dice = this.#random();
    if (dice < 0.4) return { f: 'read', value: { key } };
    const value = this.#nextValue++;
    const expected = this.#seen.get(key);
    if (dice < 0.7 || expected === undefined) return { f: 'write', value: { key, value } };
    return { f: 'cas', value: { key, expected, value } };
  }

  async perform(session: Session, { f, value }: Invocation): Promise<unknown> {
    const operation = value as RegisterValue;
    const result = await this.#perform(session, f, operation);
    const seen =
      f === 'read' ? (result as number | null) : result === false ? null : (operation.value ?? null);
    if (seen !== null) this.#seen.set(operation.key, seen);
    return result;
  }

  finalReads(): readonly Invocation[] {
    return this.#keys.map((key) => ({ f: 'read', value: { key } }));
  }

  async #perform(
    session: Session,
    f: string,
    { key, value = 0, expected = 0 }: RegisterValue,
  ): Promise<unknown> {
    switch (f) {
      case 'read':
        session.mayHaveTakenEffect = false;
        return this.#random() < 0.5 ? this.#read(session, key) : this.#preparedRead(session, key);
      case 'write':
        session.mayHaveTakenEffect = true;
        await session.write('INSERT INTO nemesis_register VALUES (?, ?) ON DUPLICATE KEY UPDATE v = ?', [
          key,
          value,
          value,
        ]);
        return undefined;
      default:
        return this.#random() < 0.5
          ? this.#setInOneStatement(session, key, expected, value)
          : session.transaction(() => this.#setWithLock(session, key, expected, value));
    }
  }

  async #read(session: Session, key: number): Promise<number | null> {
    return valueIn(await session.rows('SELECT v FROM nemesis_register WHERE k = ?', [key]));
  }

  async #preparedRead(session: Session, key: number): Promise<number | null> {
    return valueIn(await session.preparedRows('SELECT v FROM nemesis_register WHERE k = ?', [key]));
  }

  async #setInOneStatement(session: Session, key: number, expected: number, value: number): Promise<boolean> {
    session.mayHaveTakenEffect = true;
    const sql = 'UPDATE nemesis_register SET v = ? WHERE k = ? AND v = ?';
    const { affectedRows } = await session.write(sql, [value, key, expected]);
    return affectedRows === 1;
  }

  async #setWithLock(session: Session, key: number, expected: number, value: number): Promise<boolean> {
    const rows = await session.rows('SELECT v FROM nemesis_register WHERE k = ? FOR UPDATE', [key]);
    if (valueIn(rows) !== expected) return false;
    await session.write('UPDATE nemesis_register SET v = ? WHERE k = ?', [value, key]);
    return true;
  }

  #nextUse(): number {
    while (this.#keys.length < KEYS_AT_ONCE) this.#keys.push(this.#nextKey++);
    const key = oneOf(this.#random, this.#keys);
    // Not all keys at once.
    const limit = OPERATIONS_PER_KEY - pick(this.#random, OPERATIONS_PER_KEY / 4);
    const uses = (this.#uses.get(key) ?? 0) + 1;
    this.#uses.set(key, uses);
    if (uses >= limit) this.#keys = this.#keys.filter((each) => each !== key);
    return key;
  }
}

function valueIn(rows: readonly (readonly unknown[])[]): number | null {
  const value = rows[0]?.[0];
  return value === undefined ? null : Number(value);
}
