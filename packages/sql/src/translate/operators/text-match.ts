import { ObError } from '@sealane/errors';
import type { LikeExpression, RegexpExpression } from '../../ast.ts';
import { mayBacktrack } from '../../functions/regexp-cost.ts';
import { isCaseSensitive } from '../../types/charset.ts';
import { asText } from '../forms.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import { computed, intType, type Typed } from '../typed.ts';
import { callOperator } from './call.ts';
import { comparisonCollation } from './comparison.ts';
import { foldCondition } from './fold.ts';

/** LIKE by MySQL's rules; a prefix of a constant pattern bounds the column, so that an index serves. */
export function like(node: LikeExpression, context: ExpressionContext, sources: SelectSources): Typed {
  const { translation } = context;
  const given = sources.expression(node.operand, context);
  const operand = asText(translation, given);
  const pattern = asText(translation, sources.expression(node.pattern, context));
  const escapeBy =
    node.escape === undefined ? '\\' : asText(translation, sources.expression(node.escape, context));
  if (
    typeof escapeBy !== 'string' &&
    typeof escapeBy.literal === 'string' &&
    [...escapeBy.literal].length > 1
  )
    throw new ObError('OB_INVALID_ARGUMENT', ['ESCAPE']);
  const fold = isCaseSensitive(comparisonCollation(given, pattern)) ? 0n : 1n;
  const matched = callOperator(
    translation,
    'sx_like',
    [operand, pattern, escapeBy, fold],
    intType,
    given.nullable || pattern.nullable,
  );
  const bounds = typeof escapeBy === 'string' ? prefixBounds(given, pattern, fold === 1n, context) : '';
  const sql =
    bounds === ''
      ? matched
      : computed(`(${bounds} AND ${matched.sql})`, intType, { nullable: matched.nullable });
  return node.negated ? not(matched, context) : sql;
}

function not(matched: Typed, context: ExpressionContext): Typed {
  return foldCondition(context, `(NOT ${context.translation.raw(matched)})`, [matched], matched.nullable);
}

/** `c >= 'abc' AND c < 'abc' + the last character of all` for LIKE 'abc%' on a bare text column. */
function prefixBounds(given: Typed, pattern: Typed, fold: boolean, context: ExpressionContext): string {
  const text = pattern.literal;
  if (given.column === undefined || given.form !== 'stored' || typeof text !== 'string') return '';
  if (!/^(var)?char$|text$/.test(given.type.name)) return '';
  const prefix = /^[^%_\\]*/.exec(text)?.[0] ?? '';
  // SQLite folds ASCII only, LIKE folds all letters: the bounds would lose rows.
  if (prefix === '' || (fold && !isPlainAscii(prefix))) return '';
  const { translation } = context;
  const collate = fold ? 'COLLATE NOCASE' : 'COLLATE BINARY';
  const low = translation.bindValue(prefix);
  const high = translation.bindValue(`${prefix}\u{10ffff}`);
  return `${given.sql} >= ${low} ${collate} AND ${given.sql} < ${high} ${collate}`;
}

/** Without K and S, which the Kelvin sign and the long s fold to. */
function isPlainAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text) && !/[ks]/i.test(text);
}

export function regexp(node: RegexpExpression, context: ExpressionContext, sources: SelectSources): Typed {
  const { translation } = context;
  const given = sources.expression(node.operand, context);
  const pattern = asText(translation, sources.expression(node.pattern, context));
  if (mayBacktrack(pattern.literal)) translation.unbounded = true;
  const fold = isCaseSensitive(comparisonCollation(given, pattern)) ? 0n : 1n;
  const args = [asText(translation, given), pattern, fold];
  const matched = callOperator(translation, 'sx_regexp', args, intType, given.nullable || pattern.nullable);
  return node.negated ? not(matched, context) : matched;
}
