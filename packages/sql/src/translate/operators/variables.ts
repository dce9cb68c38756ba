import { ObError } from '@sealane/errors';
import type { SystemVariableExpression, UserVariableAssignment, UserVariableExpression } from '../../ast.ts';
import type { SqlType } from '../../sql-type.ts';
import type { CellValue } from '../../values.ts';
import { inValueForm } from '../forms.ts';
import type { ExpressionContext } from '../scope.ts';
import type { SelectSources } from '../sources.ts';
import { bigintType, computed, constant, type Typed, textType, unsignedType } from '../typed.ts';
import { fixedSql } from './call.ts';

/** A variable that the statement doesn't assign is a constant of it. */
export function userVariable(node: UserVariableExpression, context: ExpressionContext): Typed {
  const { translation } = context;
  const name = node.name.toLowerCase();
  const type = translation.assignedTypes.get(name) ?? translation.variableType(name);
  if (translation.assignedVariables.has(name)) {
    return computed(`sx_getvar(${fixedSql(name)})`, type, { coercibility: 2 });
  }
  return constant((execution) => execution.session.userVariables[name] ?? null, type, true, 2);
}

export function assignUserVariable(
  node: UserVariableAssignment,
  context: ExpressionContext,
  sources: SelectSources,
): Typed {
  const { translation } = context;
  const value = inValueForm(translation, sources.expression(node.value, context));
  translation.assignedTypes.set(node.name.toLowerCase(), value.type);
  const sql = `sx_setvar(${fixedSql(node.name.toLowerCase())}, ${translation.raw(value)})`;
  return computed(sql, value.type, { nullable: value.nullable, coercibility: 2 });
}

/** @throws 1193 for a variable that there isn't */
export function systemVariable(node: SystemVariableExpression, context: ExpressionContext): Typed {
  const { translation } = context;
  const scope = node.scope ?? 'session';
  const value = translation.environment.variable(node.name.toLowerCase(), scope);
  if (value === undefined) throw new ObError('OB_ERR_SYS_VARIABLE_UNKNOWN', [node.name]);
  const name = node.name.toLowerCase();
  return constant(
    (execution) => execution.variable(name, scope) ?? null,
    typeOfValue(value),
    value === null,
    4,
  );
}

/** The static type of a value that is known only by its cell: of parameters and variables. */
export function typeOfValue(value: CellValue): SqlType {
  if (typeof value === 'bigint') {
    return value >= 1n << 63n ? { ...unsignedType, length: 20 } : { ...bigintType, length: 20 };
  }
  if (typeof value === 'number') return { name: 'double' };
  if (typeof value === 'string') return textType(Math.max(value.length, 1));
  if (value instanceof Uint8Array) {
    return { name: 'longblob', charset: 'binary', collation: 'binary' };
  }
  return { name: 'null' };
}
