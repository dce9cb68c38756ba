/** Which rule a row broke. `primary-key` and `unique` are told apart, as MySQL names the key in its message. */
export type ConstraintKind = 'primary-key' | 'unique' | 'not-null' | 'foreign-key' | 'check';

export interface ConstraintFailure {
  readonly kind: ConstraintKind;
  /** The SQLite table, `d.t`; undefined for a foreign key, where SQLite doesn't tell. */
  readonly table: string | undefined;
  /** Columns of the key that was there already, or the column that may not be NULL. */
  readonly columns: readonly string[];
  /** The SQLite index, `d.t.i`, where its columns are expressions. */
  readonly index: string | undefined;
}

/**
 * What SQLite answered. `code`, `errcode` and `errstr` are those of node:sqlite; `message` is
 * SQLite's own. Whoever knows the MySQL schema makes MySQL's error of `constraint`.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code = 'ERR_SQLITE_ERROR';
  /** SQLite's extended result code, for instance 2067 for SQLITE_CONSTRAINT_UNIQUE. */
  readonly errcode: number;
  readonly errstr: string;
  readonly constraint: ConstraintFailure | undefined;

  constructor(
    message: string,
    facts: { errcode: number; errstr: string; constraint?: ConstraintFailure | undefined; cause?: unknown },
  ) {
    super(message, { cause: facts.cause });
    this.errcode = facts.errcode;
    this.errstr = facts.errstr;
    this.constraint = facts.constraint;
  }

  /** True for a full disk (SQLITE_FULL) and for a failing one (SQLITE_IOERR). */
  get diskFailed(): boolean {
    const primary = this.errcode & 0xff;
    return primary === sqliteFull || primary === sqliteIoError;
  }
}

/** Bytes that are no log record or changeset. Entries have checksums: whoever made this one was wrong, or another version. */
export class MalformedRecordError extends Error {
  override readonly name = 'MalformedRecordError';
}

/** Copies differ where they must not: this replica can't go on, its data needs looking at. */
export class DivergenceError extends Error {
  override readonly name = 'DivergenceError';
}

/**
 * Makes a StorageError of what node:sqlite threw.
 *
 * @param isTable  whether there is a SQLite table of that name: names and columns may hold dots
 * @returns the error itself when it isn't SQLite's: a function's own error
 */
export function toStorageError(error: unknown, isTable: (name: string) => boolean): unknown {
  if (!isSqliteError(error)) return error;
  const { errcode, errstr } = error;
  const constraint = constraintOf(errcode, error.message, isTable);
  return new StorageError(error.message, { errcode, errstr, constraint, cause: error });
}

function isSqliteError(error: unknown): error is Error & { errcode: number; errstr: string } {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
}

function constraintOf(
  errcode: number,
  message: string,
  isTable: (name: string) => boolean,
): ConstraintFailure | undefined {
  const kind = constraintKinds.get(errcode);
  if (kind === undefined) return undefined;
  const named = message.slice(message.indexOf(': ') + 2);
  if (kind === 'foreign-key' || kind === 'check') {
    return { kind, table: undefined, columns: [], index: kind === 'check' ? named : undefined };
  }
  const index = /^index '(.*)'$/s.exec(named)?.[1];
  if (index !== undefined) return { kind, table: undefined, columns: [], index };
  const table = tableIn(named, isTable);
  if (table === undefined) return { kind, table, columns: [], index: undefined };
  const columns = named
    .split(`, ${table}.`)
    .map((part, at) => (at === 0 ? part.slice(table.length + 1) : part));
  return { kind, table, columns, index: undefined };
}

/** `d.t.c, d.t.e` names the table `d.t`: the first beginning up to a dot that is a table. */
function tableIn(named: string, isTable: (name: string) => boolean): string | undefined {
  for (let dot = named.indexOf('.'); dot !== -1; dot = named.indexOf('.', dot + 1)) {
    if (isTable(named.slice(0, dot))) return named.slice(0, dot);
  }
  return undefined;
}

const sqliteIoError = 10;
const sqliteFull = 13;

/** Extended result codes. Source: https://sqlite.org/rescode.html */
const constraintKinds: ReadonlyMap<number, ConstraintKind> = new Map([
  [275, 'check'],
  [787, 'foreign-key'],
  [1299, 'not-null'],
  [1555, 'primary-key'],
  [2067, 'unique'],
  [2579, 'primary-key'],
]);
