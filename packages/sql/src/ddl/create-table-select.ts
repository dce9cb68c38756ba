import { ObError } from '@sealane/errors';
import type { CreateTableStatement } from '../ast.ts';
import type { Catalog, ColumnDefinition } from '../catalog.ts';
import type { StoredTable } from '../catalog-rows.ts';
import { withCatalog } from '../derived-context.ts';
import type { DmlPlan, ExecutionContext, PlanEnvironment } from '../plan.ts';
import type { ResultColumn } from '../result.ts';
import type { SqlType } from '../sql-type.ts';
import { quoteName } from '../types/type-text.ts';
import { checkExpressions } from './check-expressions.ts';
import { type Compiled, done } from './compiled.ts';
import { newPlace, settleTable, store } from './create-table.ts';
import { sameName } from './names.ts';
import type { SelectPlanner } from './select-planner.ts';

/** Makes the table from what the SELECT answers; its rows follow as DML of their own. */
export function createTableSelect(
  statement: CreateTableStatement,
  text: string,
  context: ExecutionContext,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): Compiled {
  const place = newPlace(statement, context);
  if (place === undefined || statement.query === undefined) return done([]);
  const query = text.slice(statement.query.start, statement.query.end);
  const current = withCatalog(environment, context.catalog);
  const columns = planner.resultColumns(query, current).map((column) => columnOf(column, context.catalog));
  const table = settleTable(statement, text, context, place, columns);
  checkExpressions(table, context, environment, planner);
  const compiled = store(table);
  // biome-ignore lint/suspicious/noThenProperty: DdlPlan calls it so, and it is no function.
  return { ...compiled, then: insertion(statement, table, columns, query, current, planner) };
}

function insertion(
  statement: CreateTableStatement,
  table: StoredTable,
  columns: readonly ColumnDefinition[],
  query: string,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): DmlPlan {
  const target = `${quoteName(table.database)}.${quoteName(table.name)}`;
  const names = columns.map((column) => quoteName(column.name)).join(', ');
  const insert = `${verbOf(statement)} INTO ${target} (${names}) ${query}`;
  const select = planner.plan(query, environment);
  return {
    kind: 'dml',
    virtualTables: select.kind === 'query' ? select.virtualTables : [],
    run: (context) => {
      const plan = planner.plan(insert, withCatalog(environment, context.catalog));
      if (plan.kind !== 'dml') throw new ObError('OB_NOT_SUPPORTED', ['CREATE TABLE with this SELECT']);
      return plan.run(context);
    },
  };
}

function verbOf({ onDuplicate }: CreateTableStatement): string {
  if (onDuplicate === 'REPLACE') return 'REPLACE';
  return onDuplicate === 'IGNORE' ? 'INSERT IGNORE' : 'INSERT';
}

/** A column as the SELECT answers it. One that is a column of a table keeps its default and its comment, as in MySQL. */
function columnOf(column: ResultColumn, catalog: Catalog): ColumnDefinition {
  const source = sourceOf(column, catalog);
  const base = {
    name: column.name,
    type: storable(column.type),
    nullable: column.nullable,
    comment: source?.comment ?? '',
  };
  if (source?.autoIncrement === true)
    return column.nullable ? { ...base, defaultText: 'NULL' } : { ...base, defaultText: "'0'" };
  const kept = source?.generated === undefined ? source?.defaultText : undefined;
  if (kept !== undefined && (column.nullable || kept !== 'NULL')) return { ...base, defaultText: kept };
  return column.nullable ? { ...base, defaultText: 'NULL' } : base;
}

function sourceOf(column: ResultColumn, catalog: Catalog): ColumnDefinition | undefined {
  const table = catalog.relation(column.database, column.originalTable);
  if (table?.kind !== 'table') return undefined;
  return table.columns.find((each) => sameName(each.name, column.originalName));
}

/** The type of an expression as a column's: long texts become TEXT, a bare NULL a byte string. */
function storable(type: SqlType): SqlType {
  if (type.name === 'null') return { name: 'binary', length: 0 };
  const length = type.length ?? 0;
  if (type.name === 'varchar' && (type.length === undefined || length > 16_383)) {
    const { length: _, ...rest } = type;
    return { ...rest, name: 'longtext' };
  }
  if (type.name === 'varbinary' && (type.length === undefined || length > 65_535))
    return { name: 'longblob' };
  return type;
}
