import type { Session } from './session.ts';
import { type Invocation, oneOf, pick, type Random, type Workload } from './workload.ts';

const KEYS_AT_ONCE = 5;
/** Lists stay short: each read returns the whole of one. */
const APPENDS_PER_KEY = 60;
const STEPS_MAX = 4;

/** One step of a transaction: what is appended, or the list that was read (null until then). */
export type Step =
  | { readonly f: 'append'; readonly key: number; readonly element: number }
  | { readonly f: 'read'; readonly key: number; readonly list: readonly number[] | null };

export interface AppendValue {
  /** Alone: a statement without BEGIN. Otherwise the isolation level that the transaction asked for. */
  readonly mode: 'alone' | 'READ COMMITTED' | 'REPEATABLE READ';
  readonly steps: readonly Step[];
}

/**
 * Lists in rows, one row a list, elements separated by commas: a list that was read shows the order of everything that
 * was appended to it. Transactions append to several lists and read several.
 */
export class AppendWorkload implements Workload {
  readonly name = 'append';
  readonly #random: Random;
  #keys: number[] = [];
  readonly #appends = new Map<number, number>();
  #nextKey = 1;
  #nextElement = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  async setUp(session: Session): Promise<void> {
    await session.write('CREATE TABLE nemesis_append (k INT PRIMARY KEY, v TEXT NOT NULL)');
  }

  next(): Invocation {
    const dice = this.#random();
    if (dice < 0.15) return this.#invocation('alone', [this.#append()]);
    if (dice < 0.3) return this.#invocation('alone', this.#readsOf(1 + pick(this.#random, 3)));
    const mode = this.#random() < 0.7 ? 'READ COMMITTED' : 'REPEATABLE READ';
    const count = 1 + pick(this.#random, STEPS_MAX);
    if (dice < 0.4) return this.#invocation(mode, this.#readsOf(count));
    const steps = Array.from({ length: count }, () => (this.#random() < 0.6 ? this.#append() : this.#read()));
    return this.#invocation(mode, steps);
  }

  async perform(session: Session, { value }: Invocation): Promise<AppendValue> {
    const { mode, steps } = value as AppendValue;
    if (mode === 'alone') return { mode, steps: await this.#alone(session, steps) };
    await session.write(`SET TRANSACTION ISOLATION LEVEL ${mode}`);
    const done = await session.transaction(async () => {
      const results: Step[] = [];
      for (const step of steps) results.push(await this.#step(session, step));
      return results;
    });
    return { mode, steps: done };
  }

  finalReads(): readonly Invocation[] {
    const last = this.#nextKey - 1;
    // All lists that there ever were, in statements of a bounded size.
    const chunks = Array.from({ length: Math.ceil(last / FINAL_KEYS) }, (_, chunk) =>
      Array.from({ length: FINAL_KEYS }, (_item, index) => chunk * FINAL_KEYS + index + 1).filter(
        (key) => key <= last,
      ),
    );
    return chunks.map((keys) => this.#invocation('alone', keys.map(readOf)));
  }

  #invocation(mode: AppendValue['mode'], steps: readonly Step[]): Invocation {
    const value: AppendValue = { mode, steps };
    return { f: 'txn', value };
  }

  async #alone(session: Session, steps: readonly Step[]): Promise<readonly Step[]> {
    const [first] = steps;
    session.mayHaveTakenEffect = first?.f === 'append';
    if (first?.f === 'append') return [await this.#step(session, first)];
    // Several lists in one statement: one state of the database.
    const marks = steps.map(() => '?').join(', ');
    const keys = steps.map((step) => step.key);
    const rows = await session.rows(`SELECT k, v FROM nemesis_append WHERE k IN (${marks})`, keys);
    const lists = new Map(rows.map(([key, text]) => [Number(key), listIn(text)]));
    return steps.map(({ key }) => ({ f: 'read', key, list: lists.get(key) ?? [] }));
  }

  async #step(session: Session, step: Step): Promise<Step> {
    if (step.f === 'append') {
      const { key, element } = step;
      await session.write(
        'INSERT INTO nemesis_append VALUES (?, ?) ON DUPLICATE KEY UPDATE v = CONCAT(v, ?)',
        [key, `${element}`, `,${element}`],
      );
      return step;
    }
    const rows = await session.rows('SELECT v FROM nemesis_append WHERE k = ?', [step.key]);
    return { ...step, list: rows.length === 0 ? [] : listIn(rows[0]?.[0]) };
  }

  #readsOf(count: number): Step[] {
    const keys = new Set(Array.from({ length: count }, () => this.#key()));
    return [...keys].map(readOf);
  }

  #read(): Step {
    return readOf(this.#key());
  }

  #append(): Step {
    const key = this.#key();
    const appends = (this.#appends.get(key) ?? 0) + 1;
    this.#appends.set(key, appends);
    if (appends >= APPENDS_PER_KEY) this.#keys = this.#keys.filter((each) => each !== key);
    return { f: 'append', key, element: this.#nextElement++ };
  }

  #key(): number {
    while (this.#keys.length < KEYS_AT_ONCE) this.#keys.push(this.#nextKey++);
    return oneOf(this.#random, this.#keys);
  }
}

function readOf(key: number): Step {
  return { f: 'read', key, list: null };
}

function listIn(text: unknown): readonly number[] {
  return String(text).split(',').map(Number);
}

const FINAL_KEYS = 50;
