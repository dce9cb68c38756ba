import type { FunctionCall } from '../../ast.ts';
import type { ScalarFunction } from '../../functions/definition.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import type { Typed } from '../typed.ts';
import { coalesceOf, extremeOf, ifOf, nullIfOf } from './conditional.ts';
import { dateAddCall } from './interval.ts';

/** Functions that the translator writes itself, since their arguments decide how they are compared or typed. */
interface SpecialCall {
  readonly arity: ScalarFunction['arity'];
  translate(node: FunctionCall, context: ExpressionContext, sources: SelectSources): Typed;
}

const any = Number.POSITIVE_INFINITY;

export const specialCalls: ReadonlyMap<string, SpecialCall> = new Map<string, SpecialCall>([
  [
    'IF',
    { arity: { min: 3, max: 3 }, translate: (node, context, sources) => ifOf(node.args, context, sources) },
  ],
  [
    'IFNULL',
    {
      arity: { min: 2, max: 2 },
      translate: (node, context, sources) => coalesceOf(node.args, context, sources),
    },
  ],
  [
    'NVL',
    {
      arity: { min: 2, max: 2 },
      translate: (node, context, sources) => coalesceOf(node.args, context, sources),
    },
  ],
  [
    'COALESCE',
    {
      arity: { min: 1, max: any },
      translate: (node, context, sources) => coalesceOf(node.args, context, sources),
    },
  ],
  [
    'NULLIF',
    {
      arity: { min: 2, max: 2 },
      translate: (node, context, sources) => nullIfOf(node.args, context, sources),
    },
  ],
  [
    'GREATEST',
    {
      arity: { min: 2, max: any },
      translate: (node, context, sources) => extremeOf('GREATEST', node.args, context, sources),
    },
  ],
  [
    'LEAST',
    {
      arity: { min: 2, max: any },
      translate: (node, context, sources) => extremeOf('LEAST', node.args, context, sources),
    },
  ],
  ...(['DATE_ADD', 'ADDDATE', 'DATE_SUB', 'SUBDATE'] as const).map((name): [string, SpecialCall] => [
    name,
    { arity: { min: 2, max: 2 }, translate: (node, context, sources) => dateAddCall(node, context, sources) },
  ]),
]);
