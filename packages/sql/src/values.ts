/**
 * A value as SQLite stores and returns it. Integers are always read as bigint.
 */
export type SqlValue = null | number | bigint | string | Uint8Array;

/**
 * A value of a result row or a parameter, in the form the MySQL protocol shows it: DECIMAL, DATE,
 * DATETIME, TIMESTAMP and TIME are strings in MySQL's own notation, BIT is bytes (big endian),
 * FLOAT and DOUBLE are numbers, integers are bigint (number is accepted), JSON and text are strings.
 */
export type CellValue = null | number | bigint | string | Uint8Array;

/** One synchronous SQLite handle, as the storage engine offers it. Rows are arrays in column order. */
export interface SqlHandle {
  all(sql: string, binds?: readonly SqlValue[]): SqlValue[][];
  /** @returns the number of rows the statement itself changed (cascades and triggers not counted) */
  run(sql: string, binds?: readonly SqlValue[]): { readonly changes: number };
  /**
   * Runs an INSERT of one row, where nothing else in its transaction changes rows but others like it; left out where
   * that is no different from `run`.
   * @param table the SQLite table: `d.t`
   * @param columns whose values `binds` are
   */
  insertRow?(table: string, sql: string, binds: readonly SqlValue[], columns: readonly string[]): void;
  /** Rows one by one, for results that shouldn't be in memory as a whole. */
  each?(sql: string, binds?: readonly SqlValue[]): Iterable<SqlValue[]>;
}
