import type { Catalog } from '../catalog.ts';
import type { SelectPlanner } from '../ddl/select-planner.ts';
import { withoutSqlMode } from '../derived-context.ts';
import type { InformationContext } from '../information-schema/information-context.ts';
import { informationSchemaRows } from '../information-schema/rows.ts';
import { catalogTables } from '../information-schema/tables.ts';
import type { ExecutionContext, PlanEnvironment } from '../plan.ts';
import type { PlannedQuery } from '../translate/query-plan.ts';
import { textOf } from '../types/store-rules.ts';
import { likeMatcher } from './like-matcher.ts';
import { ownRows, titled } from './own-rows.ts';
import type { ShowQuery } from './show-query.ts';

/**
 * The plan of a SHOW without a WHERE: rows of information_schema that are never put into a table. Only what
 * concerns the table or database that is asked for is made, which matters to dumps of many tables.
 * @returns undefined where a query is needed
 */
export function planDirectly(
  query: ShowQuery,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): PlannedQuery | undefined {
  const [schema, name = ''] = query.from.split('.');
  const table =
    schema === 'information_schema' ? catalogTables.find((each) => each.name === name) : undefined;
  if (table === undefined || query.condition !== undefined || query.where !== undefined) return undefined;
  const places = query.columns.map(([, column]) => table.columns.findIndex((each) => each.name === column));
  const columns = query.columns.flatMap(([title], at) => {
    const column = table.columns[places[at] ?? -1];
    return column === undefined ? [] : [titled(title, column.type)];
  });
  if (columns.length !== places.length) return undefined;
  const likeAt = query.columns.findIndex(([title]) => title === query.likeColumn);
  const like = query.like === undefined || likeAt < 0 ? undefined : likeMatcher(query.like);
  return ownRows(columns, (context) => {
    const rows = informationSchemaRows(name, within(query.of, context, environment, planner)) ?? [];
    const shown = rows.map((row) => places.map((place) => row[place] ?? null));
    return like === undefined ? shown : shown.filter((row) => like(textOf(row[likeAt] ?? '')));
  });
}

/** The context with only that database, or that table, in sight. */
function within(
  of: ShowQuery['of'],
  context: ExecutionContext,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): InformationContext {
  const { session, handle } = context;
  const visibility = context.visibility?.();
  return {
    handle,
    ...(visibility === undefined ? {} : { visibility }),
    catalog: of === undefined ? context.catalog : narrowed(of, context.catalog),
    session,
    virtualTables: () =>
      environment
        .virtualTables()
        .filter(
          ({ database, name }) =>
            of === undefined || (database === of.database && (of.table === undefined || name === of.table)),
        ),
    variable: (name, scope) => context.variable(name, scope),
    viewColumns: (view) => planner.resultColumns(view.text, withoutSqlMode(environment)),
  };
}

function narrowed({ database, table }: NonNullable<ShowQuery['of']>, catalog: Catalog): Catalog {
  const all = catalog.relations(database);
  const relations = table === undefined ? all : all.filter((relation) => relation.name === table);
  return {
    version: catalog.version,
    database: (name) => catalog.database(name),
    databases: () => catalog.databases().filter((each) => each.name === database),
    relation: (name, relation) => catalog.relation(name, relation),
    relations: (name) => (name === database ? relations : []),
  };
}
