import type { Session } from './session.ts';
import type { Invocation, Random, Workload } from './workload.ts';

/** A row at the end: the number that the database gave it, and the element. */
export type SetRow = readonly [number: number, element: number];

/**
 * Elements that nobody inserts twice, through all nodes. The table would take an element twice: only the number that
 * the database gives is unique. An insert's end is that number; a read's end the elements of the last rows.
 */
export class SetWorkload implements Workload {
  readonly name = 'set';
  readonly #random: Random;
  #nextElement = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  async setUp(session: Session): Promise<void> {
    await session.write(
      'CREATE TABLE nemesis_set (n BIGINT AUTO_INCREMENT PRIMARY KEY, element BIGINT NOT NULL)',
    );
  }

  next(): Invocation {
    return { f: 'add', value: this.#nextElement++ };
  }

  async perform(session: Session, { f, value }: Invocation): Promise<unknown> {
    if (f === 'final') {
      session.mayHaveTakenEffect = false;
      const rows = await session.rows('SELECT n, element FROM nemesis_set ORDER BY n');
      return rows.map((row) => [Number(row[0]), Number(row[1])]);
    }
    session.mayHaveTakenEffect = true;
    const sql = 'INSERT INTO nemesis_set (element) VALUES (?)';
    if (this.#random() < 0.7) return (await session.write(sql, [Number(value)])).insertId;
    // The same as a transaction.
    return session.transaction(async () => (await session.write(sql, [Number(value)])).insertId);
  }

  finalReads(): readonly Invocation[] {
    return [{ f: 'final', value: null }];
  }
}
