import { ObError } from '@sealane/errors';
import type { CommonTable, Query, SetOperation, WithClause } from '../ast.ts';
import { quoteSqlite } from '../ddl/names.ts';
import type { SqlType } from '../sql-type.ts';
import { inValueForm } from './forms.ts';
import { refuseDuplicates } from './from.ts';
import { convertTo, unifyTypes } from './operators/unify.ts';
import type { CommonTableSql, ExpressionContext, QuerySql, ScopeColumn } from './scope.ts';
import type { SelectSources } from './sources.ts';
import { notSupported } from './statement.ts';
import { computed, isWideUnsigned, type Typed } from './typed.ts';
import { containsAggregate } from './walk.ts';

/** WITH … as SQLite text, and the context in which the query after it sees its tables. */
export function withCommonTables(
  node: WithClause,
  context: ExpressionContext,
  sources: SelectSources,
): { readonly prefix: string; readonly inner: ExpressionContext } {
  const parts: string[] = [];
  let inner = context;
  const seen = new Set<string>();
  for (const table of node.tables) {
    const lower = table.name.toLowerCase();
    if (seen.has(lower)) throw new ObError('OB_ERR_NONUNIQ_TABLE', [table.name]);
    seen.add(lower);
    const name = quoteSqlite(`${context.translation.alias()}.${table.name}`);
    const recursive = node.recursive && refersTo(table.query, table.name);
    const { sql, columns, width } = recursive
      ? recursiveTable(table, name, inner, sources)
      : plainTable(table, inner, sources);
    const list = Array.from({ length: width }, (_, index) => `c${index + 1}`);
    parts.push(`${name}(${list.join(', ')}) AS (${sql})`);
    const entry: CommonTableSql = { name, columns };
    inner = {
      ...inner,
      commonTables: { name: table.name.toLowerCase(), table: entry, outer: inner.commonTables },
    };
  }
  return { prefix: `WITH ${node.recursive ? 'RECURSIVE ' : ''}${parts.join(', ')}`, inner };
}

interface TableSql {
  readonly sql: string;
  readonly columns: readonly ScopeColumn[];
  /** Columns in SQLite: one more where the depth of recursion is counted. */
  readonly width: number;
}

function plainTable(table: CommonTable, context: ExpressionContext, sources: SelectSources): TableSql {
  const query = sources.query(table.query, context, { named: true });
  return { sql: query.sql, columns: columnsOf(table, query), width: query.items.length };
}

/** @throws 1353 for a list of another length, 1060 for a name twice */
function columnsOf(table: CommonTable, query: QuerySql): ScopeColumn[] {
  if (table.columns.length > 0 && table.columns.length !== query.items.length)
    throw new ObError('OB_ERR_VIEW_WRONG_LIST');
  const columns = query.items.map(({ name, typed }, index) => ({
    name: table.columns[index] ?? name,
    typed,
  }));
  refuseDuplicates(columns);
  return columns;
}

