import { ObError } from '@sealane/errors';
import type {
  BinaryExpression,
  ComparisonOperator,
  ExistsExpression,
  InSubqueryExpression,
  QuantifiedExpression,
  SelectQuery,
  SubqueryExpression,
} from '../../ast.ts';
import { aliased } from '../relation.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import { computed, type Typed } from '../typed.ts';
import { comparable } from './comparison.ts';
import { compareRows, rowItems, truth } from './logic.ts';

/** A scalar subquery. More than one row is 1242, which SQLite doesn't notice by itself. */
export function scalarSubquery(
  node: SubqueryExpression,
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const { query } = node;
  const { sql, items } = sources.query(query, context, { named: true });
  const [item] = items;
  if (items.length !== 1 || item === undefined) throw new ObError('OB_ERR_INVALID_COLUMN_NUM', [1]);
  const { type, form } = item.typed;
  const surely = query.kind === 'select' && hasOneRow(query);
  const alias = context.translation.alias();
  const checked = surely
    ? `(${sql})`
    : `(SELECT sx_only(c1, count(*) OVER ()) FROM (${sql}) AS ${alias} LIMIT 1)`;
  return computed(checked, type, { form });
}

/** LIMIT 1, or an aggregate without GROUP BY. */
function hasOneRow({ limit, groupBy, items }: SelectQuery): boolean {
  if (limit?.count.kind === 'integer' && limit.count.value === 1n) return true;
  return groupBy.length === 0 && items.some(({ expression }) => expression.kind === 'aggregate');
}

export function exists(node: ExistsExpression, context: ExpressionContext, sources: SelectSources): Typed {
  const { sql } = sources.query(node.query, context, { named: false });
  return truth(`EXISTS (${sql})`, false);
}

/** The rows of a subquery under an alias, as expressions for comparing. */
function rowsOf(
  query: InSubqueryExpression['query'],
  width: number,
  context: ExpressionContext,
  sources: SelectSources,
): { readonly from: string; readonly columns: readonly Typed[] } {
  const { sql, items } = sources.query(query, context, { named: true });
  if (items.length !== width) throw new ObError('OB_ERR_INVALID_COLUMN_NUM', [width]);
  const alias = context.translation.alias();
  const columns = aliased(items, alias, alias).map(({ typed }) => typed);
  return { from: `(${sql}) AS ${alias}`, columns };
}

export function inSubquery(
  node: InSubqueryExpression,
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const left = rowItems(node.operand).map((item) => sources.expression(item, context));
  const { from, columns } = rowsOf(node.query, left.length, context, sources);
  const pairs = left.map((item, index) =>
    comparable(context.translation, item, columns[index] as Typed, true),
  );
  const first = pairs.map(({ left: sql, collate }) => sql + collate);
  const second = pairs.map(({ right }) => right);
  const operand = first.length === 1 ? first[0] : `(${first.join(', ')})`;
  const sql = `(${operand} ${node.negated ? 'NOT ' : ''}IN (SELECT ${second.join(', ')} FROM ${from}))`;
  return truth(sql, true);
}

/** `(a, b) = (SELECT x, y …)`, in this order or the other: SQLite compares rows as MySQL does. */
export function rowWithSubquery(
  node: BinaryExpression,
  context: ExpressionContext,
  sources: SelectSources,
): Typed | undefined {
  const isSwapped = node.left.kind === 'subquery';
  const [row, query] = isSwapped ? [node.right, node.left] : [node.left, node.right];
  if (row.kind !== 'row' || query.kind !== 'subquery') return undefined;
  const operator = node.operator as ComparisonOperator;
  const items = row.items.map((item) => sources.expression(item, context));
  const { from, columns } = rowsOf(query.query, items.length, context, sources);
  const pairs = items.map((item, index) =>
    comparable(context.translation, item, columns[index] as Typed, !/[<>]=?$/.test(operator)),
  );
  const given = pairs.map(({ left, collate }) => left + collate).join(', ');
  const [first = '', ...rest] = pairs.map(({ right }) => right);
  const found = `(SELECT ${[`sx_only(${first}, count(*) OVER ())`, ...rest].join(', ')} FROM ${from} LIMIT 1)`;
  const symbol = operator === '<=>' ? 'IS' : operator;
  return truth(isSwapped ? `(${found} ${symbol} (${given}))` : `((${given}) ${symbol} ${found})`, true);
}

const opposites: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
  '<=>': '<=>',
};

/** x > ANY (…) is true if one row says so, else NULL if one is NULL; ALL is the opposite of its opposite. */
export function quantified(
  node: QuantifiedExpression,
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const left = rowItems(node.operand).map((item) => sources.expression(item, context));
  const operator = node.quantifier === 'ANY' ? node.operator : opposites[node.operator];
  const { from, columns } = rowsOf(node.query, left.length, context, sources);
  const sql = context.translation.raw(compareRows(operator, left, columns, context));
  const found = `EXISTS (SELECT 1 FROM ${from} WHERE ${sql})`;
  const unknown = `EXISTS (SELECT 1 FROM ${from} WHERE ${sql} IS NULL)`;
  const any = `(CASE WHEN ${found} THEN 1 WHEN ${unknown} THEN NULL ELSE 0 END)`;
  return truth(node.quantifier === 'ANY' ? any : `(NOT ${any})`, true);
}
