import { decodeChangeset, encodeChangeset } from './changeset.ts';
import type { DeleteEvent, InsertEvent, RowEvent, UpdateEvent } from './row-event.ts';
import { quoteName, type TableShape, type TableShapes } from './table-shape.ts';
import type { SqlHandle, SqlValue } from './values.ts';

/**
 * Mends what SQLite records for keys that are compared without regard to case. It tells rows apart by
 * the bytes of their key, but looks at their end state by the key's collation; so for `a` that became `A`
 * it tells of an update of `a` and of an insert of `A`, and for one that went there and back of an insert of `a`.
 *
 * @param before  a handle that sees the state before the transaction
 * @returns the changeset itself where no table has such a key
 */
export function mendFoldedKeys(changeset: Uint8Array, shapes: TableShapes, before: SqlHandle): Uint8Array {
  const events = [...decodeChangeset(changeset)];
  const folded = (event: RowEvent) => (shapes.of(event.table)?.foldedKeyColumns.length ?? 0) > 0;
  if (!events.some(folded)) return changeset;
  const mended: RowEvent[] = [];
  for (const ofTable of groupBy(events, (event) => event.table)) {
    const shape = ofTable[0] === undefined ? undefined : shapes.of(ofTable[0].table);
    if (shape === undefined || shape.foldedKeyColumns.length === 0) mended.push(...ofTable);
    else mended.push(...mendTable(ofTable, shape, before));
  }
  return encodeChangeset(mended);
}

function mendTable(events: readonly RowEvent[], shape: TableShape, before: SqlHandle): RowEvent[] {
  return groupBy(events, (event) => foldedKey(event, shape)).flatMap((ofRow): RowEvent[] => {
    // A row that was there is told once, by its old spelling; what else is told of it are echoes.
    const known = ofRow.find((event): event is UpdateEvent | DeleteEvent => event.op !== 'insert');
    if (known !== undefined) return [known];
    const inserted = ofRow.find((event): event is InsertEvent => event.op === 'insert');
    return inserted === undefined || wasThere(inserted, shape, before) ? [] : [inserted];
  });
}

/** An insert of a row that was there before: it came back to what it was. */
function wasThere(event: InsertEvent, shape: TableShape, before: SqlHandle): boolean {
  // A table that this transaction made wasn't there.
  if (before.all('SELECT 1 FROM sqlite_schema WHERE name = ?', [shape.name]).length === 0) return false;
  const matches = shape.keyColumns.map((column) => `${quoteName(shape.columns[column] ?? '')} = ?`);
  const sql = `SELECT 1 FROM ${quoteName(shape.name)} WHERE ${matches.join(' AND ')}`;
  return (
    before.all(
      sql,
      shape.keyColumns.map((column) => event.new[column] ?? null),
    ).length > 0
  );
}

/** Equal for rows whose keys are equal to SQLite. */
function foldedKey(event: RowEvent, shape: TableShape): string {
  const row = event.op === 'insert' ? event.new : event.old;
  return JSON.stringify(
    shape.keyColumns.map((column) => keyPart(row[column] ?? null, shape.foldedKeyColumns.includes(column))),
  );
}

function keyPart(value: SqlValue, folded: boolean): string {
  if (typeof value === 'string' && folded) return `s${foldAscii(value)}`;
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString('hex')}`;
  return `${typeof value}${value}`;
}

/** As SQLite's NOCASE does: the 26 letters of ASCII. */
function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function groupBy(events: readonly RowEvent[], key: (event: RowEvent) => string): RowEvent[][] {
  return [...Map.groupBy(events, key).values()];
}
