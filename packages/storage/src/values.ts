/** A value as SQLite stores and returns it. Integers are always read as bigint. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** One synchronous SQLite handle. Rows are arrays in column order. */
export interface SqlHandle {
  /** @throws StorageError as SQLite answered, or what a registered function threw, unchanged */
  all(sql: string, binds?: readonly SqlValue[]): SqlValue[][];
  /** @returns the number of rows the statement itself changed (cascades not counted) */
  run(sql: string, binds?: readonly SqlValue[]): { readonly changes: number };
}

/** A SQLite statement with its values, as it stands in a log record. */
export interface StoredStatement {
  readonly sql: string;
  readonly binds: readonly SqlValue[];
}

/** A function for SQLite: any number of arguments, integers as bigint. */
export interface StorageFunction {
  readonly name: string;
  /** Lets SQLite compute a call on constants once, and allows it in indexes. */
  readonly deterministic: boolean;
  call(...args: SqlValue[]): SqlValue;
}

/** An aggregate for SQLite; with `inverse` it serves moving window frames too. */
export interface StorageAggregate<State = unknown> {
  readonly name: string;
  start(): State;
  step(state: State, ...args: SqlValue[]): State;
  inverse?(state: State, ...args: SqlValue[]): State;
  result(state: State): SqlValue;
}
