import { ObError } from '@sealane/errors';
import type { BinaryExpression, Expression, JsonValueExpression, UnaryExpression } from '../ast.ts';
import { asText, inValueForm } from './forms.ts';
import { findFunction } from './function-table.ts';
import { aggregate } from './operators/aggregate.ts';
import { arithmetic, bitComplement, bitOperation, negate } from './operators/arithmetic.ts';
import { callOperator } from './operators/call.ts';
import { binaryOf, cast, castTo, collate, connectionCollation, convertUsing } from './operators/cast.ts';
import { caseOf } from './operators/conditional.ts';
import { defaultOf } from './operators/default-of.ts';
import { callFunction, functionCall } from './operators/function-call.ts';
import { dateAddOperator } from './operators/interval.ts';
import { translateLiteral } from './operators/literals.ts';
import { between, comparison, inList, isTest, logical, negation } from './operators/logic.ts';
import { matchAgainst } from './operators/match.ts';
import { exists, inSubquery, quantified, rowWithSubquery, scalarSubquery } from './operators/subquery.ts';
import { like, regexp } from './operators/text-match.ts';
import { assignUserVariable, systemVariable, userVariable } from './operators/variables.ts';
import { windowCall } from './operators/window.ts';
import { type ExpressionContext, resolveColumn } from './scope.ts';
import type { SelectSources } from './sources.ts';
import { notSupported } from './statement.ts';
import { constant, intType, literal, type Typed, textType } from './typed.ts';

/** @returns the translator of expressions, which calls itself through `sources` */
export function expressionTranslator(sources: SelectSources) {
  return (node: Expression, context: ExpressionContext): Typed => translateExpression(node, context, sources);
}

function translateExpression(node: Expression, context: ExpressionContext, sources: SelectSources): Typed {
  const { translation } = context;
  switch (node.kind) {
    case 'integer':
    case 'decimal':
    case 'float':
    case 'string':
    case 'hex':
    case 'bit':
    case 'temporal':
    case 'null':
    case 'boolean':
      return translateLiteral(node, node.kind === 'string' ? connectionCollation(context) : '');
    case 'column':
      return resolveColumn(node, context);
    case 'parameter': {
      const { index } = node;
      const type = translation.parameterTypes[index] ?? { name: 'null' };
      return constant((execution) => execution.parameters[index] ?? null, type, true);
    }
    case 'user-variable':
      return userVariable(node, context);
    case 'user-variable-assignment':
      return assignUserVariable(node, context, sources);
    case 'system-variable':
      return systemVariable(node, context);
    case 'unary':
      return unary(node, context, sources);
    case 'binary':
      return binary(node, context, sources);
    case 'like':
      return like(node, context, sources);
    case 'regexp':
      return regexp(node, context, sources);
    case 'in-list':
      return inList(node, context, sources);
    case 'in-subquery':
      return inSubquery(node, context, sources);
    case 'between':
      return between(node, context, sources);
    case 'is':
      return isTest(node, context, sources);
    case 'exists':
      return exists(node, context, sources);
    case 'quantified':
      return quantified(node, context, sources);
    case 'subquery':
      return scalarSubquery(node, context, sources);
    case 'row':
      throw new ObError('OB_ERR_INVALID_COLUMN_NUM', [1]);
    case 'case':
      return caseOf(node, context, sources);
    case 'cast':
      return cast(node, context, sources);
    case 'convert-using':
      return convertUsing(node, context, sources);
    case 'collate':
      return collate(node, context, sources);
    case 'function':
      return functionCall(node, context, sources);
    case 'aggregate':
      return aggregate(node, context, sources);
    case 'window':
      return windowCall(node, context, sources);
    default:
      return translateSpecial(node, context, sources);
  }
}

