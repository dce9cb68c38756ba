import { ObError } from '@sealane/errors';
import type { Expression, LimitClause, OrderItem } from '../ast.ts';
import type { SqlValue } from '../values.ts';
import { orderSql } from './forms.ts';
import type { ExpressionContext, QueryItem } from './scope.ts';
import type { SelectSources } from './sources.ts';

/** ORDER BY of a SELECT: ordinals, aliases, then any expression. @returns with a space before it; '' for none */
export function orderTail(
  order: readonly OrderItem[],
  items: readonly QueryItem[],
  context: ExpressionContext,
  sources: SelectSources,
): string {
  const keys = order.flatMap(({ expression, direction }) => {
    const typed = ordinal(expression, items)?.typed ?? sources.expression(expression, context);
    // A constant sorts nothing.
    if (typed.constant !== undefined) return [];
    return [`${orderSql(context.translation, typed)}${direction === 'DESC' ? ' DESC' : ''}`];
  });
  return keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
}

/** @throws 1054 for a number that no column has */
export function ordinal(expression: Expression, items: readonly QueryItem[]): QueryItem | undefined {
  if (expression.kind !== 'integer') return undefined;
  const item = items[Number(expression.value) - 1];
  if (item === undefined)
    throw new ObError('OB_ERR_BAD_FIELD_ERROR', [expression.value.toString(), 'order clause']);
  return item;
}

export function limitSql(
  limit: LimitClause | undefined,
  context: ExpressionContext,
  sources: SelectSources,
): string {
  if (limit === undefined) return '';
  const count = limitValue(limit.count, context, sources);
  const offset = limit.offset === undefined ? '' : ` OFFSET ${limitValue(limit.offset, context, sources)}`;
  return ` LIMIT ${count}${offset}`;
}

const most = (1n << 63n) - 1n;

/** Literals and parameters only; a parameter must be a number that isn't negative. */
function limitValue(node: Expression, context: ExpressionContext, sources: SelectSources): string {
  const { translation } = context;
  if (node.kind === 'column') throw new ObError('OB_ERR_SP_UNDECLARED_VAR', [node.name]);
  const { constant } = sources.expression(node, context);
  if (constant === undefined) throw new ObError('OB_ERR_SP_UNDECLARED_VAR', ['LIMIT']);
  return translation.bind((execution) => limitNumber(constant(execution)));
}

/** @throws 1210 for what is no count */
export function limitNumber(value: SqlValue): bigint {
  const text = typeof value === 'number' ? BigInt(Math.trunc(value)) : value;
  if (typeof text === 'bigint' && text >= 0n) return text > most ? most : text;
  if (typeof text === 'string' && /^\d+$/.test(text)) {
    const number = BigInt(text);
    return number > most ? most : number;
  }
  throw new ObError('OB_INVALID_ARGUMENT', ['EXECUTE']);
}
