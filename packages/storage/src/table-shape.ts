import type { SqlHandle } from './values.ts';

/** What applying rows must know of a SQLite table. */
export interface TableShape {
  readonly name: string;
  /** As in a changeset: generated columns are left out. */
  readonly columns: readonly string[];
  /** Positions in `columns`, in the order of the primary key. */
  readonly keyColumns: readonly number[];
  /** Key columns whose texts are equal without regard to case. */
  readonly foldedKeyColumns: readonly number[];
  /** What SQLite makes of values in each of `columns`. */
  readonly affinities: readonly Affinity[];
  /** INSERT of one row, with a value for each of `columns`. */
  readonly insertSql: string;
  /** Positions of columns that a UNIQUE index (other than the key) has; all of them where it has expressions. */
  readonly uniqueColumns: ReadonlySet<number>;
}

/** Source: https://sqlite.org/datatype3.html#determination_of_column_affinity */
export type Affinity = 'INTEGER' | 'TEXT' | 'BLOB' | 'REAL' | 'NUMERIC';

/** Shapes of the tables of one database; forget them when the schema changes. */
export class TableShapes {
  readonly #handle: SqlHandle;
  readonly #shapes = new Map<string, TableShape>();

  constructor(handle: SqlHandle) {
    this.#handle = handle;
  }

  /** @returns undefined if there is no such table */
  of(table: string): TableShape | undefined {
    let shape = this.#shapes.get(table);
    if (shape === undefined) {
      shape = readShape(this.#handle, table);
      if (shape !== undefined) this.#shapes.set(table, shape);
    }
    return shape;
  }

  forget(): void {
    this.#shapes.clear();
  }
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function readShape(handle: SqlHandle, table: string): TableShape | undefined {
  // hidden: 2 and 3 are generated columns. Source: https://sqlite.org/pragma.html#pragma_table_xinfo
  const rows = handle
    .all('SELECT name, pk, type FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid', [table])
    .map(([name, place, type]) => ({
      name: String(name),
      place: Number(place),
      affinity: affinityOf(String(type ?? '')),
    }));
  if (rows.length === 0) return undefined;
  const columns = rows.map((row) => row.name);
  const keyColumns = rows
    .map((row, position) => ({ position, place: row.place }))
    .filter(({ place }) => place > 0)
    .sort((a, b) => a.place - b.place)
    .map(({ position }) => position);
  return {
    name: table,
    columns,
    keyColumns,
    affinities: rows.map(({ affinity }) => affinity),
    insertSql: `INSERT INTO ${quoteName(table)} (${columns.map(quoteName).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    ...readIndexes(handle, table, columns),
  };
}

/** The first rule that fits, in SQLite's order. */
function affinityOf(type: string): Affinity {
  if (/INT/i.test(type)) return 'INTEGER';
  if (/CHAR|CLOB|TEXT/i.test(type)) return 'TEXT';
  if (type === '' || /BLOB/i.test(type)) return 'BLOB';
  return /REAL|FLOA|DOUB/i.test(type) ? 'REAL' : 'NUMERIC';
}

function readIndexes(handle: SqlHandle, table: string, columns: readonly string[]) {
  const rows = handle.all(
    `SELECT list.origin, info.name, info.coll FROM pragma_index_list(?) AS list, pragma_index_xinfo(list.name) AS info
     WHERE list."unique" AND info.key`,
    [table],
  );
  const foldedKeyColumns: number[] = [];
  const uniqueColumns = new Set<number>();
  for (const [origin, column, collation] of rows) {
    const position = columns.indexOf(String(column));
    if (origin === 'pk') {
      if (collation !== 'BINARY') foldedKeyColumns.push(position);
    } else if (position === -1) {
      for (const each of columns.keys()) uniqueColumns.add(each);
    } else {
      uniqueColumns.add(position);
    }
  }
  return { foldedKeyColumns, uniqueColumns };
}
