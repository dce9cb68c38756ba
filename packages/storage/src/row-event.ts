import type { SqlValue } from './values.ts';

/** One row that a transaction changed. Values are in the order of the table's columns. */
export type RowEvent = InsertEvent | UpdateEvent | DeleteEvent;

interface RowEventBase {
  /** The SQLite table: `d.t`. */
  readonly table: string;
  /** For each column its place in the primary key, from 1 on; 0 when it isn't in it. */
  readonly keyPlaces: readonly number[];
}

export interface InsertEvent extends RowEventBase {
  readonly op: 'insert';
  readonly new: readonly SqlValue[];
}

/** The key, and the columns that changed; undefined stands for "the same as before". */
export interface UpdateEvent extends RowEventBase {
  readonly op: 'update';
  readonly old: readonly (SqlValue | undefined)[];
  /** A key column is there only where its spelling changed: `a` to `A` in a column that doesn't tell them apart. */
  readonly new: readonly (SqlValue | undefined)[];
}

export interface DeleteEvent extends RowEventBase {
  readonly op: 'delete';
  readonly old: readonly SqlValue[];
}
