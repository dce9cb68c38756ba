import type { SqlType } from '../sql-type.ts';
import type { SqlValue } from '../values.ts';

/**
 * Values inside a SQLite expression ("value form"): integers are INTEGER (bigint), those above
 * 2^63-1 and DECIMAL are TEXT in MySQL's notation, FLOAT and DOUBLE are REAL (number), character
 * strings and JSON are TEXT, byte strings are BLOB, DATE, DATETIME, TIMESTAMP (in the session's
 * time zone) and TIME are TEXT in MySQL's notation, ENUM and SET are their text, BIT and YEAR are
 * INTEGER. A DECIMAL may come as INTEGER too when it has no fraction.
 */
export interface ScalarFunction {
  /** MySQL's name, in lower case. In SQLite it is called `sl_` + name. */
  readonly name: string;
  readonly arity: { readonly min: number; readonly max: number };
  /** True when the answer follows from the arguments alone. RAND() and SLEEP() are not: they run for each row. */
  readonly deterministic: boolean;
  /**
   * One answer for the whole statement when the arguments are constant, though it depends on the
   * session or the clock: NOW(), USER(), DATABASE(). It is computed once, before the statement runs.
   */
  readonly oncePerStatement?: boolean;
  /** NULL when any argument is NULL; `call` never sees NULL then. */
  readonly strict?: boolean;
  /**
   * Argument positions (`'all'`: each) that are numbers: character strings, dates and times given there are
   * turned into numbers before the call. A TEXT that arrives there is an exact number.
   */
  readonly numeric?: 'all' | readonly number[];
  readonly returns: SqlType | ((args: readonly FunctionArgument[]) => SqlType);
  /**
   * False when it never answers NULL of its own: a strict function then does only for an argument that is NULL,
   * another not even then. Default: NULL is possible.
   */
  readonly nullable?: boolean;
  /** @param types the arguments' static types, only where `typed` is set */
  call?(args: readonly SqlValue[], types: readonly SqlType[]): SqlValue;
  /** One call may take any time, and nothing can end it. */
  unbounded?(args: readonly FunctionArgument[]): boolean;
  /** `call` wants the static types of its arguments (costs a little for each row). */
  readonly typed?: boolean;
  /**
   * A SQLite expression instead of a call, `$1` … `$9` standing for arguments and `$*` for all, with commas;
   * undefined: use `call` for these types. With `call` missing it must answer.
   */
  sqlite?(args: readonly FunctionArgument[]): string | undefined;
}

/** What planning knows of an argument. */
export interface FunctionArgument {
  readonly type: SqlType;
  /** The value, where it is a literal. */
  readonly literal?: SqlValue;
}

/** A function as it is registered on a SQLite handle: any number of arguments, integers as bigint. */
export interface SqliteFunction {
  readonly name: string;
  /** Given to SQLite, which may then compute a call on constants once, and allow it in indexes and generated columns. */
  readonly deterministic: boolean;
  call(...args: SqlValue[]): SqlValue;
}

/**
 * An aggregate as it is registered on a SQLite handle. `inverse` takes a row out again, for window frames.
 * The state is never shared between groups.
 */
export interface SqliteAggregate<State = unknown> {
  readonly name: string;
  start(): State;
  step(state: State, ...args: SqlValue[]): State;
  inverse?(state: State, ...args: SqlValue[]): State;
  result(state: State): SqlValue;
}
