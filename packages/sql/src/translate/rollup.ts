import { ObError } from '@sealane/errors';
import type { Expression, Query, SelectItem, SelectQuery, Span } from '../ast.ts';
import { orderSql } from './forms.ts';
import { aliased } from './relation.ts';
import type { ExpressionContext, QuerySql, SubqueryOptions } from './scope.ts';
import type { SelectSources } from './sources.ts';
import { notSupported } from './statement.ts';
import { limitSql } from './tail.ts';

/**
 * GROUP BY … WITH ROLLUP: one query for each prefix of the keys, joined by UNION ALL. In a shorter prefix's
 * rows the other keys are NULL. Rows come sorted by the keys, each sum after its group.
 */
export function translateRollup(
  node: SelectQuery,
  context: ExpressionContext,
  options: SubqueryOptions,
  sources: SelectSources,
): QuerySql {
  const { translation } = context;
  const keys = node.groupBy.map(({ expression }) => keyMeaning(expression, node));
  const [longest, ...shorter] = [...keys.keys(), keys.length].map((index) =>
    branch(node, keys, keys.length - index, translation.text),
  ) as [SelectQuery, ...SelectQuery[]];
  const union = shorter.reduce<Query>(
    (left, right) => ({ ...noTail(node), kind: 'set-operation', operator: 'UNION', all: true, left, right }),
    longest,
  );
  const { sql, items } = sources.query(union, context, { named: true });
  const alias = translation.alias();
  const columns = aliased(items, alias, alias).map(({ typed }) => typed);
  const width = node.items.length;
  const shown = node.items.map((item, index) => ({
    name: titleOf(item, translation.text),
    typed: { ...(items[index] as (typeof items)[number]).typed },
  }));
  const order =
    node.orderBy.length > 0
      ? node.orderBy.map(({ expression, direction }) => {
          const place = placeOf(expression, node, translation.text);
          return `${orderSql(translation, columns[place] as (typeof columns)[number])}${direction === 'DESC' ? ' DESC' : ''}`;
        })
      : keys.flatMap((_, index) => {
          const [key, flag] = [columns[width + 1 + index * 2], columns[width + 2 + index * 2]];
          return key === undefined || flag === undefined ? [] : [flag.sql, orderSql(translation, key)];
        });
  const list = shown.map((_, index) => `${alias}.c${index + 1}${options.named ? ` AS c${index + 1}` : ''}`);
  const limit = limitSql(node.limit, context, sources);
  return {
    sql: `SELECT ${list.join(', ')} FROM (${sql}) AS ${alias} ORDER BY ${order.join(', ')}${limit}`,
    items: shown,
    hasTail: true,
  };
}

function noTail({ start, end }: Span) {
  return { start, end, with: undefined, orderBy: [], limit: undefined, locking: [], into: undefined };
}

function keyMeaning(expression: Expression, { items }: SelectQuery): Expression {
  if (expression.kind === 'integer') {
    const item = items[Number(expression.value) - 1];
    if (item === undefined)
      throw new ObError('OB_ERR_BAD_FIELD_ERROR', [expression.value.toString(), 'group statement']);
    return item.expression;
  }
  if (expression.kind !== 'column' || expression.table !== undefined) return expression;
  const lower = expression.name.toLowerCase();
  return items.find(({ alias }) => alias?.toLowerCase() === lower)?.expression ?? expression;
}

/** The query of the first `length` keys: its items, a count that makes it grouped, then each key with its flag. */
function branch(node: SelectQuery, keys: readonly Expression[], length: number, text: string): SelectQuery {
  const gone = new Set(keys.slice(length).map((key) => textOf(key, text)));
  const { start, end } = node;
  const items = node.items.map((item) => {
    if (item.expression.kind === 'star') throw notSupported('* with WITH ROLLUP');
    return { ...item, expression: withoutKeys(item.expression, gone, text) };
  });
  const extra = (expression: Expression, index: number): SelectItem => ({
    expression,
    alias: `x${index}`,
    start,
    end,
  });
  const count: Expression = {
    kind: 'aggregate',
    name: 'COUNT',
    distinct: false,
    star: true,
    args: [],
    orderBy: [],
    separator: undefined,
    start,
    end,
  };
  const marks = keys.flatMap((key, index): Expression[] => [
    index < length ? key : { kind: 'null', start, end },
    { kind: 'integer', value: index < length ? 0n : 1n, start, end },
  ]);
  return {
    ...node,
    ...noTail(node),
    items: [...items, ...[count, ...marks].map(extra)],
    groupBy: keys.slice(0, length).map((expression) => ({ expression, direction: undefined, start, end })),
    rollup: false,
    having: node.having === undefined ? undefined : withoutKeys(node.having, gone, text),
  };
}

function textOf({ start, end }: Span, text: string): string {
  return text.slice(start, end).replace(/\s+/g, ' ').toLowerCase();
}

/** The expression with NULL for each key that is gone, outside of aggregates. GROUPING(key) says which. */
function withoutKeys(expression: Expression, gone: ReadonlySet<string>, text: string): Expression {
  const { start, end } = expression;
  if (expression.kind === 'aggregate') return expression;
  if (expression.kind === 'function' && expression.name === 'GROUPING') {
    const [key] = expression.args;
    const isGone = key !== undefined && gone.has(textOf(key, text));
    return { kind: 'integer', value: isGone ? 1n : 0n, start, end };
  }
  if (gone.has(textOf(expression, text))) return { kind: 'null', start, end };
  return mapChildren(expression, (child) => withoutKeys(child, gone, text));
}

function mapChildren<Node extends object>(node: Node, map: (child: Expression) => Expression): Node {
  const copy: Record<string, unknown> = Object.fromEntries(Object.entries(node));
  for (const [name, value] of Object.entries(node)) {
    if (Array.isArray(value)) {
      copy[name] = value.map((item: unknown) =>
        isNode(item) ? map(item) : isObject(item) ? mapChildren(item, map) : item,
      );
    } else if (isNode(value) && name !== 'query') copy[name] = map(value);
  }
  return copy as Node;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
}

function isNode(value: unknown): value is Expression {
  return isObject(value) && 'kind' in value && 'start' in value;
}

function titleOf({ expression, alias, start, end }: SelectItem, text: string): string {
  if (alias !== undefined) return alias;
  return expression.kind === 'column' ? expression.name : text.slice(start, end);
}

/** Which item ORDER BY means. */
function placeOf(expression: Expression, { items }: SelectQuery, text: string): number {
  if (expression.kind === 'integer') return Number(expression.value) - 1;
  const place = items.findIndex(
    (item) =>
      (expression.kind === 'column' && item.alias?.toLowerCase() === expression.name.toLowerCase()) ||
      textOf(item.expression, text) === textOf(expression, text),
  );
  if (place < 0) throw notSupported('ORDER BY of what is not selected with WITH ROLLUP');
  return place;
}
