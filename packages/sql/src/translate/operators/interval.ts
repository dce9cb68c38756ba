import type { BinaryExpression, Expression, FunctionCall, IntervalExpression } from '../../ast.ts';
import type { SqlType } from '../../sql-type.ts';
import { inValueForm } from '../forms.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import { notSupported } from '../statement.ts';
import { decimalType, type Typed, textType } from '../typed.ts';
import { callOperator } from './call.ts';

/** DATE_ADD, DATE_SUB, ADDDATE and SUBDATE; a plain number is one of days. */
export function dateAddCall(node: FunctionCall, context: ExpressionContext, sources: SelectSources): Typed {
  const [date, second] = node.args as [Expression, Expression];
  const sign = node.name === 'DATE_SUB' || node.name === 'SUBDATE' ? -1n : 1n;
  const interval: Pick<IntervalExpression, 'amount' | 'unit'> =
    second.kind === 'interval' ? second : { amount: second, unit: 'DAY' };
  return dateAdd(sources.expression(date, context), interval, sign, context, sources);
}

/** `d + INTERVAL 1 DAY`, `INTERVAL 1 DAY + d`, `d - INTERVAL 1 DAY`. */
export function dateAddOperator(
  node: BinaryExpression,
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const { left, right } = node;
  if (right.kind === 'interval') {
    return dateAdd(
      sources.expression(left, context),
      right,
      node.operator === '-' ? -1n : 1n,
      context,
      sources,
    );
  }
  if (left.kind !== 'interval' || node.operator !== '+') throw notSupported('INTERVAL here');
  return dateAdd(sources.expression(right, context), left, 1n, context, sources);
}

function dateAdd(
  date: Typed,
  { amount, unit }: Pick<IntervalExpression, 'amount' | 'unit'>,
  sign: bigint,
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const { translation } = context;
  const value = inValueForm(translation, date);
  const count = inValueForm(translation, sources.expression(amount, context));
  const type = resultType(date.type, unit, count.type);
  const kind = type.name === 'varchar' ? 'text' : type.name;
  // A number of whole units is rounded; a text, which comes in the same form, is cut.
  const isRounded = count.type.name === 'decimal' && unit !== 'SECOND' && !unit.includes('_');
  const units = isRounded
    ? callOperator(translation, 'sx_round', [count, 0n], decimalType(20, 0), count.nullable)
    : count;
  const args = [value, units, unit, sign, kind, BigInt(type.decimals ?? 0)] as const;
  return callOperator(translation, 'sx_date_add', args, type);
}

/** Source: MySQL's manual, DATE_ADD: DATETIME for dates and times, a string for what isn't one. */
function resultType(type: SqlType, unit: string, amount: SqlType): SqlType {
  const withClock = /HOUR|MINUTE|SECOND/.test(unit);
  const fraction = unit.includes('MICROSECOND') ? 6 : unit === 'SECOND' ? (amount.decimals ?? 0) : 0;
  switch (type.name) {
    case 'date':
      return withClock ? { name: 'datetime', decimals: fraction } : { name: 'date' };
    case 'datetime':
    case 'timestamp':
      return { name: 'datetime', decimals: Math.max(type.decimals ?? 0, fraction) };
    case 'time':
      return { name: 'time', decimals: Math.max(type.decimals ?? 0, fraction) };
    default:
      return textType(29);
  }
}
