import type { Database } from './database.ts';
import type { InsertEvent } from './row-event.ts';
import { type Affinity, quoteName, type TableShape, type TableShapes } from './table-shape.ts';
import type { SqlValue } from './values.ts';

/** Statements whose text with RETURNING is kept. */
const statementsMax = 500;

/**
 * Inserts rows and tells them as they are stored, after SQLite's conversions: the same event that a recording would tell,
 * for a fifth of what it costs. For tables whose changes need no mending (see capture.ts).
 */
export class RowCapture {
  readonly #database: Database;
  readonly #shapes: TableShapes;
  readonly #known = new Map<string, Capturing>();

  constructor(database: Database, shapes: TableShapes) {
    this.#database = database;
    this.#shapes = shapes;
  }

  /**
   * @param columns  those that `binds` are for, where the caller knows: what SQLite stores as it is given needn't be asked for
   * @returns undefined, and nothing is done, if this table's rows must be recorded
   */
  insert(
    table: string,
    sql: string,
    binds: readonly SqlValue[],
    columns?: readonly string[],
  ): InsertEvent | undefined {
    const shape = this.#shapes.of(table);
    if (shape === undefined) return undefined;
    let known = this.#known.get(sql);
    if (known?.shape !== shape) {
      if (shape.keyColumns.length === 0 || shape.foldedKeyColumns.length > 0) return undefined;
      known = capturing(shape, sql, columns);
      if (this.#known.size >= statementsMax) this.#known.clear();
      this.#known.set(sql, known);
    }
    return { op: 'insert', table, keyPlaces: known.keyPlaces, new: this.#insert(known, table, sql, binds) };
  }

  /** Undoes an insert of a row that nobody refers to. @returns whether it was there */
  remove({ table, new: row }: InsertEvent): boolean {
    const shape = this.#shapes.of(table);
    if (shape === undefined) return false;
    const matches = shape.keyColumns.map((column) => `${quoteName(shape.columns[column] ?? '')} = ?`);
    const sql = `DELETE FROM ${quoteName(table)} WHERE ${matches.join(' AND ')}`;
    const key = shape.keyColumns.map((column) => row[column] ?? null);
    return this.#database.run(sql, key).changes === 1;
  }

  #insert(known: Capturing, table: string, sql: string, binds: readonly SqlValue[]): readonly SqlValue[] {
    const given = storedAsGiven(known, binds);
    if (given !== undefined) {
      this.#database.control(sql, binds);
      return given;
    }
    const [row] = this.#database.all(known.sql, binds);
    if (row === undefined) throw new Error(`an insert into "${table}" answered no row`);
    return row;
  }
}

/** @returns the row, if SQLite will neither convert nor fill in any of its values */
function storedAsGiven({ shape, bound }: Capturing, binds: readonly SqlValue[]): SqlValue[] | undefined {
  if (bound === undefined) return undefined;
  const row: SqlValue[] = [];
  for (let column = 0; column < bound.length; column++) {
    const value = binds[bound[column] as number];
    if (value === undefined || !isKept(value, shape.affinities[column], shape.keyColumns.includes(column)))
      return undefined;
    row.push(value);
  }
  return row;
}

/** Source: https://sqlite.org/datatype3.html#type_affinity */
function isKept(value: SqlValue, affinity: Affinity | undefined, isKey: boolean): boolean {
  // For a key of integers SQLite finds a number itself.
  if (value === null) return !isKey;
  switch (typeof value) {
    case 'bigint':
      return affinity === 'INTEGER' || affinity === 'BLOB' || affinity === 'NUMERIC';
    case 'string':
      return (affinity === 'TEXT' || affinity === 'BLOB') && value.isWellFormed() && !value.includes('\0');
    case 'number':
      // There is no NaN, and no sign of zero.
      return (affinity === 'REAL' || affinity === 'BLOB') && Number.isFinite(value) && value !== 0;
    default:
      return true;
  }
}

interface Capturing {
  readonly shape: TableShape;
  readonly sql: string;
  readonly keyPlaces: readonly number[];
  /** For each column of the table its place among the bound values; undefined where one has none, or nobody knows. */
  readonly bound: readonly number[] | undefined;
}

function capturing(shape: TableShape, sql: string, columns: readonly string[] | undefined): Capturing {
  const bound = columns && shape.columns.map((column) => columns.indexOf(column));
  const keyPlaces = shape.columns.map((_, column) => shape.keyColumns.indexOf(column) + 1);
  return {
    shape,
    keyPlaces,
    sql: `${sql} RETURNING ${shape.columns.map(quoteName).join(', ')}`,
    bound: bound?.includes(-1) ? undefined : bound,
  };
}
