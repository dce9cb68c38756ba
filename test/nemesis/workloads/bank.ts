import type { Session } from './session.ts';
import { type Invocation, oneOf, pick, type Random, type Workload } from './workload.ts';

export const ACCOUNTS = 8;
export const BALANCE_AT_FIRST = 100;
const AMOUNT_MAX = 5;

export interface Transfer {
  /** Its row in the table of transfers. */
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

export interface BankRead {
  /** Balance by account, from 0. */
  readonly balances: readonly number[];
  /** How many transfers were booked: never goes back. */
  readonly transfers: number;
}

/** All balances, and every transfer that was booked, in one statement. */
export interface BankEnd {
  readonly balances: readonly number[];
  readonly booked: readonly Transfer[];
}

/**
 * Money moves between accounts, each time with a row in a table of transfers. Whoever reads all accounts, by one
 * statement or by two of a repeatable transaction, strongly or weakly, sees the same total.
 */
export class BankWorkload implements Workload {
  readonly name = 'bank';
  readonly #random: Random;
  #nextId = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  async setUp(session: Session): Promise<void> {
    await session.write('CREATE TABLE nemesis_accounts (id INT PRIMARY KEY, balance INT NOT NULL)');
    await session.write(
      'CREATE TABLE nemesis_transfers (id INT PRIMARY KEY, source INT NOT NULL, target INT NOT NULL, amount INT NOT NULL)',
    );
    await session.write('CREATE TABLE nemesis_counter (id INT PRIMARY KEY, transfers INT NOT NULL)');
    const rows = Array.from({ length: ACCOUNTS }, (_, id) => `(${id}, ${BALANCE_AT_FIRST})`);
    await session.write(`INSERT INTO nemesis_accounts VALUES ${rows.join(', ')}`);
    await session.write('INSERT INTO nemesis_counter VALUES (0, 0)');
  }

  next(): Invocation {
    const dice = this.#random();
    if (dice < 0.15) return { f: 'read', value: 'one statement' };
    if (dice < 0.25) return { f: 'read', value: 'repeatable' };
    if (dice < 0.4) return { f: 'weak-read', value: 'one statement' };
    const from = pick(this.#random, ACCOUNTS);
    const to = (from + 1 + pick(this.#random, ACCOUNTS - 1)) % ACCOUNTS;
    const transfer: Transfer = { id: this.#nextId++, from, to, amount: 1 + pick(this.#random, AMOUNT_MAX) };
    return { f: 'transfer', value: transfer };
  }

  async perform(session: Session, { f, value }: Invocation): Promise<unknown> {
    session.mayHaveTakenEffect = false;
    switch (f) {
      case 'read':
        return value === 'repeatable' ? this.#readRepeatably(session) : this.#read(session, '');
      case 'weak-read':
        return this.#read(session, '/*+ READ_CONSISTENCY(WEAK) */');
      case 'final':
        return this.#readAll(session);
      default:
        return session.transaction(() => this.#transfer(session, value as Transfer));
    }
  }

  finalReads(): readonly Invocation[] {
    return [{ f: 'final', value: null }];
  }

  /** @returns whether there was enough on the account; nothing changes otherwise */
  async #transfer(session: Session, { id, from, to, amount }: Transfer): Promise<boolean> {
    const lock = oneOf(this.#random, [true, false]);
    if (lock) {
      await session.rows('SELECT balance FROM nemesis_accounts WHERE id IN (?, ?) FOR UPDATE', [from, to]);
    }
    const taken = await session.write(
      'UPDATE nemesis_accounts SET balance = balance - ? WHERE id = ? AND balance >= ?',
      [amount, from, amount],
    );
    if (taken.affectedRows === 0) return false;
    await session.write('UPDATE nemesis_accounts SET balance = balance + ? WHERE id = ?', [amount, to]);
    await session.write('INSERT INTO nemesis_transfers VALUES (?, ?, ?, ?)', [id, from, to, amount]);
    await session.write('UPDATE nemesis_counter SET transfers = transfers + 1 WHERE id = 0');
    return true;
  }

  async #read(session: Session, hint: string): Promise<BankRead> {
    const rows = await session.rows(
      `SELECT ${hint} a.id, a.balance, c.transfers FROM nemesis_accounts a, nemesis_counter c ORDER BY a.id`,
    );
    return { balances: rows.map((row) => Number(row[1])), transfers: Number(rows[0]?.[2]) };
  }

  /** Two statements that see one state. */
  async #readRepeatably(session: Session): Promise<BankRead> {
    await session.write('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    const result = await session.transaction(async () => {
      const half = ACCOUNTS / 2;
      const first = await session.rows(
        `SELECT id, balance FROM nemesis_accounts WHERE id < ${half} ORDER BY id`,
      );
      const second = await session.rows(
        `SELECT a.id, a.balance, c.transfers FROM nemesis_accounts a, nemesis_counter c WHERE a.id >= ${half} ORDER BY a.id`,
      );
      const balances = [...first, ...second].map((row) => Number(row[1]));
      return { balances, transfers: Number(second[0]?.[2]) };
    });
    return result;
  }

  async #readAll(session: Session): Promise<BankEnd> {
    await session.write('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    return session.transaction(async () => {
      const accounts = await session.rows('SELECT balance FROM nemesis_accounts ORDER BY id');
      const rows = await session.rows('SELECT id, source, target, amount FROM nemesis_transfers ORDER BY id');
      const booked = rows.map(([id, from, to, amount]) => ({
        id: Number(id),
        from: Number(from),
        to: Number(to),
        amount: Number(amount),
      }));
      return { balances: accounts.map((row) => Number(row[0])), booked };
    });
  }
}
