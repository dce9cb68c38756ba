import type { DeleteEvent, InsertEvent, RowEvent, UpdateEvent } from './row-event.ts';
import { DivergenceError } from './storage-error.ts';
import { quoteName, type TableShape, type TableShapes } from './table-shape.ts';
import type { SqlHandle, SqlValue } from './values.ts';

/**
 * Puts the rows of one transaction into a copy that is as the original was before it. Call it inside
 * of a transaction with foreign keys off: what they did is among the events.
 *
 * Events come in the order of a hash table, so any order must do. First every row leaves that is
 * deleted or whose new values could meet another row's old ones in a UNIQUE index; then rows change in
 * place; then rows enter. No step can hit a row that a later step would have moved away.
 *
 * @returns the tables that have events
 * @throws DivergenceError when an event doesn't hit exactly one row
 */
export function applyRows(events: Iterable<RowEvent>, handle: SqlHandle, shapes: TableShapes): Set<string> {
  const tables = new Set<string>();
  const entering: { shape: TableShape; row: readonly SqlValue[] }[] = [];
  const changing: { shape: TableShape; event: UpdateEvent }[] = [];
  for (const event of events) {
    tables.add(event.table);
    const shape = shapeFor(event, shapes);
    if (event.op === 'delete') removeRow(shape, event, handle);
    else if (event.op === 'insert') entering.push({ shape, row: event.new });
    else if (changesInPlace(shape, event)) changing.push({ shape, event });
    else entering.push({ shape, row: takeOut(shape, event, handle) });
  }
  for (const { shape, event } of changing) updateRow(shape, event, handle);
  for (const { shape, row } of entering) insertRow(shape, row, handle);
  return tables;
}

function shapeFor(event: RowEvent, shapes: TableShapes): TableShape {
  const shape = shapes.of(event.table);
  if (shape === undefined) throw new DivergenceError(`there is no table "${event.table}" to ${event.op} in`);
  const width = event.op === 'delete' ? event.old.length : event.new.length;
  if (width === shape.columns.length) return shape;
  throw new DivergenceError(
    `table "${event.table}" has ${shape.columns.length} columns here, and ${width} where its rows come from`,
  );
}

function changesInPlace(shape: TableShape, event: UpdateEvent): boolean {
  return event.new.every(
    (value, column) =>
      value === undefined || !(shape.uniqueColumns.has(column) || shape.keyColumns.includes(column)),
  );
}

function removeRow(shape: TableShape, event: DeleteEvent, handle: SqlHandle): void {
  const { changes } = handle.run(deleteSql(shape), keyOf(shape, event.old));
  if (changes !== 1) throw missed(event, changes);
}

/** Takes the row away. @returns it with its new values */
function takeOut(shape: TableShape, event: UpdateEvent, handle: SqlHandle): readonly SqlValue[] {
  const key = keyOf(shape, event.old);
  const [row, ...more] = handle.all(selectSql(shape), key);
  if (row === undefined || more.length > 0) throw missed(event, more.length);
  const { changes } = handle.run(deleteSql(shape), key);
  if (changes !== 1) throw missed(event, changes);
  return row.map((value, column) => {
    const changed = event.new[column];
    return changed === undefined ? value : changed;
  });
}

function updateRow(shape: TableShape, event: UpdateEvent, handle: SqlHandle): void {
  const changed = [...event.new.keys()].filter((column) => event.new[column] !== undefined);
  if (changed.length === 0) return;
  const assignments = changed.map((column) => `${columnName(shape, column)} = ?`).join(', ');
  const values = changed.map((column) => event.new[column] ?? null);
  const { changes } = handle.run(
    `UPDATE ${quoteName(shape.name)} SET ${assignments} WHERE ${keyMatches(shape)}`,
    [...values, ...keyOf(shape, event.old)],
  );
  if (changes !== 1) throw missed(event, changes);
}

function insertRow(shape: TableShape, row: readonly SqlValue[], handle: SqlHandle): void {
  try {
    handle.run(shape.insertSql, row);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DivergenceError(`a row of "${shape.name}" can't be inserted: the copies differ (${reason})`, {
      cause: error,
    });
  }
}

function keyOf(shape: TableShape, row: InsertEvent['new'] | UpdateEvent['old']): SqlValue[] {
  return shape.keyColumns.map((column) => row[column] ?? null);
}

function keyMatches(shape: TableShape): string {
  return shape.keyColumns.map((column) => `${columnName(shape, column)} = ?`).join(' AND ');
}

function selectSql(shape: TableShape): string {
  return `SELECT ${shape.columns.map(quoteName).join(', ')} FROM ${quoteName(shape.name)} WHERE ${keyMatches(shape)}`;
}

function deleteSql(shape: TableShape): string {
  return `DELETE FROM ${quoteName(shape.name)} WHERE ${keyMatches(shape)}`;
}

function columnName(shape: TableShape, column: number): string {
  return quoteName(shape.columns[column] ?? '');
}

function missed(event: RowEvent, count: number): DivergenceError {
  return new DivergenceError(
    `${event.op} of a row of "${event.table}" hit ${count} rows instead of 1: the copies differ`,
  );
}
