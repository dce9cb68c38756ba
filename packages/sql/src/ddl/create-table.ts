import { ObError } from '@sealane/errors';
import type { CreateTableStatement } from '../ast.ts';
import { putRelation, type StoredTable } from '../catalog-rows.ts';
import type { ExecutionContext, PlanEnvironment } from '../plan.ts';
import { checkExpressions } from './check-expressions.ts';
import { type Compiled, done, isOn, nowMs, sessionRules } from './compiled.ts';
import { checkName, type Place, placeOf, refuseSystemTable, refuseVirtual, tableAt } from './names.ts';
import type { SelectPlanner } from './select-planner.ts';
import { tableStatements } from './sqlite-schema.ts';
import { type SelectedColumns, tableDefinition } from './table-definition.ts';

export function createTable(
  statement: CreateTableStatement,
  text: string,
  context: ExecutionContext,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): Compiled {
  const place = newPlace(statement, context);
  if (place === undefined) return done([]);
  const table = settleTable(statement, text, context, place);
  checkExpressions(table, context, environment, planner);
  return store(table);
}

/** The table as the statement and, where there is one, its SELECT define it. */
export function settleTable(
  statement: CreateTableStatement,
  text: string,
  context: ExecutionContext,
  place: Place,
  selected: SelectedColumns = [],
): StoredTable {
  const { catalog } = context;
  const database = catalog.database(place.database);
  if (database === undefined) throw new ObError('OB_ERR_BAD_DATABASE', [place.database]);
  const { charset, collation } = database;
  const settled = {
    catalog,
    place,
    text,
    rules: sessionRules(context),
    foreignKeyChecks: isOn(context, 'foreign_key_checks'),
    defaults: { charset, collation },
    nowMs: nowMs(context),
  };
  return tableDefinition(statement, settled, selected);
}

/** Copies columns and indexes; not foreign keys, as in MySQL. */
export function createTableLike(statement: CreateTableStatement, context: ExecutionContext): Compiled {
  const place = newPlace(statement, context);
  if (place === undefined || statement.like === undefined) return done([]);
  const model = tableAt(placeOf(statement.like, context), context.catalog);
  return store({ ...model, ...place, foreignKeys: [], autoIncrementStart: 1n, createdAtMs: nowMs(context) });
}

/** @returns undefined if the table is there and that is no error. @throws 1050, 1235 for TEMPORARY */
export function newPlace(statement: CreateTableStatement, context: ExecutionContext): Place | undefined {
  if (statement.temporary) throw new ObError('OB_NOT_SUPPORTED', ['CREATE TEMPORARY TABLE']);
  const place = placeOf(statement.table, context);
  checkName('table', place.name);
  refuseVirtual(place.database, context.session);
  refuseSystemTable(place);
  if (context.catalog.relation(place.database, place.name) === undefined) return place;
  const error = new ObError('OB_ERR_TABLE_EXIST', [place.name]);
  if (!statement.ifNotExists) throw error;
  context.warn('Note', error.errno, error.message);
  return undefined;
}

export function store(table: StoredTable): Compiled {
  return done([...tableStatements(table), putRelation(table)]);
}
