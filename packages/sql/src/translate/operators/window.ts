import { ObError } from '@sealane/errors';
import type { FrameBound, OrderItem, WindowCall, WindowFrame, WindowSpecification } from '../../ast.ts';
import type { SqlType } from '../../sql-type.ts';
import { orderSql } from '../forms.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import { notSupported } from '../statement.ts';
import { bigintType, computed, doubleType, type Typed, unsignedType } from '../typed.ts';
import { aggregateCall } from './aggregate.ts';
import { convertTo, unify } from './unify.ts';

/** A window function. SQLite has them all; what differs is types and the keys rows are sorted by. */
export function windowCall(node: WindowCall, context: ExpressionContext, sources: SelectSources): Typed {
  if (node.fromLast) throw notSupported('FROM LAST');
  if (node.ignoreNulls) throw notSupported('IGNORE NULLS');
  if (context.windows === undefined)
    throw new ObError('ER_WINDOW_INVALID_WINDOW_FUNC_USE', [node.call.name.toLowerCase()]);
  const over = ` OVER ${overSql(node.over, context, sources)}`;
  const { call } = node;
  if (call.kind === 'aggregate') {
    if (call.distinct) throw notSupported('DISTINCT in a window function');
    return aggregateCall(call, context, sources, (sql) => `${sql}${over}`);
  }
  const args = call.args.map((argument) => sources.expression(argument, context));
  return rankingCall(call.name, args, over, context);
}

function rankingCall(name: string, args: readonly Typed[], over: string, context: ExpressionContext): Typed {
  const { translation } = context;
  const fixed = (sql: string, type: SqlType): Typed => computed(`${sql}${over}`, type, { nullable: false });
  const [first] = args;
  switch (name) {
    case 'ROW_NUMBER':
    case 'RANK':
    case 'DENSE_RANK':
      return fixed(`${name.toLowerCase()}()`, unsignedType);
    case 'PERCENT_RANK':
    case 'CUME_DIST':
      return fixed(`${name.toLowerCase()}()`, doubleType);
    case 'NTILE':
      return computed(`ntile(${countSql(first as Typed, 'ntile', context)})${over}`, bigintType);
    case 'LAG':
    case 'LEAD':
      return lagCall(name, args, over, context);
    case 'FIRST_VALUE':
    case 'LAST_VALUE':
    case 'NTH_VALUE': {
      const value = first as Typed;
      const place = args[1] === undefined ? '' : `, ${countSql(args[1], 'nth_value', context)}`;
      const list = `${translation.raw(value)}${place}`;
      const form = value.constant === undefined ? value.form : 'value';
      return computed(`${name.toLowerCase()}(${list})${over}`, value.type, { form });
    }
    default:
      throw new ObError('OB_ERR_FUNCTION_UNKNOWN', ['FUNCTION', name]);
  }
}

/** A number of rows: a constant from 1. @throws 1210, when it runs */
function countSql(count: Typed, name: string, { translation }: ExpressionContext): string {
  const evaluate = count.constant;
  if (evaluate === undefined) throw new ObError('OB_INVALID_ARGUMENT', [name]);
  return translation.bind((execution) => {
    const value = evaluate(execution);
    if (typeof value !== 'bigint' || value < 1n) throw new ObError('OB_INVALID_ARGUMENT', [name]);
    return value;
  });
}

/** LAG(x, n, default): the default takes part in the type. */
function lagCall(name: string, args: readonly Typed[], over: string, context: ExpressionContext): Typed {
  const { translation } = context;
  const [value, offset, otherwise] = args as [Typed, Typed | undefined, Typed | undefined];
  if (otherwise === undefined) {
    const list = [value, offset].flatMap((argument) =>
      argument === undefined ? [] : [translation.raw(argument)],
    );
    const form = value.constant === undefined ? value.form : 'value';
    return computed(`${name.toLowerCase()}(${list.join(', ')})${over}`, value.type, { form });
  }
  const { type, form, items } = unify(translation, [value, otherwise]);
  const [first, second] = items.map((item) =>
    translation.raw(form === 'value' ? convertTo(translation, item, type) : item),
  );
  const sql = `${name.toLowerCase()}(${first}, ${translation.raw(offset as Typed)}, ${second})${over}`;
  return computed(sql, type, { form });
}

function overSql(
  over: string | WindowSpecification,
  context: ExpressionContext,
  sources: SelectSources,
): string {
  if (typeof over !== 'string') return windowSql(over, context, sources);
  const known = context.windows?.get(over.toLowerCase());
  if (known === undefined) throw new ObError('ER_WINDOW_NO_SUCH_WINDOW', [over]);
  return known.sql;
}

/** `(base PARTITION BY … ORDER BY … frame)` */
export function windowSql(
  node: WindowSpecification,
  context: ExpressionContext,
  sources: SelectSources,
): string {
  const base = node.base === undefined ? undefined : context.windows?.get(node.base.toLowerCase());
  if (node.base !== undefined && base === undefined)
    throw new ObError('ER_WINDOW_NO_SUCH_WINDOW', [node.base]);
  const parts: string[] = base === undefined ? [] : [base.sql.slice(1, -1)].filter((sql) => sql !== '');
  if (node.partitionBy.length > 0) {
    const keys = node.partitionBy.map((key) =>
      orderSql(context.translation, sources.expression(key, context)),
    );
    parts.push(`PARTITION BY ${keys.join(', ')}`);
  }
  if (node.orderBy.length > 0)
    parts.push(`ORDER BY ${node.orderBy.map((item) => orderItem(item, context, sources)).join(', ')}`);
  if (node.frame !== undefined) parts.push(frameSql(node.frame, context, sources));
  return `(${parts.join(' ')})`;
}

function orderItem(
  { expression, direction }: OrderItem,
  context: ExpressionContext,
  sources: SelectSources,
): string {
  const key = orderSql(context.translation, sources.expression(expression, context));
  return direction === 'DESC' ? `${key} DESC` : key;
}

function frameSql(frame: WindowFrame, context: ExpressionContext, sources: SelectSources): string {
  const from = boundSql(frame.from, context, sources);
  if (frame.to === undefined) return `${frame.unit} ${from}`;
  return `${frame.unit} BETWEEN ${from} AND ${boundSql(frame.to, context, sources)}`;
}

function boundSql(bound: FrameBound, context: ExpressionContext, sources: SelectSources): string {
  switch (bound.kind) {
    case 'preceding':
    case 'following': {
      if (bound.offset.kind === 'interval') throw notSupported('RANGE with INTERVAL');
      const offset = sources.expression(bound.offset, context);
      return `${context.translation.raw(offset)} ${bound.kind.toUpperCase()}`;
    }
    default:
      return bound.kind.replace('-', ' ').toUpperCase();
  }
}
