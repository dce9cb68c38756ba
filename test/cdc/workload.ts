import { setTimeout as delay } from 'node:timers/promises';
import { connectTo, type TestCluster } from '@sealane/testkit';
import type { Connection, ResultSetHeader } from 'mysql2/promise';
import { columnNames, createEveryType, valueFor } from './every-type.ts';
import { Random } from './random.ts';

const CLIENTS = 8;
const RETRY_AFTER_MS = 50;

/** Transactions of several clients over a few tables, with DDL in between; whatever fails is tried anew as something else. */
export class Workload {
  readonly #cluster: TestCluster;
  readonly #seed: number;
  readonly #wanted: number;
  /** Rows that committed transactions changed. */
  changes = 0;
  /** How often each error came. */
  readonly failures = new Map<string, number>();
  #nextCode = 0;

  constructor(cluster: TestCluster, options: { readonly seed: number; readonly changes: number }) {
    this.#cluster = cluster;
    this.#seed = options.seed;
    this.#wanted = options.changes;
  }

  /** How much of it is done, from 0 to 1. */
  get progress(): number {
    return this.changes / this.#wanted;
  }

  /** Fulfilled when so many rows were changed. */
  async run(): Promise<void> {
    const connection = await this.#connect(0);
    await connection.query(createEveryType);
    await connection.query('CREATE TABLE keyless (number INT, word VARCHAR(40), amount DECIMAL(9,2))');
    await connection.query('CREATE TABLE pairs (a INT, b INT, swapped INT UNIQUE, PRIMARY KEY (a, b))');
    await connection.end();
    const clients = Array.from({ length: CLIENTS }, (_, client) => this.#client(client));
    await Promise.all([...clients, this.#changeSchema()]);
  }

  async #client(client: number): Promise<void> {
    const random = new Random(this.#seed * 1000 + client);
    let connection: Connection | undefined;
    while (this.changes < this.#wanted) {
      try {
        connection ??= await this.#connect(client);
        const changed = await this.#transaction(connection, random, client);
        this.changes += changed;
      } catch (error) {
        // Told to begin anew, cut off by a restart, or a duplicate: the next one is another one.
        const { message } = error as Error;
        this.failures.set(message, (this.failures.get(message) ?? 0) + 1);
        connection?.destroy();
        connection = undefined;
        await delay(RETRY_AFTER_MS);
      }
    }
    connection?.destroy();
  }

  /** @returns how many rows it changed */
  async #transaction(connection: Connection, random: Random, client: number): Promise<number> {
    const count = 1 + random.below(6);
    let changed = 0;
    await connection.query('BEGIN');
    for (let each = 0; each < count; each++) {
      const [header] = await connection.query<ResultSetHeader>(this.#statement(random, client));
      changed += header.affectedRows;
    }
    if (random.chance(0.05)) {
      await connection.query('ROLLBACK');
      return 0;
    }
    await connection.query('COMMIT');
    return changed;
  }

  #statement(random: Random, client: number): string {
    const first = random.below(Math.max(1, this.#nextCode)) + 1;
    const some = `id BETWEEN ${first} AND ${first + random.below(12)}`;
    switch (random.below(12)) {
      case 0:
        return `DELETE FROM every_type WHERE ${some}`;
      case 1:
      case 2:
      case 3:
        return `UPDATE every_type SET ${someColumns(random)} WHERE ${some}`;
      case 4:
        return `UPDATE every_type SET code = CONCAT('r', ${this.#code()}, '.', id), c_int = 1 WHERE ${some}`;
      case 5:
        return `INSERT INTO keyless VALUES (${random.below(5)}, 'word ${random.below(3)}', ${random.below(900)}.25)`;
      case 6:
        return `UPDATE keyless SET amount = amount + 1 WHERE number = ${random.below(5)} LIMIT 2`;
      case 7:
        return `DELETE FROM keyless WHERE number = ${random.below(5)} LIMIT 1`;
      case 8:
        return `REPLACE INTO pairs VALUES (${random.below(30)}, ${random.below(30)}, ${random.below(400)})`;
      default:
        return this.#insert(random, client);
    }
  }

  #insert(random: Random, client: number): string {
    const rows = Array.from({ length: 1 + random.below(12) }, () => {
      const values = columnNames.map((name) => valueFor(name, random));
      return `('c${client} ${this.#code()}', ${values.join(', ')})`;
    });
    return `INSERT INTO every_type (code, ${columnNames.join(', ')}) VALUES ${rows.join(', ')}`;
  }

  #code(): number {
    this.#nextCode += 1;
    return this.#nextCode;
  }

  /** Eight times on the way. */
  async #changeSchema(): Promise<void> {
    const steps = [
      'ALTER TABLE every_type ADD COLUMN later INT DEFAULT 7',
      'CREATE TABLE passing (id INT PRIMARY KEY, word TEXT)',
      "INSERT INTO passing VALUES (1, 'one'), (2, 'two')",
      'CREATE TABLE copied AS SELECT number, COUNT(*) AS times FROM keyless GROUP BY number',
      'CREATE INDEX by_word ON keyless (word)',
      'ALTER TABLE every_type MODIFY COLUMN later BIGINT',
      'TRUNCATE TABLE passing',
      'DROP TABLE passing',
    ];
    for (const [at, sql] of steps.entries()) {
      while (this.progress < (at + 1) / (steps.length + 1)) await delay(RETRY_AFTER_MS);
      await this.#untilDone(sql, at);
    }
  }

  async #untilDone(sql: string, turn: number): Promise<void> {
    for (let attempt = turn; ; attempt++) {
      const connection = await this.#connect(attempt).catch(() => undefined);
      try {
        await connection?.query(sql);
        if (connection !== undefined) return;
      } catch (error) {
        const { errno } = error as { errno?: number };
        // Done by an attempt whose answer was lost: there is a table already, or no longer; a column, an index, a row.
        if (errno !== undefined && [1050, 1051, 1060, 1061, 1062].includes(errno)) return;
      } finally {
        connection?.destroy();
      }
      await delay(RETRY_AFTER_MS);
    }
  }

  async #connect(turn: number): Promise<Connection> {
    const { nodes } = this.#cluster;
    const node = nodes[turn % nodes.length];
    if (node === undefined) throw new Error('a cluster without nodes');
    const connection = await connectTo(this.#cluster, node);
    connection.on('error', () => undefined);
    return connection;
  }
}

function someColumns(random: Random): string {
  const count = 1 + random.below(4);
  return Array.from({ length: count }, () => {
    const name = columnNames[random.below(columnNames.length)] ?? 'c_int';
    return `${name} = ${valueFor(name, random)}`;
  }).join(', ');
}
