import type { SqlType } from '../../sql-type.ts';
import type { SqlValue } from '../../values.ts';
import { quoteText } from '../forms.ts';
import { operatorFunction } from '../runtime/functions.ts';
import type { Translation } from '../statement.ts';
import { computed, constant, type Evaluate, type Typed } from '../typed.ts';

/** An argument: an expression (used in the form it has) or a fixed value, which is written into the text. */
export type CallArgument = Typed | bigint | string | null;

/**
 * A call of one of the operator functions. With constants only it is computed once, in JavaScript,
 * and is a constant itself: then a comparison with a column can still use an index.
 */
export function callOperator(
  translation: Translation,
  name: string,
  args: readonly CallArgument[],
  type: SqlType,
  nullable = true,
): Typed {
  const evaluates: Evaluate[] = [];
  for (const argument of args) {
    if (isTyped(argument)) {
      if (argument.constant === undefined) {
        return computed(`${name}(${args.map((each) => argumentSql(translation, each)).join(', ')})`, type, {
          nullable,
        });
      }
      evaluates.push(argument.constant);
    } else evaluates.push(() => argument);
  }
  const { call } = operatorFunction(name);
  return constant((context) => call(...evaluates.map((evaluate) => evaluate(context))), type, nullable);
}

export function isTyped(argument: CallArgument): argument is Typed {
  return typeof argument === 'object' && argument !== null;
}

export function argumentSql(translation: Translation, argument: CallArgument): string {
  return isTyped(argument) ? translation.raw(argument) : fixedSql(argument);
}

/** A value written into SQLite text. */
export function fixedSql(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quoteText(value);
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  if (typeof value === 'number') return Number.isInteger(value) ? value.toExponential() : String(value);
  return value.toString();
}
