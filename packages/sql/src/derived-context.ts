import type { Catalog } from './catalog.ts';
import type { ExecutionContext, PlanEnvironment } from './plan.ts';
import type { CellValue } from './values.ts';

/** The same context for a part of a statement that has parameters of its own. */
export function withParameters(
  context: ExecutionContext,
  parameters: readonly CellValue[],
): ExecutionContext {
  return {
    handle: context.handle,
    catalog: context.catalog,
    session: context.session,
    parameters,
    nowUs: context.nowUs,
    variable: (name, scope) => context.variable(name, scope),
    nextAutoIncrement: (database, table, count) => context.nextAutoIncrement(database, table, count),
    observeAutoIncrement: (database, table, value) => context.observeAutoIncrement(database, table, value),
    warn: (level, errno, message) => context.warn(level, errno, message),
  };
}

/** The same environment with the catalog of now. */
export function withCatalog(environment: PlanEnvironment, catalog: Catalog): PlanEnvironment {
  return {
    catalog,
    session: environment.session,
    virtualTable: (database, name) => environment.virtualTable(database, name),
    virtualTables: () => environment.virtualTables(),
    variable: (name, scope) => environment.variable(name, scope),
  };
}

/** The environment in which texts of the catalog are read: without modes of SQL. */
export function withoutSqlMode(environment: PlanEnvironment): PlanEnvironment {
  return {
    catalog: environment.catalog,
    session: environment.session,
    virtualTable: (database, name) => environment.virtualTable(database, name),
    virtualTables: () => environment.virtualTables(),
    variable: (name, scope) => (name === 'sql_mode' ? '' : environment.variable(name, scope)),
  };
}
