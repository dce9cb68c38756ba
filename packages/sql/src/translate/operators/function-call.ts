import { ObError } from '@sealane/errors';
import type { Expression, FunctionCall } from '../../ast.ts';
import type { FunctionArgument, ScalarFunction } from '../../functions/definition.ts';
import { asNumber, asText, asTyped, inValueForm } from '../forms.ts';
import { callable, findFunction } from '../function-table.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import { notSupported } from '../statement.ts';
import { computed, constant, literal, type Typed, textType } from '../typed.ts';
import { fixedSql } from './call.ts';
import { specialCalls } from './special-calls.ts';

export function functionCall(node: FunctionCall, context: ExpressionContext, sources: SelectSources): Typed {
  const special = node.database === undefined ? specialCalls.get(node.name) : undefined;
  if (special !== undefined) {
    checkArity(node.name, node.args, special.arity);
    return special.translate(node, context, sources);
  }
  const definition = node.database === undefined ? findFunction(node.name) : undefined;
  if (definition === undefined) throw unknownFunction(node, context);
  if (node.charset !== undefined && definition.name !== 'char') throw notSupported(`${node.name} USING`);
  const args = node.args.map((argument) => sources.expression(argument, context));
  const unit = node.unit === undefined ? [] : [literal(node.unit, textType(node.unit.length))];
  return callFunction(definition, [...unit, ...args], context);
}

/** 1305 with the name as written; one without a database is looked for in the default one. */
function unknownFunction(node: FunctionCall, { translation }: ExpressionContext): ObError {
  const written = /^[\w$.`]+/.exec(translation.text.slice(node.start, node.end))?.[0] ?? node.name;
  const { database } = translation.environment.session;
  const shown = node.database === undefined && database !== undefined ? `${database}.${written}` : written;
  return new ObError('OB_ERR_FUNCTION_UNKNOWN', ['FUNCTION', shown.replaceAll('`', '')]);
}

/** @throws 1582 */
export function checkArity(
  name: string,
  args: readonly Expression[] | readonly Typed[],
  arity: ScalarFunction['arity'],
): void {
  if (args.length >= arity.min && args.length <= arity.max) return;
  throw new ObError('OB_ERR_PARAM_SIZE', [name]);
}

/** A call of a function of the table; constants alone give a constant. */
export function callFunction(
  definition: ScalarFunction,
  given: readonly Typed[],
  context: ExpressionContext,
): Typed {
  const { translation } = context;
  checkArity(definition.name, given, definition.arity);
  const { numeric } = definition;
  const args = given.map((argument, index) => {
    const isNumber = numeric === 'all' || numeric?.includes(index) === true;
    if (isNumber) return inValueForm(translation, asNumber(translation, argument));
    if (argument.type.name === 'float' && joinsTexts.has(definition.name))
      return asText(translation, argument);
    return inValueForm(translation, asTyped(argument));
  });
  const facts = args.map(
    (argument): FunctionArgument =>
      argument.literal === undefined
        ? { type: argument.type }
        : { type: argument.type, literal: argument.literal },
  );
  if (definition.unbounded?.(facts) === true) translation.unbounded = true;
  const type = typeof definition.returns === 'function' ? definition.returns(facts) : definition.returns;
  const nullable =
    definition.strict === true
      ? definition.nullable !== false || args.some((argument) => argument.nullable)
      : (definition.nullable ?? true);
  const types = definition.typed === true ? JSON.stringify(args.map((argument) => argument.type)) : undefined;
  const evaluates = args.flatMap((argument) => (argument.constant === undefined ? [] : [argument.constant]));
  const once = definition.deterministic || definition.oncePerStatement === true;
  if (once && definition.call !== undefined && evaluates.length === args.length) {
    const call = callable(definition);
    const front = types === undefined ? [] : [types];
    return constant(
      (execution) => call(...front, ...evaluates.map((evaluate) => evaluate(execution))),
      type,
      nullable,
    );
  }
  const sqls = args.map((argument) => translation.raw(argument));
  const template = definition.sqlite?.(facts);
  if (template !== undefined) return computed(fillTemplate(template, sqls), type, { nullable });
  if (definition.call === undefined) throw notSupported(`${definition.name.toUpperCase()} of these types`);
  const front = types === undefined ? [] : [fixedSql(types)];
  return computed(`sl_${definition.name}(${[...front, ...sqls].join(', ')})`, type, { nullable });
}

/** A FLOAT prints with fewer digits than it has. */
const joinsTexts: ReadonlySet<string> = new Set(['concat', 'concat_ws']);

/** Only in the template's own text: an argument may hold a `$`. */
function fillTemplate(template: string, args: readonly string[]): string {
  return template.replace(/\$(\d|\*)/g, (_, which: string) =>
    which === '*' ? args.join(', ') : (args[Number(which) - 1] ?? 'NULL'),
  );
}
