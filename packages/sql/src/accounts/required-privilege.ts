import type { Account } from './account-name.ts';
import type { PrivilegeName } from './privilege-list.ts';

/** One thing that a statement needs, before it runs. All of a statement's must be held. */
export type RequiredPrivilege =
  /** @see 1227 */
  | { readonly level: 'global'; readonly anyOf: readonly PrivilegeName[] }
  /** Empty: any privilege on the database or something in it. 1044 */
  | { readonly level: 'database'; readonly database: string; readonly anyOf: readonly PrivilegeName[] }
  | RequiredOnTable
  /** GRANT and REVOKE: what one gives, one has, with GRANT OPTION. 1045, 1044, 1142 */
  | {
      readonly level: 'grant';
      readonly database: string | undefined;
      readonly table: string | undefined;
      readonly privileges: readonly PrivilegeName[];
    }
  /** GRANT and REVOKE of roles: each WITH ADMIN OPTION, or SUPER. 1227 */
  | { readonly level: 'role-admin'; readonly roles: readonly Account[] };

export interface RequiredOnTable {
  readonly level: 'table';
  readonly database: string;
  readonly table: string;
  /** Empty: any privilege on the table or a column of it. */
  readonly allOf: readonly PrivilegeName[];
  /** Where the privilege isn't held on the table, it has to be held on each of these; on any column, where this is empty. */
  readonly columns: readonly string[];
  /** The table is named for something else already: what lacks is a column. */
  readonly columnsOnly?: true;
  /** Columns are named by `*`: who may not read all of them isn't told which there are. */
  readonly wholeRows?: true;
  /** What 1142 calls the command; otherwise the privileges that lack. */
  readonly command?: string;
  readonly within?: WithinView;
}

/** The view in whose SELECT a table is named. */
export interface WithinView {
  readonly database: string;
  readonly view: string;
  /** Whose privileges count there; undefined: those of whoever reads the view. */
  readonly definer: Account | undefined;
}
