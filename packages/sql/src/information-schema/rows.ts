import type { VirtualRows } from '../virtual-table.ts';
import { columnRows } from './column-rows.ts';
import type { InformationContext } from './information-context.ts';
import { checkRows, constraintRows, keyRows, referentialRows, statisticsRows } from './key-rows.ts';
import {
  columnPrivilegeRows,
  schemaPrivilegeRows,
  tablePrivilegeRows,
  userPrivilegeRows,
} from './privilege-rows.ts';
import {
  applicabilityRows,
  charsetRows,
  collationRows,
  engineRows,
  pluginRows,
  variableRows,
} from './server-rows.ts';
import { partitionRows, tableRows, viewRows } from './table-rows.ts';
import { emptyTables } from './tables.ts';
import { visibleCatalog } from './visible-catalog.ts';

/**
 * The rows of a table of information_schema.
 * @param name in upper case
 * @returns undefined for PROCESSLIST and the STATUS tables, which the observer fills, and for what isn't one
 */
export function informationSchemaRows(name: string, context: InformationContext): VirtualRows | undefined {
  const fill = fillers[name];
  if (fill !== undefined) return fill(visibleContext(context));
  return emptyTables.some((table) => table.name === name) ? [] : undefined;
}

/** Only what the session may know of. */
function visibleContext(context: InformationContext): InformationContext {
  const { visibility } = context;
  if (visibility === undefined) return context;
  return {
    ...context,
    catalog: visibleCatalog(context.catalog, visibility),
    virtualTables: () =>
      context
        .virtualTables()
        .filter(({ database, name }) => visibility.relation(database, name.toLowerCase())),
  };
}

const fillers: Readonly<Record<string, (context: InformationContext) => VirtualRows>> = {
  SCHEMATA: ({ catalog }) =>
    catalog.databases().map(({ name, charset, collation }) => ['def', name, charset, collation, null]),
  TABLES: tableRows,
  COLUMNS: columnRows,
  STATISTICS: statisticsRows,
  KEY_COLUMN_USAGE: keyRows,
  TABLE_CONSTRAINTS: constraintRows,
  REFERENTIAL_CONSTRAINTS: referentialRows,
  CHECK_CONSTRAINTS: checkRows,
  VIEWS: viewRows,
  PARTITIONS: partitionRows,
  CHARACTER_SETS: charsetRows,
  COLLATIONS: collationRows,
  COLLATION_CHARACTER_SET_APPLICABILITY: applicabilityRows,
  ENGINES: engineRows,
  PLUGINS: pluginRows,
  USER_PRIVILEGES: userPrivilegeRows,
  SCHEMA_PRIVILEGES: schemaPrivilegeRows,
  TABLE_PRIVILEGES: tablePrivilegeRows,
  COLUMN_PRIVILEGES: columnPrivilegeRows,
  GLOBAL_VARIABLES: (context) => variableRows('global', context),
  SESSION_VARIABLES: (context) => variableRows('session', context),
};
