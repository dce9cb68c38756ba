import type { SqlType } from '../../sql-type.ts';
import type { ExpressionContext } from '../scope.ts';
import { computed, constant, type Typed } from '../typed.ts';

/** Like foldCondition, for an expression of any type: constants alone make a constant. */
export function foldValue(
  context: ExpressionContext,
  sql: string,
  operands: readonly Typed[],
  type: SqlType,
  options: { readonly nullable: boolean; readonly form: 'stored' | 'value' },
): Typed {
  if (options.form === 'stored' || operands.some((operand) => operand.constant === undefined)) {
    return computed(sql, type, options);
  }
  const { sql: text, binds } = context.translation.finish(`SELECT ${sql}`);
  return constant(
    (execution) =>
      execution.handle.all(
        text,
        binds.map((evaluate) => evaluate(execution)),
      )[0]?.[0] ?? null,
    type,
    options.nullable,
  );
}
