import type { PrivilegeName } from '../accounts/privilege-list.ts';
import type { RequiredPrivilege, WithinView } from '../accounts/required-privilege.ts';

export type WritePrivilege = Extract<PrivilegeName, 'INSERT' | 'UPDATE' | 'DELETE'>;

/** What a statement does to a table or view that it names: what privileges it needs. */
export interface TableUse {
  readonly database: string;
  readonly table: string;
  readonly privileges: readonly WritePrivilege[] | readonly ['SELECT'];
  /** Columns that are read or written, in lower case. */
  readonly columns: Set<string>;
  /** False where only columns need it: a table whose rows are only written has columns read by WHERE, or none. */
  always: boolean;
  /** `*` reads some of the columns. */
  starred: boolean;
  readonly within: WithinView | undefined;
}

/** Tables first, then what is a matter of columns alone, as MySQL looks. Tables of information_schema are everybody's. */
export function requirementsOf(uses: readonly TableUse[]): readonly RequiredPrivilege[] {
  return uses
    .toSorted((a, b) => Number(b.always) - Number(a.always))
    .filter(
      ({ database, always, columns }) => database !== 'information_schema' && (always || columns.size > 0),
    )
    .map(({ database, table, privileges, columns, always, starred, within }) => ({
      level: 'table',
      database,
      table,
      allOf: privileges,
      columns: [...columns],
      ...(always ? {} : { columnsOnly: true }),
      ...(starred ? { wholeRows: true } : {}),
      ...(within === undefined ? {} : { within }),
    }));
}
