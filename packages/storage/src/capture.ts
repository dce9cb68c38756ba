import { changedTables, decodeChangeset, encodeChangeset } from './changeset.ts';
import { type FoldedKeys, foldedKey } from './folded-keys.ts';
import type { DeleteEvent, InsertEvent, RowEvent, UpdateEvent } from './row-event.ts';
import type { TableShape, TableShapes } from './table-shape.ts';

/**
 * Mends what SQLite records for keys that are compared without regard to case. It tells rows apart by
 * the bytes of their key, but looks at their end state by the key's collation; so for `a` that became `A`
 * it tells of an update of `a` and of an insert of `A`, and for one that went there and back of an insert of `a`.
 *
 * @param before  what was there before the transaction; it is told what the transaction did
 * @returns the changeset itself where no table has such a key
 */
export function mendFoldedKeys(changeset: Uint8Array, shapes: TableShapes, before: FoldedKeys): Uint8Array {
  const folded = (table: string) => (shapes.of(table)?.foldedKeyColumns.length ?? 0) > 0;
  before.note([]);
  if (![...changedTables(changeset)].some(folded)) return changeset;
  const mended: RowEvent[] = [];
  const noted: { event: RowEvent; shape: TableShape }[] = [];
  for (const ofTable of groupBy([...decodeChangeset(changeset)], (event) => event.table)) {
    const shape = ofTable[0] === undefined ? undefined : shapes.of(ofTable[0].table);
    if (shape === undefined || shape.foldedKeyColumns.length === 0) {
      mended.push(...ofTable);
      continue;
    }
    const events = mendTable(ofTable, shape, before);
    mended.push(...events);
    noted.push(...events.map((event) => ({ event, shape })));
  }
  before.note(noted);
  return encodeChangeset(mended);
}

function mendTable(events: readonly RowEvent[], shape: TableShape, before: FoldedKeys): RowEvent[] {
  return groupBy(events, (event) => foldedKey(event, shape)).flatMap((ofRow): RowEvent[] => {
    // A row that was there is told once, by its old spelling; what else is told of it are echoes.
    const known = ofRow.find((event): event is UpdateEvent | DeleteEvent => event.op !== 'insert');
    if (known !== undefined) return [known];
    // An insert of a row that was there before: it came back to what it was.
    const inserted = ofRow.find((event): event is InsertEvent => event.op === 'insert');
    return inserted === undefined || before.wasThere(inserted, shape) ? [] : [inserted];
  });
}

function groupBy(events: readonly RowEvent[], key: (event: RowEvent) => string): RowEvent[][] {
  return [...Map.groupBy(events, key).values()];
}
