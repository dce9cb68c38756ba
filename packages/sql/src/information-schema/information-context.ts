import type { Catalog, RelationDefinition, ViewDefinition } from '../catalog.ts';
import type { ResultColumn } from '../result.ts';
import type { SessionState } from '../session-state.ts';
import type { CellValue } from '../values.ts';
import type { VirtualTableDefinition } from '../virtual-table.ts';

/** What the rows are made of. */
export interface InformationContext {
  readonly catalog: Catalog;
  readonly session: SessionState;
  virtualTables(): readonly VirtualTableDefinition[];
  variable(name: string, scope: 'session' | 'global'): CellValue | undefined;
  /** A view's columns, by planning its SELECT; none where it can't be planned any more. */
  viewColumns(view: ViewDefinition): readonly ResultColumn[];
  /** How many rows a table has, where that is known. */
  rowCount?(database: string, table: string): bigint | undefined;
}

/** All stored tables and views, in order of their names. */
export function allRelations(catalog: Catalog): readonly RelationDefinition[] {
  return catalog.databases().flatMap((database) => catalog.relations(database.name));
}
