/**
 * What may be done after an error:
 * - `no`: the same statement fails again; tell the user
 * - `again`: the same call may be sent again, to the same place
 * - `elsewhere`: another node can answer; learn the leader first
 * - `if-not-sent`: only when no byte of the call has left this process
 * - `unknown`: the effect may or may not be there; look before doing it again
 */
export type RetryClass = 'no' | 'again' | 'elsewhere' | 'if-not-sent' | 'unknown';

export interface ErrorRow {
  /** OceanBase's code, negative. An error that only MySQL has keeps MySQL's number, -1000 to -3999. */
  readonly code: number;
  /** What a MySQL client sees: MySQL's number where there is one, otherwise the absolute code. */
  readonly errno: number;
  readonly sqlState: string;
  readonly retry: RetryClass;
  /** MySQL's or OceanBase's own wording; `%s` and `%d` are filled in order. */
  readonly message: string;
}

/** One row of the table. */
export function row(
  code: number,
  errno: number,
  sqlState: string,
  message: string,
  retry: RetryClass = 'no',
): ErrorRow {
  return { code, errno, sqlState, retry, message };
}
