import type { CaseExpression, Expression } from '../../ast.ts';
import type { SqlType } from '../../sql-type.ts';
import { asNumber, conditionSql, inValueForm } from '../forms.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import type { Translation } from '../statement.ts';
import { classOf, isNumeric, type Typed } from '../typed.ts';
import { compareSql } from './comparison.ts';
import { foldValue } from './fold-value.ts';
import { unify } from './unify.ts';

export function caseOf(node: CaseExpression, context: ExpressionContext, sources: SelectSources): Typed {
  const { translation } = context;
  const operand = node.operand === undefined ? undefined : sources.expression(node.operand, context);
  const conditions = node.branches.map(({ when }) => {
    const typed = sources.expression(when, context);
    return {
      typed,
      sql:
        operand === undefined
          ? conditionSql(translation, typed)
          : compareSql(translation, '=', operand, typed),
    };
  });
  const values = node.branches.map(({ result }) => sources.expression(result, context));
  const otherwise = node.otherwise === undefined ? undefined : sources.expression(node.otherwise, context);
  const { type, form, items } = unify(translation, otherwise === undefined ? values : [...values, otherwise]);
  const branches = conditions.map(
    ({ sql }, index) => `WHEN ${sql} THEN ${translation.raw(items[index] as Typed)}`,
  );
  const last = otherwise === undefined ? '' : ` ELSE ${translation.raw(items.at(-1) as Typed)}`;
  const nullable = otherwise === undefined || items.some((item) => item.nullable);
  const inputs = [
    ...conditions.map(({ typed }) => typed),
    ...items,
    ...(operand === undefined ? [] : [operand]),
  ];
  return foldValue(context, `(CASE ${branches.join(' ')}${last} END)`, inputs, type, { nullable, form });
}

/** IF(condition, a, b) */
export function ifOf(args: readonly Expression[], context: ExpressionContext, sources: SelectSources): Typed {
  const { translation } = context;
  const [test, ...rest] = args.map((argument) => sources.expression(argument, context)) as [
    Typed,
    Typed,
    Typed,
  ];
  const { type, form, items } = unify(translation, rest);
  const [yes, no] = items.map((item) => translation.raw(item));
  const sql = `(CASE WHEN ${conditionSql(translation, test)} THEN ${yes} ELSE ${no} END)`;
  return foldValue(context, sql, [test, ...items], type, {
    nullable: rest.some((item) => item.nullable),
    form,
  });
}

/** COALESCE and IFNULL. */
export function coalesceOf(
  args: readonly Expression[],
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const { translation } = context;
  const given = args.map((argument) => sources.expression(argument, context));
  const { type, form, items } = unify(translation, given);
  const options = { nullable: given.every((item) => item.nullable), form };
  if (items.length === 1) return { ...(items[0] as Typed), type, ...options };
  return foldValue(
    context,
    `coalesce(${items.map((item) => translation.raw(item)).join(', ')})`,
    items,
    type,
    options,
  );
}

/** NULLIF(a, b): a's value and type. */
export function nullIfOf(
  args: readonly Expression[],
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const { translation } = context;
  const [a, b] = args.map((argument) => sources.expression(argument, context)) as [Typed, Typed];
  const sql = `(CASE WHEN ${compareSql(translation, '=', a, b)} THEN NULL ELSE ${translation.raw(a)} END)`;
  return foldValue(context, sql, [a, b], a.type, {
    nullable: true,
    form: a.constant === undefined ? a.form : 'value',
  });
}

/** GREATEST and LEAST: NULL if one of them is; compared as one type. */
export function extremeOf(
  name: 'GREATEST' | 'LEAST',
  args: readonly Expression[],
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const { translation } = context;
  const given = numbersIfMixed(
    args.map((argument) => sources.expression(argument, context)),
    translation,
  );
  const { type, items } = unify(translation, given);
  const values = items.map((item) => inValueForm(translation, item));
  const nullable = given.some((item) => item.nullable);
  let best = values[0] as Typed;
  for (const item of values.slice(1)) best = better(name, best, item, type, context);
  return { ...best, type, nullable };
}

/** Numbers and texts together are compared as numbers. Source: MySQL 5.7's manual, LEAST. */
function numbersIfMixed(given: readonly Typed[], translation: Translation): readonly Typed[] {
  const isText = (typed: Typed): boolean => classOf(typed.type) === 'text' || classOf(typed.type) === 'bytes';
  const others = given.filter((typed) => !isText(typed));
  if (others.length === given.length || !others.some(({ type }) => isNumeric(type))) return given;
  if (!others.every(({ type }) => isNumeric(type) || type.name === 'null')) return given;
  return given.map((typed) => (isText(typed) ? asNumber(translation, typed) : typed));
}

function better(
  name: 'GREATEST' | 'LEAST',
  a: Typed,
  b: Typed,
  type: SqlType,
  context: ExpressionContext,
): Typed {
  const { translation } = context;
  const compared = compareSql(translation, name === 'GREATEST' ? '>=' : '<=', a, b);
  const sql = `(CASE ${compared} WHEN 1 THEN ${translation.raw(a)} WHEN 0 THEN ${translation.raw(b)} END)`;
  return foldValue(context, sql, [a, b], type, { nullable: true, form: 'value' });
}
