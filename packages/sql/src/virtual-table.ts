import type { SqlType } from './sql-type.ts';
import type { CellValue } from './values.ts';

/**
 * A table without storage: `information_schema.*` (filled from the catalog, in this package) and
 * `oceanbase.*` (filled by the observer). When a statement names one, its rows are put into the
 * SQLite temporary table `temp."<database>.<name>"` before the statement runs.
 */
export interface VirtualTableDefinition {
  /** In lower case, as names are looked up: `oceanbase`, `information_schema`. */
  readonly database: string;
  /** As the original writes it: `GV$OB_LINKS`. Looked up without regard to case. */
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: SqlType; readonly nullable?: boolean }[];
}

/** The rows of one virtual table, cells in column order. */
export type VirtualRows = readonly (readonly CellValue[])[];
