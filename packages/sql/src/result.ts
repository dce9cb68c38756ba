import type { Warning } from './session-state.ts';
import type { SqlType } from './sql-type.ts';
import type { CellValue } from './values.ts';

/** What a statement answers: rows, or OK with counts. Errors are thrown as ObError. */
export type StatementResult = RowsResult | OkResult;

export interface RowsResult {
  readonly kind: 'rows';
  readonly columns: readonly ResultColumn[];
  /** Cells in column order, in the form of CellValue. */
  readonly rows: readonly (readonly CellValue[])[];
  /** Rows that follow, in pieces, where somebody reads them while the first are sent. Planning knows no such thing. */
  readonly rest?: FollowingRows;
}

/** Pieces of rows, to be taken once, as fast as whoever takes them likes. Throws what ended the statement. */
export interface FollowingRows extends AsyncIterable<readonly (readonly CellValue[])[]> {
  /** Nobody takes them (any more). Does nothing after their end. */
  cancel(): void;
}

export interface OkResult {
  readonly kind: 'ok';
  readonly affectedRows: bigint;
  /** The first generated key; 0 for none. */
  readonly lastInsertId: bigint;
  /** Such as `Rows matched: 1  Changed: 1  Warnings: 0`. */
  readonly info: string;
}

/** What a client is told of a column; `name` and `table` are the aliases. */
export interface ResultColumn {
  readonly database: string;
  readonly table: string;
  readonly originalTable: string;
  readonly name: string;
  readonly originalName: string;
  readonly type: SqlType;
  readonly nullable: boolean;
  readonly primaryKey?: boolean;
  readonly uniqueKey?: boolean;
  readonly multipleKey?: boolean;
  readonly autoIncrement?: boolean;
}

export type { Warning };
