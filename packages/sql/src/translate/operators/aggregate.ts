import { ObError } from '@sealane/errors';
import type { AggregateCall } from '../../ast.ts';
import type { SqlType } from '../../sql-type.ts';
import { asNumber, asText, displayLength, inValueForm, orderSql, realSql } from '../forms.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import {
  bigintType,
  classOf,
  computed,
  decimalType,
  doubleType,
  isWideUnsigned,
  type Typed,
  textType,
} from '../typed.ts';
import { integerDigits } from './arithmetic.ts';
import { fixedSql } from './call.ts';

/** Puts `OVER (…)` after a call where it is a window's. */
export type WrapCall = (call: string) => string;

const bare: WrapCall = (call) => call;

/** An aggregate in a query with groups. @throws 1111 where none may stand */
export function aggregate(node: AggregateCall, context: ExpressionContext, sources: SelectSources): Typed {
  if (!context.aggregates || context.insideAggregate === true)
    throw new ObError('OB_ERR_INVALID_GROUP_FUNC_USE');
  return aggregateCall(node, { ...context, insideAggregate: true }, sources, bare);
}

export function aggregateCall(
  node: AggregateCall,
  context: ExpressionContext,
  sources: SelectSources,
  wrap: WrapCall,
): Typed {
  const { translation } = context;
  if (node.star) return computed(wrap('count(*)'), bigintType, { nullable: false });
  const args = node.args.map((argument) => sources.expression(argument, context));
  const [first] = args as [Typed, ...Typed[]];
  switch (node.name) {
    case 'COUNT':
    case 'APPROX_COUNT_DISTINCT':
      return count(args, node.distinct || node.name === 'APPROX_COUNT_DISTINCT', context, wrap);
    case 'SUM':
      return sum(first, node.distinct, context, wrap);
    case 'AVG':
      return average(first, node.distinct, context, wrap);
    case 'MIN':
    case 'MAX':
      return extreme(node.name, first, context, wrap);
    case 'ANY_VALUE':
      return { ...withoutColumn(first), sql: translation.raw(first) };
    case 'GROUP_CONCAT':
      return groupConcat(node, args, context, sources, wrap);
    case 'BIT_AND':
    case 'BIT_OR':
    case 'BIT_XOR': {
      const value = translation.raw(inValueForm(translation, asNumber(translation, first)));
      return computed(
        wrap(`sx_${node.name.toLowerCase()}(${value})`),
        { name: 'bigint', unsigned: true, length: 21 },
        { nullable: false },
      );
    }
    case 'JSON_ARRAYAGG':
      return computed(wrap(`sx_json_array(${jsonArgument(first, context)})`), { name: 'json' });
    case 'JSON_OBJECTAGG': {
      const key = translation.raw(asText(translation, first));
      return computed(wrap(`sx_json_object(${key}, ${jsonArgument(args[1] as Typed, context)})`), {
        name: 'json',
      });
    }
    default:
      return computed(
        wrap(`${spreadNames[node.name]}(${realSql(translation, first)})`),
        spreadType(first, context),
      );
  }
}

/** A double; of exact numbers it prints with four digits more than they have. */
function spreadType(argument: Typed, { translation }: ExpressionContext): SqlType {
  const { type } = asNumber(translation, argument);
  const kind = classOf(type);
  if (kind !== 'int' && kind !== 'decimal') return doubleType;
  const increment = Number(translation.environment.variable('div_precision_increment', 'session') ?? 4);
  return { ...doubleType, decimals: Math.min((type.decimals ?? 0) + increment, 30) };
}

const spreadNames: Readonly<Record<string, string>> = {
  STD: 'sx_std_pop',
  STDDEV: 'sx_std_pop',
  STDDEV_POP: 'sx_std_pop',
  STDDEV_SAMP: 'sx_std_samp',
  VARIANCE: 'sx_var_pop',
  VAR_POP: 'sx_var_pop',
  VAR_SAMP: 'sx_var_samp',
};

function withoutColumn(typed: Typed): Typed {
  const { column: _, constant: __, literal: ___, ...rest } = typed;
  return { ...rest, nullable: true };
}

function jsonArgument(typed: Typed, { translation }: ExpressionContext): string {
  const value = translation.raw(inValueForm(translation, typed));
  return `${value}, ${fixedSql(classOf(typed.type))}`;
}

function count(args: readonly Typed[], distinct: boolean, context: ExpressionContext, wrap: WrapCall): Typed {
  const { translation } = context;
  const options = { nullable: false };
  if (!distinct) {
    const present = args.map((argument) => `${translation.raw(argument)} IS NOT NULL`);
    const [only] = args;
    const inner = args.length === 1 ? translation.raw(only as Typed) : `nullif(${present.join(' AND ')}, 0)`;
    return computed(wrap(`count(${inner})`), bigintType, options);
  }
  const keys = args.map((argument) => orderSql(translation, argument));
  if (keys.length === 1) return computed(wrap(`count(DISTINCT ${keys[0]})`), bigintType, options);
  // A row with a NULL isn't counted; quote() keeps the parts apart.
  const joined = keys.map((key) => `quote(${key.replace(/ COLLATE NOCASE$/, '')})`).join(` || ',' || `);
  const present = args.map((argument) => `${translation.raw(argument)} IS NOT NULL`).join(' AND ');
  return computed(wrap(`count(DISTINCT CASE WHEN ${present} THEN ${joined} END)`), bigintType, options);
}