/** The first branch gives the types; the recursive one is brought to them. */
function recursiveTable(
  table: CommonTable,
  name: string,
  context: ExpressionContext,
  sources: SelectSources,
): TableSql {
  const { query } = table;
  if (query.kind !== 'set-operation' || query.operator !== 'UNION') {
    throw new ObError('ER_CTE_RECURSIVE_REQUIRES_UNION', [table.name]);
  }
  if (refersTo(query.left, table.name)) throw notSupported('more than one recursive part in a common table');
  refuseAggregates(query.right);
  if (query.orderBy.length > 0) throw notSupported('ORDER BY in a recursive common table');
  // With UNION ALL each row carries its depth; with UNION equal rows end the recursion.
  const counts = query.all && query.left.kind === 'select' && query.right.kind === 'select';
  const { translation } = context;
  const seed = sources.query(query.left, context, {
    named: true,
    columns: (typed) => (hasOneForm(typed.type) ? typed : inValueForm(translation, typed)),
    ...(counts ? { extra: () => ({ column: '0' }) } : {}),
  });
  const seedTypes = seed.items.map(({ name: title, typed }, index): ScopeColumn => {
    const type = unifyTypes([typed.type]);
    const form = typed.constant === undefined ? typed.form : 'value';
    return { name: table.columns[index] ?? title, typed: computed('', type, { form, coercibility: 2 }) };
  });
  refuseDuplicates(seedTypes);
  const aliases: string[] = [];
  const entry: CommonTableSql = { name, columns: seedTypes, aliases };
  const inner = {
    ...context,
    commonTables: { name: table.name.toLowerCase(), table: entry, outer: context.commonTables },
  };
  // As a condition, since SQLite leaves out columns that nothing reads.
  const depth = (): { column: string; condition: string } => {
    const column = `${aliases[0] ?? ''}.c${seed.items.length + 1}`;
    return { column: `${column} + 1`, condition: `sx_depth(${column} + 1)` };
  };
  const step = sources.query(query.right, inner, {
    named: true,
    columns: (typed, index) => conformed(typed, seedTypes[index]?.typed, context),
    ...(counts ? { extra: depth } : {}),
  });
  if (step.items.length !== seed.items.length) throw new ObError('OB_ERR_COLUMN_SIZE');
  const limit = query.limit === undefined ? '' : limitOf(query, inner, sources);
  return {
    sql: `${seed.sql} UNION ${query.all ? 'ALL ' : ''}${conform(step, seedTypes)}${limit}`,
    columns: seedTypes,
    width: seed.items.length + (counts ? 1 : 0),
  };
}

/** Source: MySQL's manual, limits of the recursive SELECT part. */
function refuseAggregates(step: Query): void {
  if (step.kind !== 'select') throw notSupported(`${step.kind} as the recursive part of a common table`);
  const isGrouped =
    step.groupBy.length > 0 || step.distinct || step.items.some((item) => containsAggregate(item.expression));
  if (isGrouped)
    throw notSupported('aggregates, GROUP BY and DISTINCT in the recursive part of a common table');
}

/** A column of the recursive part in the form of the first part's. */
function conformed(typed: Typed, target: Typed | undefined, { translation }: ExpressionContext): Typed {
  if (target === undefined || typed.constant !== undefined || target.form === 'stored') return typed;
  if (typed.form === 'value' || hasOneForm(typed.type)) return typed;
  return inValueForm(translation, convertTo(translation, typed, target.type));
}

/** SQLite takes no subquery around the recursive reference's SELECT: what wasn't converted in place is refused. */
function conform(step: QuerySql, targets: readonly ScopeColumn[]): string {
  const alike = step.items.every(
    ({ typed }, index) =>
      typed.form === targets[index]?.typed.form || typed.constant !== undefined || hasOneForm(typed.type),
  );
  if (alike && !step.hasTail) return step.sql;
  throw notSupported('this recursive part of a common table');
}

/** Types whose columns are kept as functions take their values. */
function hasOneForm(type: SqlType): boolean {
  return !isWideUnsigned(type) && !/^(decimal|time|timestamp|enum|set|bit)$/.test(type.name);
}

function limitOf(query: SetOperation, context: ExpressionContext, sources: SelectSources): string {
  const count = query.limit?.count;
  if (count === undefined || query.limit?.offset !== undefined)
    throw notSupported('OFFSET in a recursive common table');
  return ` LIMIT ${context.translation.raw(sources.expression(count, context))}`;
}

/** Whether a query names the table anywhere. */
function refersTo(query: Query, name: string): boolean {
  const lower = name.toLowerCase();
  const search = (node: unknown): boolean => {
    if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return false;
    if (Array.isArray(node)) return node.some(search);
    const { kind, name: own, database } = node as { kind?: unknown; name?: unknown; database?: unknown };
    if (
      (kind === 'table' || kind === 'table-query') &&
      database === undefined &&
      String(own).toLowerCase() === lower
    )
      return true;
    return Object.values(node).some(search);
  };
  return search(query);
}
