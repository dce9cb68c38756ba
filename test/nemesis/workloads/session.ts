import { type Connection, createConnection, type ResultSetHeader } from 'mysql2/promise';
import { NoAnswer } from './classify.ts';

export interface NodeAddress {
  readonly name: string;
  readonly host: string;
  readonly sqlPort: number;
}

export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ';

const CONNECT_TIMEOUT_MS = 2_000;
/** The server's own limit comes first; who is stopped or cut off answers nothing at all. */
const QUERY_TIMEOUT_US = 4_000_000;
const ANSWER_TIMEOUT_MS = 6_000;

/** One client's connection to one node; knows whether what it sent may have taken effect. */
export class Session {
  readonly node: NodeAddress;
  readonly isolation: Isolation;
  readonly #connection: Connection;
  /** What is under way could change something for good. */
  mayHaveTakenEffect = false;

  private constructor(node: NodeAddress, isolation: Isolation, connection: Connection) {
    this.node = node;
    this.isolation = isolation;
    this.#connection = connection;
  }

  static async open(node: NodeAddress, isolation: Isolation = 'READ COMMITTED'): Promise<Session> {
    const connection = await createConnection({
      host: node.host,
      port: node.sqlPort,
      user: 'root@test',
      database: 'test',
      connectTimeout: CONNECT_TIMEOUT_MS,
    });
    // A broken idle connection shows at its next statement.
    connection.on('error', () => undefined);
    const session = new Session(node, isolation, connection);
    try {
      await session.#answered(connection.query(`SET ob_query_timeout = ${QUERY_TIMEOUT_US}`));
      await session.#answered(connection.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${isolation}`));
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return session;
  }

  /** Rows as arrays. */
  async rows(
    sql: string,
    values: readonly (string | number)[] = [],
  ): Promise<readonly (readonly unknown[])[]> {
    const [rows] = await this.#answered(
      this.#connection.query({ sql, values: [...values], rowsAsArray: true }),
    );
    return rows as unknown[][];
  }

  /** The same over a prepared statement. */
  async preparedRows(
    sql: string,
    values: readonly (string | number)[],
  ): Promise<readonly (readonly unknown[])[]> {
    const [rows] = await this.#answered(
      this.#connection.execute({ sql, values: [...values], rowsAsArray: true }),
    );
    return rows as unknown[][];
  }

  /** A write that is a transaction of its own, or part of the one that is open. */
  async write(sql: string, values: readonly (string | number)[] = []): Promise<ResultSetHeader> {
    const [header] = await this.#answered(this.#connection.query(sql, [...values]));
    return header as ResultSetHeader;
  }

  /** Only from its COMMIT on may a transaction have taken effect. */
  async transaction<Result>(body: () => Promise<Result>): Promise<Result> {
    this.mayHaveTakenEffect = false;
    await this.write('BEGIN');
    const result = await body();
    this.mayHaveTakenEffect = true;
    await this.write('COMMIT');
    return result;
  }

  /** After a failed statement of a transaction. */
  async rollback(): Promise<void> {
    await this.write('ROLLBACK');
  }

  destroy(): void {
    this.#connection.destroy();
  }

  /** mysql2's own limit for a statement keeps its timer when the connection breaks. */
  async #answered<Result>(statement: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new NoAnswer('no answer')), ANSWER_TIMEOUT_MS);
    });
    statement.catch(() => undefined);
    try {
      return await Promise.race([statement, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
