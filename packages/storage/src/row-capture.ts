import type { Database } from './database.ts';
import type { InsertEvent } from './row-event.ts';
import { quoteName, type TableShape, type TableShapes } from './table-shape.ts';
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

  /** @returns undefined, and nothing is done, if this table's rows must be recorded */
  insert(table: string, sql: string, binds: readonly SqlValue[]): InsertEvent | undefined {
    const shape = this.#shapes.of(table);
    if (shape === undefined) return undefined;
    let known = this.#known.get(sql);
    if (known?.shape !== shape) {
      if (shape.keyColumns.length === 0 || shape.foldedKeyColumns.length > 0) return undefined;
      known = capturing(shape, sql);
      if (this.#known.size >= statementsMax) this.#known.clear();
      this.#known.set(sql, known);
    }
    const [row] = this.#database.all(known.sql, binds);
    if (row === undefined) throw new Error(`an insert into "${table}" answered no row`);
    return { op: 'insert', table, keyPlaces: known.keyPlaces, new: row };
  }
}

interface Capturing {
  readonly shape: TableShape;
  readonly sql: string;
  readonly keyPlaces: readonly number[];
}

function capturing(shape: TableShape, sql: string): Capturing {
  const keyPlaces = shape.columns.map((_, column) => shape.keyColumns.indexOf(column) + 1);
  return { shape, keyPlaces, sql: `${sql} RETURNING ${shape.columns.map(quoteName).join(', ')}` };
}
