import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';

const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** After a failure: long enough not to flood, short enough to see the cluster come back. */
const RETRY_AFTER_MS = 50;

export interface LoadOptions {
  readonly host: string;
  /** Writers take turns over these; after a failure a writer goes to the next. */
  readonly ports: readonly number[];
  readonly writers: number;
  /** Pause of each writer between two rows; 0 for as fast as it goes. */
  readonly pauseMs?: number;
  readonly ssl?: { readonly ca: string };
}

export interface LoadResult {
  /** Ids that the cluster said OK to: each must be there afterwards. */
  readonly acknowledged: readonly number[];
  /** Ids whose fate is not known: each may be there or not. */
  readonly unknown: readonly number[];
  /** How often each error number came. */
  readonly failures: Readonly<Record<string, number>>;
  /** The longest time in which no row was acknowledged. */
  readonly longestGapMs: number;
}

/** Inserts rows into `test.load_rows` and keeps book of what was acknowledged. */
export class Load {
  readonly #options: LoadOptions;
  readonly #acknowledged: number[] = [];
  readonly #unknown: number[] = [];
  readonly #failures = new Map<string, number>();
  #running = true;
  #next = 1;
  #lastAt = performance.now();
  #longestGapMs = 0;
  #writers: Promise<void>[] = [];

  private constructor(options: LoadOptions) {
    this.#options = options;
  }

  static async start(options: LoadOptions): Promise<Load> {
    const connection = await open(options, 0);
    await connection.query(
      'CREATE TABLE IF NOT EXISTS load_rows (id BIGINT PRIMARY KEY, writer INT, note VARCHAR(64))',
    );
    const [rows] = await connection.query<RowDataPacket[]>(
      'SELECT COALESCE(MAX(id), 0) AS last FROM load_rows',
    );
    await connection.end();
    const load = new Load(options);
    load.#next = Number(rows[0]?.['last']) + 1;
    load.#lastAt = performance.now();
    load.#writers = Array.from({ length: options.writers }, (_, writer) => load.#write(writer));
    return load;
  }

  get acknowledgedCount(): number {
    return this.#acknowledged.length;
  }

  async stop(): Promise<LoadResult> {
    this.#running = false;
    await Promise.all(this.#writers);
    this.#gapEnds();
    return {
      acknowledged: this.#acknowledged,
      unknown: this.#unknown,
      failures: Object.fromEntries(this.#failures),
      longestGapMs: Math.round(this.#longestGapMs),
    };
  }

  async #write(writer: number): Promise<void> {
    let connection: Connection | undefined;
    let turn = writer;
    while (this.#running) {
      try {
        connection ??= await open(this.#options, turn);
      } catch (error) {
        this.#count(error);
        turn += 1;
        await delay(RETRY_AFTER_MS);
        continue;
      }
      const id = this.#next++;
      try {
        const sql = `INSERT INTO load_rows VALUES (${id}, ${writer}, 'row ${id}')`;
        await answered(connection.query(sql));
        this.#acknowledge(id);
        if (this.#options.pauseMs) await delay(this.#options.pauseMs);
      } catch (error) {
        this.#unknown.push(id);
        this.#count(error);
        connection.destroy();
        connection = undefined;
        turn += 1;
        await delay(RETRY_AFTER_MS);
      }
    }
    await connection?.end().catch(() => undefined); // The server may be gone already.
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

  #count(error: unknown): void {
    const key = nameOf(error);
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1);
  }
}

async function open(options: LoadOptions, turn: number): Promise<Connection> {
  const connection = await createConnection({
    host: options.host,
    port: options.ports[turn % options.ports.length] ?? 2881,
    user: 'root@test',
    database: 'test',
    connectTimeout: CONNECT_TIMEOUT_MS,
    ...(options.ssl ? { ssl: options.ssl } : {}),
  });
  connection.on('error', () => undefined); // A broken idle connection shows at its next statement.
  return connection;
}

/** mysql2's own limit for a statement keeps its timer when the connection breaks, and with it the process. */
async function answered(statement: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), STATEMENT_TIMEOUT_MS);
  });
  try {
    await Promise.race([statement, late]);
  } finally {
    clearTimeout(timer);
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno, code } = error as Error & { errno?: number; code?: string };
  return `${errno ?? ''} ${code ?? error.message}`.trim();
}
