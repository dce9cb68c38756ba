import type { ExecutionContext } from '../plan.ts';
import type { ResultColumn } from '../result.ts';
import type { SqlType } from '../sql-type.ts';
import type { PlannedQuery } from '../translate/query-plan.ts';
import type { CellValue } from '../values.ts';

export type Rows = readonly (readonly CellValue[])[];

const text = { charset: 'utf8mb4', collation: 'utf8mb4_general_ci' } as const;

export const bigint: SqlType = { name: 'bigint', length: 21 };
export const longText: SqlType = { name: 'longtext', ...text };

export function varchar(length: number): SqlType {
  return { name: 'varchar', length, ...text };
}

/** A column that no table has. */
export function titled(name: string, type: SqlType): ResultColumn {
  return { database: '', table: '', originalTable: '', name, originalName: '', type, nullable: true };
}

/** A query whose rows are made here, not read from SQLite. */
export function ownRows(
  columns: readonly ResultColumn[],
  rows: (context: ExecutionContext) => Rows,
  readsTables = false,
): PlannedQuery {
  return {
    kind: 'query',
    readsTables,
    virtualTables: [],
    locking: false,
    weakRead: false,
    columns: () => columns,
    run: (context) => ({ kind: 'rows', columns, rows: rows(context) }),
  };
}

/** No rows, under these titles, all texts but those that end with `#`; `~` stands for a space in a title. */
export function noRows(titles: string): PlannedQuery {
  const columns = titles
    .split(' ')
    .map((title) => title.replaceAll('~', ' '))
    .map((title) => (title.endsWith('#') ? titled(title.slice(0, -1), bigint) : titled(title, varchar(64))));
  return ownRows(columns, () => []);
}
