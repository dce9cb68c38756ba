import { ObError } from '@sealane/errors';
import type { CommonTable, Query, SetOperation, WithClause } from '../ast.ts';
import { quoteSqlite } from '../ddl/names.ts';
import { refuseDuplicates } from './from.ts';
import { convertTo, unifyTypes } from './operators/unify.ts';
import { aliased } from './relation.ts';
import type { CommonTableSql, ExpressionContext, QuerySql, ScopeColumn } from './scope.ts';
import type { SelectSources } from './sources.ts';
import { notSupported } from './statement.ts';
import { computed } from './typed.ts';

/** WITH … as SQLite text, and the context in which the query after it sees its tables. */
export function withCommonTables(
  node: WithClause,
  context: ExpressionContext,
  sources: SelectSources,
): { readonly prefix: string; readonly inner: ExpressionContext } {
  const parts: string[] = [];
  let inner = context;
  for (const table of node.tables) {
    const name = quoteSqlite(`${context.translation.alias()}.${table.name}`);
    const recursive = node.recursive && refersTo(table.query, table.name);
    const { sql, columns } = recursive
      ? recursiveTable(table, name, inner, sources)
      : plainTable(table, inner, sources);
    const list = columns.map((_, index) => `c${index + 1}`).join(', ');
    parts.push(`${name}(${list}) AS (${sql})`);
    const entry: CommonTableSql = { name, columns };
    inner = {
      ...inner,
      commonTables: { name: table.name.toLowerCase(), table: entry, outer: inner.commonTables },
    };
  }
  return { prefix: `WITH ${node.recursive ? 'RECURSIVE ' : ''}${parts.join(', ')}`, inner };
}

function plainTable(
  table: CommonTable,
  context: ExpressionContext,
  sources: SelectSources,
): { sql: string; columns: ScopeColumn[] } {
  const query = sources.query(table.query, context, { named: true });
  return { sql: query.sql, columns: columnsOf(table, query) };
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
): { sql: string; columns: ScopeColumn[] } {
  const { query } = table;
  if (query.kind !== 'set-operation' || query.operator !== 'UNION') {
    throw new ObError('ER_CTE_RECURSIVE_REQUIRES_UNION', [table.name]);
  }
  if (query.orderBy.length > 0) throw notSupported('ORDER BY in a recursive common table');
  const seed = sources.query(query.left, context, { named: true });
  const seedTypes = seed.items.map(({ name: title, typed }, index): ScopeColumn => {
    const type = unifyTypes([typed.type]);
    const form = typed.constant === undefined ? typed.form : 'value';
    return { name: table.columns[index] ?? title, typed: computed('', type, { form, coercibility: 2 }) };
  });
  refuseDuplicates(seedTypes);
  const entry: CommonTableSql = { name, columns: seedTypes };
  const inner = {
    ...context,
    commonTables: { name: table.name.toLowerCase(), table: entry, outer: context.commonTables },
  };
  const step = sources.query(query.right, inner, { named: true });
  if (step.items.length !== seed.items.length) throw new ObError('OB_ERR_COLUMN_SIZE');
  const limit = query.limit === undefined ? '' : limitOf(query, inner, sources);
  return {
    sql: `${seed.sql} UNION ${query.all ? 'ALL ' : ''}${conform(step, seedTypes, context)}${limit}`,
    columns: seedTypes,
  };
}

/** SQLite takes no subquery around the recursive reference's SELECT, so that columns are converted in place. */
function conform(step: QuerySql, targets: readonly ScopeColumn[], context: ExpressionContext): string {
  const alike = step.items.every(
    ({ typed }, index) => typed.form === targets[index]?.typed.form || typed.constant !== undefined,
  );
  if (alike && !step.hasTail) return step.sql;
  const alias = context.translation.alias();
  const list = aliased(step.items, alias, alias).map(({ typed }, index) => {
    const target = targets[index]?.typed;
    const value =
      target === undefined || target.form === typed.form
        ? typed
        : convertTo(context.translation, typed, target.type);
    return `${context.translation.raw(value)} AS c${index + 1}`;
  });
  return `SELECT ${list.join(', ')} FROM (${step.sql}) AS ${alias}`;
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
