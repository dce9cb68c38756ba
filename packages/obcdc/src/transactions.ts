import { type CellValue, fromStored, type TableDefinition } from '@sealane/sql';
import type {
  ApplyWatcher,
  RowEvent,
  SqlHandle,
  SqlValue,
  TypedStatement,
  UpdateEvent,
} from '@sealane/storage';
import { wholeEntry } from './position.ts';
import type { ChangeRecord, Position, RowRecord } from './record.ts';
import { createText, type TableLayout, type Tables } from './tables.ts';

/** What was committed together. */
export interface Transaction {
  readonly position: Position;
  /** With begin and commit around them; empty where nothing of it is wanted. */
  readonly records: readonly ChangeRecord[];
}

export interface TransactionReaderOptions {
  readonly tenantId: number;
  readonly tenant: string;
  readonly tables: Tables;
  wantsTable(database: string, table: string): boolean;
  /** Of an entry that is being applied. */
  commitTimeUs(lsn: number): number;
}

/** Makes records of what entries do while they are applied: the copy has what the log leaves out. */
export class TransactionReader implements ApplyWatcher {
  readonly #options: TransactionReaderOptions;
  #lsn = 0;
  #ordinal = 0;
  #transactions: Transaction[] = [];
  /** Of the newest transaction of the entry. */
  #lastPosition: { ordinal: number } | undefined;
  /** Its rows are still to come. */
  #ddl: { readonly typed: TypedStatement | undefined; readonly made: readonly TableDefinition[] } | undefined;

  constructor(options: TransactionReaderOptions) {
    this.#options = options;
  }

  /** What was told since the last time, of whole entries. */
  take(): readonly Transaction[] {
    this.#endEntry();
    return this.#transactions.splice(0);
  }

  entry(lsn: number): void {
    this.#endEntry();
    this.#lsn = lsn;
    this.#ordinal = 0;
  }

  /** How many transactions share an entry is known behind the last one. */
  #endEntry(): void {
    if (this.#lastPosition !== undefined) this.#lastPosition.ordinal = wholeEntry;
    this.#lastPosition = undefined;
  }

  schemaChanged(typed: TypedStatement | undefined, handle: SqlHandle): void {
    this.#ddl = { typed, made: this.#options.tables.refresh(handle) };
  }

  rows(events: readonly RowEvent[], handle: SqlHandle): void {
    const ddl = this.#ddl;
    this.#ddl = undefined;
    if (ddl !== undefined) this.#tellDdl(ddl.typed, events.length > 0 ? ddl.made : []);
    if (ddl !== undefined && events.length === 0) return;
    const stamp = this.#stamp();
    const rows = events.flatMap((event) => this.#row(event, handle, stamp));
    this.#tell(
      stamp,
      rows.toSorted((a, b) => order[a.type] - order[b.type]),
    );
  }

  /** @param made  a table that is made with its rows: they follow, so that its text must not select them again */
  #tellDdl(typed: TypedStatement | undefined, made: readonly TableDefinition[]): void {
    const stamp = this.#stamp();
    const [table] = made;
    if (typed === undefined) {
      this.#tell(stamp, []);
      return;
    }
    const statement = table === undefined ? typed : { database: table.database, text: createText(table) };
    this.#tell(stamp, [{ type: 'ddl', ...stamp, ...statement }]);
  }

  #tell(stamp: Stamp, records: readonly ChangeRecord[]): void {
    const whole: readonly ChangeRecord[] =
      records.length === 0 ? [] : [{ type: 'begin', ...stamp }, ...records, { type: 'commit', ...stamp }];
    this.#transactions.push({ position: stamp.position, records: whole });
  }

  #stamp(): Stamp {
    this.#ordinal += 1;
    const { tenantId, tenant } = this.#options;
    const position = { tenantId, lsn: this.#lsn, ordinal: this.#ordinal };
    this.#lastPosition = position;
    return {
      tenant,
      transactionId: `${tenantId}_${this.#lsn}.${this.#ordinal}`,
      commitTimeUs: this.#options.commitTimeUs(this.#lsn),
      position,
    };
  }

  #row(event: RowEvent, handle: SqlHandle, stamp: Stamp): RowRecord[] {
    const layout = this.#options.tables.layoutOf(event.table, handle);
    if (layout === undefined) return [];
    const { table } = layout;
    if (!this.#options.wantsTable(table.database, table.name)) return [];
    const { before, after } = wholeRows(event, layout, handle);
    const shown = (row: readonly SqlValue[] | undefined) => row && shownRow(row, layout);
    return [{ type: event.op, ...stamp, table, before: shown(before), after: shown(after) }];
  }
}

type Stamp = Pick<ChangeRecord, 'tenant' | 'transactionId' | 'commitTimeUs' | 'position'>;

/** So that no row meets another one's old values in a UNIQUE index, as far as an order can see to that. */
const order = { delete: 0, update: 1, insert: 2 } as const;

interface WholeRows {
  readonly before: readonly SqlValue[] | undefined;
  readonly after: readonly SqlValue[] | undefined;
}

/** An update in the log has its key and what changed; the rest is in the copy, which is as it was before. */
function wholeRows(event: RowEvent, layout: TableLayout, handle: SqlHandle): WholeRows {
  switch (event.op) {
    case 'insert':
      return { before: undefined, after: event.new };
    case 'delete':
      return { before: event.old, after: undefined };
    case 'update': {
      const before = rowBefore(event, layout, handle);
      return { before, after: before.map((value, column) => changed(event.new[column], value)) };
    }
  }
}

function changed(value: SqlValue | undefined, before: SqlValue): SqlValue {
  return value === undefined ? before : value;
}

function rowBefore(event: UpdateEvent, layout: TableLayout, handle: SqlHandle): readonly SqlValue[] {
  const keys = event.keyPlaces.flatMap((place, column) => (place > 0 ? [column] : []));
  const condition = keys.map((column) => `${layout.sqliteColumns[column]} = ?`).join(' AND ');
  const [row] = handle.all(
    `SELECT ${layout.sqliteColumns.join(', ')} FROM ${layout.sqliteName} WHERE ${condition}`,
    keys.map((column) => event.old[column] ?? null),
  );
  // The copy differs: applying the event, which comes next, says so.
  return row ?? event.old.map((value) => value ?? null);
}

function shownRow(row: readonly SqlValue[], { table, places }: TableLayout): readonly CellValue[] {
  return table.columns.map(({ type }, at) => fromStored(type, row[places[at] ?? -1] ?? null, timeZone));
}

const timeZone = '+00:00';
