import { ObError } from '@sealane/errors';
import type { Expression, OrderItem, SelectItem, SelectQuery } from '../ast.ts';
import { folds } from '../types/sqlite-column.ts';
import { asTyped, conditionSql, orderSql } from './forms.ts';
import { type FromSql, translateFrom } from './from.ts';
import { fullGroupCheck } from './full-group.ts';
import { windowSql } from './operators/window.ts';
import { translateRollup } from './rollup.ts';
import type {
  AliasLookup,
  ExpressionContext,
  NamedWindowSql,
  QueryItem,
  QuerySql,
  SubqueryOptions,
} from './scope.ts';
import { translateItems } from './select-items.ts';
import type { SelectSources } from './sources.ts';
import { limitSql, orderTail } from './tail.ts';
import { countsOnly, tickConditions } from './tick.ts';
import type { Typed } from './typed.ts';
import { containsAggregate } from './walk.ts';

/** One SELECT without its WITH clause, which the caller has translated into `context`. */
export function translateSelect(
  node: SelectQuery,
  outer: ExpressionContext,
  options: SubqueryOptions,
  sources: SelectSources,
): QuerySql {
  if (node.rollup) return translateRollup(node, outer, options, sources);
  const { translation } = outer;
  const from = translateFrom(node.from, outer, sources);
  const context: ExpressionContext = {
    translation,
    scope: { relations: from.relations, visible: from.visible, parent: outer.scope },
    commonTables: outer.commonTables,
    clause: 'field list',
    aggregates: true,
  };
  const withWindows = { ...context, windows: namedWindows(node, context, sources) };
  const items = translateItems(node.items, withWindows, sources);
  const grouped = isGrouped(node);
  const names = aliasTable(node.items, items);
  const conditions = countsOnly(node) ? [] : tickConditions(from.relations);
  if (node.where !== undefined) conditions.push(whereSql(node.where, context, sources));
  const groupKeys = node.groupBy.map((item) => groupKey(item, items, names, context, sources));
  fullGroupCheck(node, context);
  let having = '';
  if (node.having !== undefined) {
    const typed = sources.expression(node.having, {
      ...context,
      clause: 'having clause',
      aliases: { first: true, find: (name) => (isGroupedColumn(name, node, from) ? undefined : names(name)) },
    });
    const condition = conditionSql(translation, typed);
    if (grouped) having = ` HAVING ${condition}`;
    else conditions.push(condition);
  }
  const extra = options.extra?.();
  if (extra?.condition !== undefined) conditions.push(extra.condition);
  const word = node.distinct ? 'SELECT DISTINCT ' : 'SELECT ';
  const { columns } = options;
  const shown =
    columns === undefined
      ? items
      : items.map((item, index) => ({ ...item, typed: columns(item.typed, index) }));
  const list = shown.map(({ typed }, index) =>
    itemSql(typed, context, node.distinct, options.named ? index + 1 : 0),
  );
  if (
    having !== '' &&
    groupKeys.length === 0 &&
    !node.items.some((item) => containsAggregate(item.expression))
  )
    list[0] = asAggregate(list[0] ?? 'NULL');
  if (extra !== undefined) list.push(`${extra.column} AS c${items.length + 1}`);
  const fromSql = from.sql === '' ? '' : ` FROM ${from.sql}`;
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const group = groupKeys.length === 0 ? '' : ` GROUP BY ${groupKeys.map(({ sql }) => sql).join(', ')}`;
  const order = orderTail(
    sortOf(node),
    items,
    { ...withWindows, clause: 'order clause', aliases: { first: true, find: names } },
    sources,
  );
  const limit = limitSql(node.limit, context, sources);
  return {
    sql: `${word}${list.join(', ')}${fromSql}${where}${group}${having}${order}${limit}`,
    items: shown,
    hasTail: order !== '' || limit !== '',
  };
}

/** In HAVING an alias comes before a column, unless the column is grouped by. Source: MySQL's manual, SELECT. */
function isGroupedColumn(name: string, { groupBy }: SelectQuery, from: FromSql): boolean {
  const lower = name.toLowerCase();
  return (
    groupBy.some(
      ({ expression }) => expression.kind === 'column' && expression.name.toLowerCase() === lower,
    ) && from.visible.some((column) => column.name.toLowerCase() === lower)
  );
}

