import type { CellValue, SqlValue } from '@sealane/sql';

/** What the cluster's management needs of the RPC mesh. Servers are named `ip:rpc_port`. */
export interface Rpc {
  call(
    server: string,
    pcode: number,
    body: unknown,
    options: { timeoutMs: number; tenantId?: number },
  ): Promise<unknown>;
}

/** SQL on the sys tenant as root. Goes to the leader by itself; values are bound, never pasted. */
export interface InternalSql {
  execute(text: string, parameters?: readonly CellValue[]): Promise<void>;
  /** All statements in one transaction. */
  transaction(
    statements: readonly { readonly text: string; readonly parameters: readonly CellValue[] }[],
  ): Promise<void>;
  /**
   * Reads this node's own replica, in SQLite's words and stored forms, whether or not there is a
   * leader. @returns no rows while the table isn't there yet
   */
  local(table: string, sql: string): SqlValue[][];
}

/** One (tenant, log stream), as this node knows it. */
export interface LogStreamFacts {
  readonly tenantId: number;
  readonly lsId: number;
  readonly leader: string | undefined;
  readonly members: readonly string[];
  readonly learners: readonly string[];
}