/** SUM of integers and DECIMAL is exact, with 22 digits more; of anything else a double. */
function sum(argument: Typed, distinct: boolean, context: ExpressionContext, wrap: WrapCall): Typed {
  const { translation } = context;
  const word = distinct ? 'DISTINCT ' : '';
  const number = asNumber(translation, argument);
  const kind = classOf(number.type);
  if (kind === 'double' || kind === 'null') {
    return computed(wrap(`sum(${word}${realSql(translation, number)})`), doubleType);
  }
  const scale = number.type.decimals ?? 0;
  const digits = kind === 'decimal' ? (number.type.length ?? 10) : integerDigits(number);
  return computed(
    wrap(exactSum(argument, number, word, context)),
    decimalType(digits + 22, kind === 'decimal' ? scale : 0),
  );
}

function exactSum(argument: Typed, number: Typed, word: string, { translation }: ExpressionContext): string {
  // A sum of up to ten billion 32-bit integers fits SQLite's 64 bits.
  if (classOf(number.type) === 'int' && integerDigits(number) <= 10 && !isWideUnsigned(number.type)) {
    return `sum(${word}${translation.raw(number)})`;
  }
  if (argument.type.name === 'decimal' && argument.form === 'stored' && argument.constant === undefined) {
    return `sx_sum_key(${word}${argument.sql})`;
  }
  return `sx_sum(${word}${translation.raw(inValueForm(translation, number))})`;
}

function average(argument: Typed, distinct: boolean, context: ExpressionContext, wrap: WrapCall): Typed {
  const { translation } = context;
  const word = distinct ? 'DISTINCT ' : '';
  const number = asNumber(translation, argument);
  const kind = classOf(number.type);
  if (kind === 'double' || kind === 'null')
    return computed(wrap(`avg(${word}${realSql(translation, number)})`), doubleType);
  const increment = Number(translation.environment.variable('div_precision_increment', 'session') ?? 4);
  const scale = Math.min((kind === 'decimal' ? (number.type.decimals ?? 0) : 0) + increment, 30);
  const digits = kind === 'decimal' ? (number.type.length ?? 10) : integerDigits(number);
  const total = wrap(exactSum(argument, number, word, context));
  const rows = wrap(`count(${word}${translation.raw(argument)})`);
  return computed(`sx_div(${total}, ${rows}, ${scale})`, decimalType(digits + increment, scale));
}

/** Over the stored form where there is one, since it sorts as the values do. ENUM and SET compare as texts. */
function extreme(name: 'MIN' | 'MAX', argument: Typed, context: ExpressionContext, wrap: WrapCall): Typed {
  const { translation } = context;
  const call = (sql: string): string => wrap(`${name.toLowerCase()}(${sql})`);
  const { type } = argument;
  if (type.name === 'enum' || type.name === 'set') {
    const text = asText(translation, argument);
    return computed(call(`${translation.raw(text)} COLLATE NOCASE`), textType(displayLength(type)));
  }
  if (argument.form === 'stored' && argument.constant === undefined) {
    return computed(call(argument.sql), type, { form: 'stored' });
  }
  if (type.name === 'decimal') return computed(`sx_dec(${call(orderSql(translation, argument))})`, type, {});
  if (type.name === 'time')
    return computed(call(`sx_us(${translation.raw(argument)})`), type, { form: 'stored' });
  return computed(call(orderSql(translation, argument)), type);
}

function groupConcat(
  node: AggregateCall,
  args: readonly Typed[],
  context: ExpressionContext,
  sources: SelectSources,
  wrap: WrapCall,
): Typed {
  const { translation } = context;
  const texts = args.map((argument) => translation.raw(asText(translation, argument)));
  const value = texts.length === 1 ? texts[0] : `(${texts.join(' || ')})`;
  const separator = fixedSql(node.separator ?? ',');
  const order = node.orderBy.map(({ expression, direction }) => {
    const ordinal = expression.kind === 'integer' ? args[Number(expression.value) - 1] : undefined;
    const key = ordinal ?? sources.expression(expression, context);
    return `${orderSql(translation, key)}${direction === 'DESC' ? ' DESC' : ''}`;
  });
  const tail = order.length === 0 ? '' : ` ORDER BY ${order.join(', ')}`;
  const collation = args.find((argument) => argument.type.collation !== undefined)?.type.collation;
  const type: SqlType = {
    ...textType(1024, collation ?? 'utf8mb4_general_ci'),
    name: 'text',
    length: 65_535,
  };
  if (!node.distinct) return computed(wrap(`sx_group_concat(${value}, ${separator}${tail})`), type);
  return computed(distinctConcat(value ?? '', args, separator, tail, wrap), type);
}

/** SQLite takes DISTINCT of one argument only: the separator is put in between by a second pass. */
function distinctConcat(
  value: string,
  args: readonly Typed[],
  separator: string,
  tail: string,
  wrap: WrapCall,
): string {
  const folds =
    args.length === 1 && args[0]?.type.collation?.endsWith('_ci') === true ? ' COLLATE NOCASE' : '';
  return `sx_join(${wrap(`sx_distinct(DISTINCT ${value}${folds}${tail})`)}, ${separator})`;
}
