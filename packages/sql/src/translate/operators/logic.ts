import { ObError } from '@sealane/errors';
import type {
  BetweenExpression,
  BinaryExpression,
  ComparisonOperator,
  Expression,
  InListExpression,
  IsExpression,
} from '../../ast.ts';
import type { SqlValue } from '../../values.ts';
import { conditionSql } from '../forms.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import { notSupported } from '../statement.ts';
import { computed, intType, type Typed } from '../typed.ts';
import { comparable, compareSql } from './comparison.ts';
import { foldCondition } from './fold.ts';

/** A condition's value: 0, 1 or NULL. */
export function truth(sql: string, nullable: boolean): Typed {
  return computed(sql, intType, { nullable });
}

/** Items of a row, or the one expression. */
export function rowItems(node: Expression): readonly Expression[] {
  return node.kind === 'row' ? node.items : [node];
}

export function comparison(
  node: BinaryExpression,
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const operator = node.operator as ComparisonOperator;
  const left = rowItems(node.left);
  const right = rowItems(node.right);
  if (left.length !== right.length) throw new ObError('OB_ERR_INVALID_COLUMN_NUM', [left.length]);
  const a = left.map((item) => sources.expression(item, context));
  const b = right.map((item) => sources.expression(item, context));
  return compareRows(operator, a, b, context);
}

/** `(a, b) < (c, d)` is `a < c OR (a = c AND b < d)`; for = and <> all or any of the items. */
export function compareRows(
  operator: ComparisonOperator,
  a: readonly Typed[],
  b: readonly Typed[],
  context: ExpressionContext,
): Typed {
  const { translation } = context;
  const nullable = operator !== '<=>' && [...a, ...b].some((item) => item.nullable);
  if (a.length === 1) {
    const [first, second] = [a[0] as Typed, b[0] as Typed];
    const sql = compareSql(translation, operator, first, second);
    return foldCondition(context, sql, [first, second], nullable);
  }
  const pair = (symbol: ComparisonOperator, index: number): string =>
    compareSql(translation, symbol, a[index] as Typed, b[index] as Typed);
  if (operator === '=' || operator === '<=>') {
    return truth(`(${a.map((_, index) => pair(operator, index)).join(' AND ')})`, nullable);
  }
  if (operator === '<>') return truth(`(${a.map((_, index) => pair('<>', index)).join(' OR ')})`, nullable);
  const strict = operator.startsWith('<') ? '<' : '>';
  let sql = pair(operator, a.length - 1);
  for (let index = a.length - 2; index >= 0; index -= 1) {
    sql = `(${pair(strict, index)} OR (${pair('=', index)} AND ${sql}))`;
  }
  return truth(sql, nullable);
}

export function logical(node: BinaryExpression, context: ExpressionContext, sources: SelectSources): Typed {
  const { translation } = context;
  const operands = chain(node, node.operator).map((operand) => sources.expression(operand, context));
  const conditions = operands.map((operand) => conditionSql(translation, operand));
  const nullable = operands.some((operand) => operand.nullable);
  if (node.operator === 'XOR') {
    const sql = conditions.map((condition) => `(NOT ${condition})`).reduce((a, b) => `(NOT (${a} <> ${b}))`);
    return foldCondition(context, `(NOT ${sql})`, operands, nullable);
  }
  return foldCondition(context, balanced(conditions, node.operator), operands, nullable);
}

/** `a OR b OR c` as a list. */
function chain(node: Expression, operator: string): Expression[] {
  const operands: Expression[] = [];
  let left: Expression = node;
  while (left.kind === 'binary' && left.operator === operator) {
    operands.push(left.right);
    left = left.left;
  }
  operands.push(left);
  return operands.reverse();
}

/** Joined so that the depth, which SQLite bounds, grows with the logarithm only. */
function balanced(conditions: readonly string[], operator: string): string {
  if (conditions.length <= 16) return `(${conditions.join(` ${operator} `)})`;
  const middle = conditions.length >> 1;
  return `(${balanced(conditions.slice(0, middle), operator)} ${operator} ${balanced(conditions.slice(middle), operator)})`;
}

