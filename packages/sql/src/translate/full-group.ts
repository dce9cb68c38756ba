import { ObError } from '@sealane/errors';
import type { ColumnReference, Expression, SelectQuery } from '../ast.ts';
import type { ExpressionContext, Scope, ScopeRelation } from './scope.ts';
import { findColumn } from './scope.ts';
import { containsAggregate, walkExpression } from './walk.ts';

/** Columns that are settled for each group: by SQLite text. */
type Settled = ReadonlySet<string>;

/**
 * ONLY_FULL_GROUP_BY: what isn't aggregated must follow from what is grouped, that is be grouped itself
 * or belong to a table whose primary key is. @throws 1055, or 1140 without GROUP BY
 */
export function fullGroupCheck(node: SelectQuery, context: ExpressionContext): void {
  if (!context.translation.mode.onlyFullGroupBy) return;
  const isImplicit = node.groupBy.length === 0;
  if (isImplicit && !node.items.some(({ expression }) => containsAggregate(expression))) return;
  const grouped = groupExpressions(node);
  const settled = settledColumns(grouped, context);
  const texts = new Set(grouped.map((expression) => sourceText(expression, context)));
  let place = 0;
  let aliased: ReadonlySet<string> = new Set();
  const check = (expression: Expression): void => {
    const loose = looseColumn(expression, texts, settled, context, aliased);
    if (loose !== undefined) throw notGrouped(loose, isImplicit, place);
  };
  for (const { expression } of node.items) {
    place += 1;
    check(expression);
  }
  for (const { expression } of node.orderBy) checkAliased(expression, node, check);
  // In HAVING a name means an alias first, which was checked as an item.
  aliased = new Set(node.items.flatMap(({ alias }) => alias?.toLowerCase() ?? []));
  if (node.having !== undefined) checkAliased(node.having, node, check);
}

function notGrouped(reference: ColumnReference, isImplicit: boolean, place: number): ObError {
  const { table, name } = reference;
  const shown = table === undefined ? name : `${table}.${name}`;
  return isImplicit
    ? new ObError('OB_ERR_MIX_OF_GROUP_FUNC_AND_FIELDS', [place, `'${shown}'`])
    : new ObError('OB_ERR_WRONG_FIELD_WITH_GROUP', [shown]);
}

/** Ordinals and aliases are what they stand for. */
function groupExpressions({ groupBy, items }: SelectQuery): Expression[] {
  return groupBy.map(({ expression }) => {
    if (expression.kind === 'integer') return items[Number(expression.value) - 1]?.expression ?? expression;
    return aliasMeaning(expression, items) ?? expression;
  });
}

function aliasMeaning(expression: Expression, items: SelectQuery['items']): Expression | undefined {
  if (expression.kind !== 'column' || expression.table !== undefined) return undefined;
  const lower = expression.name.toLowerCase();
  return items.find(({ alias }) => alias?.toLowerCase() === lower)?.expression;
}

/** An alias in ORDER BY or HAVING was checked as an item. */
function checkAliased(
  expression: Expression,
  node: SelectQuery,
  check: (expression: Expression) => void,
): void {
  if (expression.kind === 'integer' || aliasMeaning(expression, node.items) !== undefined) return;
  check(expression);
}

function settledColumns(grouped: readonly Expression[], context: ExpressionContext): Settled {
  const settled = new Set<string>();
  for (const expression of grouped) {
    const sql = columnSql(expression, context.scope);
    if (sql !== undefined) settled.add(sql);
  }
  for (const relation of context.scope.relations) {
    if (hasSettledKey(relation, settled)) for (const { typed } of relation.columns) settled.add(typed.sql);
  }
  return settled;
}

function hasSettledKey({ columns }: ScopeRelation, settled: Settled): boolean {
  const key = columns.filter(({ typed }) => typed.column?.primaryKey === true);
  return key.length > 0 && key.every(({ typed }) => settled.has(typed.sql));
}

function columnSql(expression: Expression, scope: Scope): string | undefined {
  return expression.kind === 'column' ? findColumn(expression, scope, 'group statement')?.sql : undefined;
}

function sourceText({ start, end }: Expression, { translation }: ExpressionContext): string {
  return translation.text.slice(start, end).replace(/\s+/g, ' ').toLowerCase();
}

/** The first column of this query that isn't settled; outer columns and those in aggregates count as settled. */
function looseColumn(
  expression: Expression,
  grouped: ReadonlySet<string>,
  settled: Settled,
  context: ExpressionContext,
  aliased: ReadonlySet<string>,
): ColumnReference | undefined {
  let loose: ColumnReference | undefined;
  walkExpression(expression, (node) => {
    if (loose !== undefined || node.kind === 'aggregate') return false;
    if (node.kind === 'function' && node.name === 'ANY_VALUE') return false;
    if (grouped.has(sourceText(node, context))) return false;
    if (node.kind !== 'column') return true;
    if (node.table === undefined && aliased.has(node.name.toLowerCase())) return false;
    const sql = columnSql(node, context.scope);
    if (sql !== undefined && !settled.has(sql)) loose = node;
    return false;
  });
  return loose;
}