/** Syntaxes that are functions under the surface, and what stands in few places only. */
function translateSpecial(node: Expression, context: ExpressionContext, sources: SelectSources): Typed {
  const named = (name: string, args: readonly Typed[]): Typed => namedFunction(name, args, context);
  const translate = (expression: Expression): Typed => sources.expression(expression, context);
  const word = (text: string): Typed => literal(text, textType(text.length));
  switch (node.kind) {
    case 'extract':
      return named('extract', [word(node.unit), translate(node.operand)]);
    case 'trim': {
      const name = { BOTH: 'trim', LEADING: 'ltrim', TRAILING: 'rtrim' }[node.side];
      return named(name, [
        translate(node.operand),
        ...(node.remove === undefined ? [] : [translate(node.remove)]),
      ]);
    }
    case 'json-extract': {
      const found = named('json_extract', [translate(node.operand), translate(node.path)]);
      return node.unquote ? named('json_unquote', [found]) : found;
    }
    case 'member-of':
      return named('json_member_of', [translate(node.operand), translate(node.array)]);
    case 'values-of': {
      const value = context.newRow?.(node.column.name);
      if (value !== undefined) return value;
      // Outside ON DUPLICATE KEY UPDATE it is NULL, as in MySQL, for a column that there is.
      translate(node.column);
      return literal(null, { name: 'null' });
    }
    case 'interval':
      throw notSupported('INTERVAL here');
    case 'match':
      return matchAgainst(node, context, sources);
    case 'json-value':
      return jsonValue(node, context, sources);
    case 'default-of':
      return defaultOf(translate(node.column), node.column.name, context.translation);
    case 'default':
      throw notSupported('DEFAULT here');
    default:
      throw notSupported(node.kind);
  }
}

/** JSON_VALUE(document, path RETURNING type), with the default NULL ON EMPTY and NULL ON ERROR only. */
function jsonValue(node: JsonValueExpression, context: ExpressionContext, sources: SelectSources): Typed {
  if (node.onEmpty !== undefined || node.onError !== undefined) throw notSupported('ON EMPTY and ON ERROR');
  const args = [node.document, node.path].map((argument) => sources.expression(argument, context));
  const value = namedFunction('json_unquote', [namedFunction('json_extract', args, context)], context);
  return node.returning === undefined ? value : castTo(value, node.returning, context);
}

function namedFunction(name: string, args: readonly Typed[], context: ExpressionContext): Typed {
  const definition = findFunction(name);
  if (definition === undefined) throw notSupported(name.toUpperCase());
  return callFunction(definition, args, context);
}

function unary(node: UnaryExpression, context: ExpressionContext, sources: SelectSources): Typed {
  const { translation } = context;
  const operand = sources.expression(node.operand, context);
  switch (node.operator) {
    case 'NOT':
      return negation(operand, context);
    case '-':
      return negate(translation, operand, translation.text.slice(node.operand.start, node.operand.end));
    case '+':
      return operand;
    case '~':
      return bitComplement(translation, operand);
    case 'BINARY':
      return binaryOf(operand, context);
  }
}

function binary(node: BinaryExpression, context: ExpressionContext, sources: SelectSources): Typed {
  const { translation } = context;
  switch (node.operator) {
    case '=':
    case '<=>':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return rowWithSubquery(node, context, sources) ?? comparison(node, context, sources);
    case 'AND':
    case 'OR':
    case 'XOR':
      return logical(node, context, sources);
    default:
      break;
  }
  if (node.left.kind === 'interval' || node.right.kind === 'interval')
    return dateAddOperator(node, context, sources);
  const left = sources.expression(node.left, context);
  const right = sources.expression(node.right, context);
  switch (node.operator) {
    case '+':
    case '-':
    case '*':
    case '/':
    case 'DIV':
    case 'MOD':
      return arithmetic(translation, node.operator, left, right, node);
    case '|':
    case '&':
    case '^':
    case '<<':
    case '>>':
      return bitOperation(translation, node.operator, left, right);
    case 'CONCAT':
      return namedFunction('concat', [asText(translation, left), asText(translation, right)], context);
    default: {
      const sounds = [left, right].map((side) =>
        namedFunction('soundex', [inValueForm(translation, side)], context),
      );
      return callOperator(translation, 'sx_same', sounds, intType);
    }
  }
}