export function negation(operand: Typed, context: ExpressionContext): Typed {
  return foldCondition(
    context,
    `(NOT ${conditionSql(context.translation, operand)})`,
    [operand],
    operand.nullable,
  );
}

/** x BETWEEN a AND b: each bound is compared by its own rules. */
export function between(node: BetweenExpression, context: ExpressionContext, sources: SelectSources): Typed {
  const { translation } = context;
  const operand = sources.expression(node.operand, context);
  const low = sources.expression(node.low, context);
  const high = sources.expression(node.high, context);
  const above = compareSql(translation, '>=', operand, low);
  const below = compareSql(translation, '<=', operand, high);
  const nullable = operand.nullable || low.nullable || high.nullable;
  const sql = `(${above} AND ${below})`;
  return foldCondition(context, node.negated ? `(NOT ${sql})` : sql, [operand, low, high], nullable);
}

export function inList(node: InListExpression, context: ExpressionContext, sources: SelectSources): Typed {
  const left = rowItems(node.operand).map((item) => sources.expression(item, context));
  const items = node.items.map((item) => {
    const row = rowItems(item);
    if (row.length !== left.length) throw new ObError('OB_ERR_INVALID_COLUMN_NUM', [left.length]);
    return row.map((each) => sources.expression(each, context));
  });
  const all = [...left, ...items.flat()];
  const nullable = all.some((item) => item.nullable);
  const operand = left[0] as Typed;
  const sql =
    (left.length === 1
      ? listSql(
          operand,
          items.map((item) => item[0] as Typed),
          context,
        )
      : undefined) ??
    balanced(
      items.map((item) => context.translation.raw(compareRows('=', left, item, context))),
      'OR',
    );
  return foldCondition(context, node.negated ? `(NOT ${sql})` : sql, all, nullable);
}

/** SQLite's IN, where each item compares with the same left side and in the same collation; then an index serves. */
function listSql(operand: Typed, items: readonly Typed[], context: ExpressionContext): string | undefined {
  if (operand.constant !== undefined) return undefined;
  const pairs = items.map((item) => comparable(context.translation, operand, item, true));
  const first = pairs[0];
  if (first === undefined) return undefined;
  const alike = pairs.every((pair) => pair.left === first.left && pair.collate === first.collate);
  if (!alike) return undefined;
  const list = pairs.map((pair) => pair.right);
  // The collation of IN is its left side's.
  return `(${first.left}${first.collate} IN (${longList(list, context) ?? list.join(', ')}))`;
}

/** More values than SQLite takes one by one come as one JSON text. */
function longList(places: readonly string[], { translation }: ExpressionContext): string | undefined {
  if (places.length <= listMax) return undefined;
  const evaluates = places.flatMap((place) => translation.evaluateAt(place) ?? []);
  if (evaluates.length !== places.length) return undefined;
  const whole = translation.bind(
    (execution) => `[${evaluates.map((evaluate) => jsonText(evaluate(execution))).join()}]`,
  );
  return `SELECT value FROM json_each(${whole})`;
}

/** Most values of IN that are bound one by one. */
const listMax = 1000;

function jsonText(value: SqlValue): string {
  if (value instanceof Uint8Array) throw notSupported(`byte strings in a list of more than ${listMax}`);
  if (typeof value === 'number' && Number.isInteger(value)) return value.toExponential();
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}

export function isTest(node: IsExpression, context: ExpressionContext, sources: SelectSources): Typed {
  const { translation } = context;
  const operand = sources.expression(node.operand, context);
  const not = node.negated ? ' NOT' : '';
  if (node.what === 'NULL' || node.what === 'UNKNOWN') {
    return foldCondition(context, `(${translation.raw(operand)} IS${not} NULL)`, [operand], false);
  }
  const condition = conditionSql(translation, operand);
  const sql = node.what === 'TRUE' ? `(${condition} IS${not} TRUE)` : `(${condition} IS${not} FALSE)`;
  return foldCondition(context, sql, [operand], false);
}
