import type { InsertEvent, RowEvent } from './row-event.ts';
import { quoteName, type TableShape } from './table-shape.ts';
import type { SqlHandle, SqlValue } from './values.ts';

/**
 * Which rows with keys that fold case were there before a transaction: what a reader sees, and on top of it what
 * the earlier transactions of the same round did.
 */
export class FoldedKeys {
  readonly #reader: SqlHandle;
  /** By table and folded key; for keys that a kept transaction of the round touched. */
  readonly #there = new Map<string, boolean>();
  /** Of the transaction that is under way. */
  #pending = new Map<string, boolean>();

  constructor(reader: SqlHandle) {
    this.#reader = reader;
  }

  wasThere(event: InsertEvent, shape: TableShape): boolean {
    return this.#there.get(addressOf(event, shape)) ?? this.#isCommitted(event, shape);
  }

  /** What the transaction that is under way did, told anew each time. */
  note(events: readonly { readonly event: RowEvent; readonly shape: TableShape }[]): void {
    this.#pending = new Map(
      events.map(({ event, shape }) => [addressOf(event, shape), event.op !== 'delete']),
    );
  }

  keep(): void {
    for (const [address, there] of this.#pending) this.#there.set(address, there);
    this.#pending.clear();
  }

  drop(): void {
    this.#pending.clear();
  }

  #isCommitted(event: InsertEvent, shape: TableShape): boolean {
    // A table that this transaction made wasn't there.
    const table = this.#reader.all('SELECT 1 FROM sqlite_schema WHERE name = ?', [shape.name]);
    if (table.length === 0) return false;
    const matches = shape.keyColumns.map((column) => `${quoteName(shape.columns[column] ?? '')} = ?`);
    const sql = `SELECT 1 FROM ${quoteName(shape.name)} WHERE ${matches.join(' AND ')}`;
    const key = shape.keyColumns.map((column) => event.new[column] ?? null);
    return this.#reader.all(sql, key).length > 0;
  }
}

/** Equal for rows whose keys are equal to SQLite. */
export function foldedKey(event: RowEvent, shape: TableShape): string {
  const row = event.op === 'insert' ? event.new : event.old;
  return JSON.stringify(
    shape.keyColumns.map((column) => keyPart(row[column] ?? null, shape.foldedKeyColumns.includes(column))),
  );
}

function addressOf(event: RowEvent, shape: TableShape): string {
  return `${shape.name}\n${foldedKey(event, shape)}`;
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
