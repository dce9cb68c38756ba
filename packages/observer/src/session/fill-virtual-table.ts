import {
  type CellValue,
  type SessionState,
  type SqlHandle,
  type SqlValue,
  type Store,
  sqliteColumn,
  storeRules,
  toStored,
  type VirtualRows,
  type VirtualTableDefinition,
} from '@sealane/sql';

/** Puts rows into `temp."<database>.<name>"`, in the forms in which stored tables hold them. */
export function fillVirtualTable(
  handle: SqlHandle,
  definition: VirtualTableDefinition,
  rows: VirtualRows,
  session: SessionState,
): void {
  const name = quote(`${definition.database}.${definition.name}`);
  const columns = definition.columns.map((column) => `${quote(column.name)} ${sqliteColumn(column.type)}`);
  handle.run(`CREATE TEMP TABLE IF NOT EXISTS ${name} (${columns.join(', ')})`);
  handle.run(`DELETE FROM temp.${name}`);
  const places = definition.columns.map(() => '?').join(', ');
  const insert = `INSERT INTO temp.${name} VALUES (${places})`;
  for (const row of rows) {
    handle.run(
      insert,
      definition.columns.map((column, index) => storedCell(column, row[index] ?? null, session)),
    );
  }
}

function storedCell(
  { name, type }: VirtualTableDefinition['columns'][number],
  cell: CellValue,
  session: SessionState,
): SqlValue {
  const store: Store = {
    rules: lenient,
    timeZone: String(session.variables['time_zone'] ?? 'SYSTEM'),
    column: name,
    row: 1,
    warn: () => undefined,
  };
  return toStored(type, cell, store);
}

/** A view's cell that is too long for its column is cut: better than no answer at all. */
const lenient = storeRules('');

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
