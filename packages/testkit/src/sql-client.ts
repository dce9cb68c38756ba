import { readFileSync } from 'node:fs';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import type { TestCluster, TestNode } from './cluster.ts';

const CONNECT_TIMEOUT_MS = 5_000;

export interface ConnectOptions {
  /** `root@test` when not given. */
  readonly user?: string;
  readonly database?: string;
  /** Over TLS, the server's certificate checked against the cluster's CA. */
  readonly tls?: boolean;
  /** More than one statement in a text. */
  readonly multipleStatements?: boolean;
}

/** A connection of mysql2, a client that we did not write. */
export function connectTo(
  cluster: TestCluster,
  node: TestNode,
  options: ConnectOptions = {},
): Promise<Connection> {
  const user = options.user ?? 'root@test';
  const database = options.database ?? (user.endsWith('@test') ? 'test' : undefined);
  return createConnection({
    host: node.svr_ip,
    port: node.sql_port,
    user,
    connectTimeout: CONNECT_TIMEOUT_MS,
    multipleStatements: options.multipleStatements === true,
    ...(database === undefined ? {} : { database }),
    ...(options.tls === true ? { ssl: { ca: readFileSync(cluster.ca, 'utf8') } } : {}),
  });
}

/** Rows as arrays of what the client makes of them. */
export async function rowsOf(connection: Connection, sql: string): Promise<readonly (readonly unknown[])[]> {
  const [rows] = await connection.query<RowDataPacket[][]>({ sql, rowsAsArray: true });
  return rows;
}

/** One query over a connection of its own. */
export async function askNode(
  cluster: TestCluster,
  node: TestNode,
  sql: string,
  options: ConnectOptions = {},
): Promise<readonly (readonly unknown[])[]> {
  const connection = await connectTo(cluster, node, options);
  try {
    return await rowsOf(connection, sql);
  } finally {
    await connection.end();
  }
}