/** GROUP BY a DESC sorts by it, where no ORDER BY says otherwise. */
function sortOf({ orderBy, groupBy }: SelectQuery): readonly OrderItem[] {
  if (orderBy.length > 0 || groupBy.every(({ direction }) => direction === undefined)) return orderBy;
  return groupBy;
}

function isGrouped(node: SelectQuery): boolean {
  if (node.groupBy.length > 0) return true;
  if (node.having !== undefined && containsAggregate(node.having)) return true;
  return (
    node.items.some(({ expression }) => containsAggregate(expression)) ||
    node.orderBy.some(({ expression }) => containsAggregate(expression))
  );
}

function whereSql(where: Expression, context: ExpressionContext, sources: SelectSources): string {
  const typed = sources.expression(where, { ...context, clause: 'where clause', aggregates: false });
  return conditionSql(context.translation, typed);
}

/** SQLite takes HAVING without GROUP BY only where the items themselves aggregate. */
function asAggregate(item: string): string {
  const name = / AS c1$/.exec(item)?.[0] ?? '';
  return `iif(count(*) >= 0, ${item.slice(0, item.length - name.length)}, NULL)${name}`;
}

/** A select item in SQL; DISTINCT compares texts by their collation, exact numbers by value. */
export function itemSql(typed: Typed, context: ExpressionContext, distinct: boolean, number: number): string {
  let sql = context.translation.raw(distinct ? asTyped(typed) : typed);
  const isBareColumn = typed.column !== undefined && typed.form === 'stored';
  if (distinct && !isBareColumn && folds(typed.type)) sql = `${sql} COLLATE NOCASE`;
  return number === 0 ? sql : `${sql} AS c${number}`;
}

/** Aliases in lower case; of two equal ones the first counts. */
function aliasTable(nodes: readonly SelectItem[], items: readonly QueryItem[]): AliasLookup['find'] {
  // A star shifts the places: then aliases are looked up by their title.
  const table = new Map<string, Typed>();
  const aliases = new Set(nodes.flatMap(({ alias }) => (alias === undefined ? [] : [alias.toLowerCase()])));
  if (aliases.size === 0) return () => undefined;
  for (const { name, typed } of items) {
    const lower = name.toLowerCase();
    if (aliases.has(lower) && !table.has(lower)) table.set(lower, typed);
  }
  return (name) => table.get(name.toLowerCase());
}

export interface GroupKey {
  readonly typed: Typed;
  readonly sql: string;
}

/** An ordinal, a column, or where no column has the name an alias. */
function groupKey(
  { expression }: OrderItem,
  items: readonly QueryItem[],
  find: AliasLookup['find'],
  context: ExpressionContext,
  sources: SelectSources,
): GroupKey {
  const { translation } = context;
  if (expression.kind === 'integer') {
    const item = items[Number(expression.value) - 1];
    if (item === undefined)
      throw new ObError('OB_ERR_BAD_FIELD_ERROR', [expression.value.toString(), 'group statement']);
    return { typed: item.typed, sql: orderSql(translation, item.typed) };
  }
  if (containsAggregate(expression))
    throw new ObError('OB_WRONG_GROUP_FIELD', [translation.text.slice(expression.start, expression.end)]);
  const typed = sources.expression(expression, {
    ...context,
    clause: 'group statement',
    aggregates: false,
    aliases: { first: false, find },
  });
  return { typed, sql: orderSql(translation, typed) };
}

function namedWindows(
  node: SelectQuery,
  context: ExpressionContext,
  sources: SelectSources,
): ReadonlyMap<string, NamedWindowSql> {
  const windows = new Map<string, NamedWindowSql>();
  for (const { name, specification } of node.windows) {
    const lower = name.toLowerCase();
    if (windows.has(lower)) throw new ObError('ER_WINDOW_DUPLICATE_NAME', [name]);
    windows.set(lower, { sql: windowSql(specification, { ...context, windows }, sources) });
  }
  return windows;
}
