import type { ExpressionContext } from '../scope.ts';
import { intType, type Typed } from '../typed.ts';
import { foldValue } from './fold-value.ts';

/** A condition; of constants alone it is a constant too, so that what builds on it can be bound. */
export function foldCondition(
  context: ExpressionContext,
  sql: string,
  operands: readonly Typed[],
  nullable: boolean,
): Typed {
  return foldValue(context, sql, operands, intType, { nullable, form: 'value' });
}
