import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';

const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 20_000;
/** Before a client comes back after a failure. */
const RETRY_AFTER_MS = 20;
/** OB_TRANS_KILLED and its kin as clients see them: the transaction is rolled back, begin it again. */
const ROLLED_BACK = 6002;

export interface MixedLoadOptions {
  readonly host: string;
  /** Clients take turns over these, and go to the next after a failure. */
  readonly ports: readonly number[];
  readonly writers: number;
  /** Clients that insert two rows in a transaction, and read one of them within it. */
  readonly transactions: number;
  readonly readers: number;
  /** Of each client between two statements, or transactions. */
  readonly pauseMs: number;
}

export interface MixedLoadResult {
  readonly acknowledged: number;
  /** Statements that ended in an error, open transactions apart. */
  readonly failed: number;
  /** Logins that were refused, and connections that were lost without a statement. */
  readonly lostConnections: number;
  /** Transactions that were told to begin again, once each. */
  readonly rolledBack: number;
  /** Acknowledged rows that aren't there, and halves of transactions. */
  readonly lost: number;
  /** The longest time in which no write of any client was acknowledged. */
  readonly longestGapMs: number;
  /** The longest time that one statement took. */
  readonly longestStatementMs: number;
  /** How often each error came. */
  readonly errors: ReadonlyMap<string, number>;
}

/** Clients as an application has them: autocommit writers, transactions, and readers, all at once. */
export class MixedLoad {
  readonly #options: MixedLoadOptions;
  readonly #acknowledged: number[] = [];
  readonly #errors = new Map<string, number>();
  #running = true;
  #nextId = 1;
  #failed = 0;
  #lostConnections = 0;
  #rolledBack = 0;
  #lastAt = performance.now();
  #longestGapMs = 0;
  #longestStatementMs = 0;
  #clients: Promise<void>[] = [];

  private constructor(options: MixedLoadOptions) {
    this.#options = options;
  }

  static async start(options: MixedLoadOptions): Promise<MixedLoad> {
    const connection = await open(options, 0);
    await connection.query('DROP TABLE IF EXISTS roll_rows');
    await connection.query('CREATE TABLE roll_rows (id BIGINT PRIMARY KEY, pair BIGINT, note VARCHAR(40))');
    await connection.end();
    const load = new MixedLoad(options);
    const many = (count: number, body: (connection: Connection) => Promise<void>) =>
      Array.from({ length: count }, (_, turn) => load.#client(turn, body));
    load.#clients = [
      ...many(options.writers, (connection) => load.#write(connection)),
      ...many(options.transactions, (connection) => load.#transact(connection)),
      ...many(options.readers, (connection) => load.#read(connection)),
    ];
    return load;
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.length;
  }

  /** What was before doesn't count: the gap, the longest statement and the failures begin anew. */
  beginMeasuring(): void {
    this.#failed = 0;
    this.#lostConnections = 0;
    this.#rolledBack = 0;
    this.#errors.clear();
    this.#longestGapMs = 0;
    this.#longestStatementMs = 0;
    this.#lastAt = performance.now();
  }

  async stop(): Promise<MixedLoadResult> {
    this.#gapEnds();
    this.#running = false;
    await Promise.all(this.#clients);
    return {
      acknowledged: this.#acknowledged.length,
      failed: this.#failed,
      lostConnections: this.#lostConnections,
      rolledBack: this.#rolledBack,
      lost: await this.#countLost(),
      longestGapMs: Math.round(this.#longestGapMs),
      longestStatementMs: Math.round(this.#longestStatementMs),
      errors: this.#errors,
    };
  }

  async #client(first: number, body: (connection: Connection) => Promise<void>): Promise<void> {
    let connection: Connection | undefined;
    for (let turn = first; this.#running; ) {
      try {
        connection ??= await open(this.#options, turn);
      } catch (error) {
        this.#lostConnections += 1;
        this.#count('login', error);
        turn += 1;
        await delay(RETRY_AFTER_MS);
        continue;
      }
      try {
        await body(connection);
        await delay(this.#options.pauseMs);
      } catch {
        connection.destroy();
        connection = undefined;
        turn += 1;
        await delay(RETRY_AFTER_MS);
      }
    }
    await connection?.end().catch(() => undefined); // Its server may be gone.
  }

  async #write(connection: Connection): Promise<void> {
    const id = this.#nextId++;
    await this.#run(connection, `INSERT INTO roll_rows VALUES (${id}, NULL, 'written ${id}')`);
    this.#acknowledge(id);
  }

  async #read(connection: Connection): Promise<void> {
    const id = Math.max(1, this.#nextId - 20);
    await this.#run(connection, `SELECT note FROM roll_rows WHERE id = ${id}`);
  }

  /** Both rows or neither; told once when it has to be begun again, and the connection goes on. */
  async #transact(connection: Connection): Promise<void> {
    const [id, pair] = [this.#nextId++, this.#nextId++];
    try {
      await this.#run(connection, 'BEGIN', true);
      await this.#run(connection, `INSERT INTO roll_rows VALUES (${id}, ${pair}, 'first')`, true);
      await this.#run(connection, `SELECT note FROM roll_rows WHERE id = ${id}`, true);
      await this.#run(connection, `INSERT INTO roll_rows VALUES (${pair}, ${id}, 'second')`, true);
      await this.#run(connection, 'COMMIT', true);
    } catch (error) {
      if (errnoOf(error) !== ROLLED_BACK) throw error;
      this.#rolledBack += 1;
      return;
    }
    this.#acknowledge(id);
    this.#acknowledge(pair);
  }

  async #run(connection: Connection, sql: string, inTransaction = false): Promise<void> {
    const startedAt = performance.now();
    try {
      await connection.query({ sql, timeout: STATEMENT_TIMEOUT_MS });
    } catch (error) {
      if (!(inTransaction && errnoOf(error) === ROLLED_BACK)) this.#failed += 1;
      this.#count(sql.split(' ', 1)[0] ?? '', error);
      throw error;
    } finally {
      this.#longestStatementMs = Math.max(this.#longestStatementMs, performance.now() - startedAt);
    }
  }

  #acknowledge(id: number): void {
    this.#gapEnds();
    this.#acknowledged.push(id);
  }

  #gapEnds(): void {
    const now = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAt);
    this.#lastAt = now;
  }

  #count(what: string, error: unknown): void {
    const { errno, code, message } = error as Error & { errno?: number; code?: string };
    const key = `${what} ${errno ?? ''} ${code ?? message}`;
    this.#errors.set(key, (this.#errors.get(key) ?? 0) + 1);
  }

  async #countLost(): Promise<number> {
    const connection = await open(this.#options, 0);
    const [rows] = await connection.query<RowDataPacket[]>('SELECT id, pair FROM roll_rows');
    await connection.end();
    const there = new Set(rows.map((row) => Number(row['id'])));
    const missing = this.#acknowledged.filter((id) => !there.has(id)).length;
    const halves = rows.filter((row) => row['pair'] !== null && !there.has(Number(row['pair']))).length;
    return missing + halves;
  }
}

async function open(options: MixedLoadOptions, turn: number): Promise<Connection> {
  const connection = await createConnection({
    host: options.host,
    port: options.ports[turn % options.ports.length] ?? 2881,
    user: 'root@test',
    database: 'test',
    connectTimeout: CONNECT_TIMEOUT_MS,
  });
  connection.on('error', () => undefined); // A connection that breaks shows at its next statement.
  return connection;
}

function errnoOf(error: unknown): number | undefined {
  return (error as { errno?: number }).errno;
}
