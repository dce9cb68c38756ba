import {
  buildCatalog,
  type Catalog,
  catalogQuery,
  catalogTable,
  createTableText,
  type StoredTable,
  type TableDefinition,
  typeText,
} from '@sealane/sql';
import type { SqlHandle } from '@sealane/storage';
import type { CdcColumn, CdcTable } from './record.ts';

/** How the rows of a SQLite table become rows of a MySQL table. */
export interface TableLayout {
  readonly table: CdcTable;
  /** Quoted. */
  readonly sqliteName: string;
  /** Of the SQLite table, quoted: those that rows in the log have, in their order. */
  readonly sqliteColumns: readonly string[];
  /** For each of `table.columns` its place among them. */
  readonly places: readonly number[];
}

/** The schema of a tenant's copy, as of the entry that was applied last. */
export class Tables {
  readonly #handle: SqlHandle;
  readonly #layouts = new Map<string, TableLayout | undefined>();
  #definitions = new Map<string, TableDefinition>();

  constructor(handle: SqlHandle) {
    this.#handle = handle;
    this.refresh(handle);
  }

  /**
   * To be called after the schema changed.
   *
   * @param handle  sees the new one
   * @returns the tables that weren't there before
   */
  refresh(handle: SqlHandle): readonly TableDefinition[] {
    const before = this.#definitions;
    this.#definitions = new Map(tablesOf(readCatalog(handle)).map((table) => [sqliteNameOf(table), table]));
    this.#layouts.clear();
    return [...this.#definitions].filter(([name]) => !before.has(name)).map(([, table]) => table);
  }

  /** @returns undefined for a table of ours, which MySQL's clients don't see as one */
  layoutOf(sqliteName: string, handle: SqlHandle = this.#handle): TableLayout | undefined {
    if (!this.#layouts.has(sqliteName)) {
      const definition = this.#definitions.get(sqliteName);
      const layout = definition === undefined ? undefined : layoutOf(sqliteName, definition, handle);
      this.#layouts.set(sqliteName, layout);
    }
    return this.#layouts.get(sqliteName);
  }
}

/** The statement that makes the table, without its rows. */
export function createText(table: TableDefinition): string {
  return createTableText(table as StoredTable, 1n);
}

function readCatalog(handle: SqlHandle): Catalog | undefined {
  const found = handle.all('SELECT 1 FROM sqlite_schema WHERE name = ?', [catalogTable]);
  return found.length === 0 ? undefined : buildCatalog(handle.all(catalogQuery), 0);
}

function tablesOf(catalog: Catalog | undefined): TableDefinition[] {
  const databases = catalog?.databases() ?? [];
  return databases
    .flatMap(({ name }) => catalog?.relations(name) ?? [])
    .filter((relation) => relation.kind === 'table');
}

/** As packages/sql names the SQLite table of a MySQL table. */
function sqliteNameOf({ database, name }: TableDefinition): string {
  return `${database}.${name}`;
}

function layoutOf(sqliteName: string, definition: TableDefinition, handle: SqlHandle): TableLayout {
  // hidden: 2 and 3 are generated columns, which rows in the log don't have.
  const stored = handle
    .all('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid', [sqliteName])
    .map(([name]) => String(name));
  const shown = definition.columns.filter(
    (column) => column.hidden !== true && column.generated === undefined,
  );
  const columns = shown.map((column) => describe(column, definition));
  return {
    table: { database: definition.database, name: definition.name, columns },
    sqliteName: quote(sqliteName),
    sqliteColumns: stored.map(quote),
    places: columns.map(({ name }) => stored.findIndex((each) => each.toLowerCase() === name.toLowerCase())),
  };
}

function describe(column: TableDefinition['columns'][number], table: TableDefinition): CdcColumn {
  const same = (name: string) => name.toLowerCase() === column.name.toLowerCase();
  const key = table.primaryKey.some(same);
  const unique = table.indexes.some((index) => index.unique && index.columns.some(({ name }) => same(name)));
  const { name, type, nullable } = column;
  return { name, type, typeText: typeText(type), nullable, key, unique: key || unique };
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
