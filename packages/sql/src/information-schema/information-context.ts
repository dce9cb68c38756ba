import type { Catalog, RelationDefinition, ViewDefinition } from '../catalog.ts';
import type { ResultColumn } from '../result.ts';
import type { SessionState } from '../session-state.ts';
import type { CellValue, SqlHandle } from '../values.ts';
import type { VirtualTableDefinition } from '../virtual-table.ts';

/** What the rows are made of. */
export interface InformationContext {
  readonly catalog: Catalog;
  readonly session: SessionState;
  virtualTables(): readonly VirtualTableDefinition[];
  variable(name: string, scope: 'session' | 'global'): CellValue | undefined;
  /** A view's columns, by planning its SELECT; none where it can't be planned any more. */
  viewColumns(view: ViewDefinition): readonly ResultColumn[];
  /** The tenant's file, for what was granted; nothing is without it. */
  readonly handle?: SqlHandle;
  /** What the session may see; left out: everything. */
  readonly visibility?: Visibility;
  /** How many rows a table has, where that is known. */
  rowCount?(database: string, table: string): bigint | undefined;
}

/** Names that a session may know of, since it has some privilege on them. */
export interface Visibility {
  database(name: string): boolean;
  relation(database: string, name: string): boolean;
  column(database: string, relation: string, column: string): boolean;
  /** Whether it may read a view's SELECT, as SHOW CREATE VIEW shows it. */
  viewText(database: string, view: string): boolean;
  /** Whether it may read everybody's grants. */
  readsAccounts(): boolean;
}

/** All stored tables and views, in order of their names. */
export function allRelations(catalog: Catalog): readonly RelationDefinition[] {
  return catalog.databases().flatMap((database) => catalog.relations(database.name));
}
