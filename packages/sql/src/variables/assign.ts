import { ObError } from '@sealane/errors';
import type { ExecutionContext } from '../plan.ts';
import { changeVariables } from '../session-state.ts';
import { findCharset, findCollation } from '../types/charset.ts';
import type { CellValue } from '../values.ts';
import { checkValue } from './check-value.ts';
import { findVariable, twinOf } from './system-variables.ts';
import type { SystemVariable } from './variable-definition.ts';

/** What the observer is to store for the whole tenant. */
export interface GlobalAssignment {
  readonly name: string;
  readonly value: CellValue;
}

export interface Assignment {
  /** Undefined: the session's. */
  readonly scope: 'session' | 'global' | 'persist' | 'persist-only' | undefined;
  readonly name: string;
  readonly value: CellValue;
}

/** @throws 1193, 1228, 1229, 1238 and what the value's check throws */
export function assignSystemVariable(
  item: Assignment,
  context: ExecutionContext,
): readonly GlobalAssignment[] {
  const variable = writable(item);
  const value = checkValue(variable, item.value, (level, errno, message) =>
    context.warn(level, errno, message),
  );
  const names = [variable.name, twinOf(variable.name) ?? variable.name];
  const assignments = [...new Set(names)]
    .map((name) => ({ name, value }))
    .concat(followers(variable.name, value));
  if (isGlobal(item.scope)) return assignments;
  changeVariables(context.session, Object.fromEntries(assignments.map((each) => [each.name, each.value])));
  if (variable.name === 'last_insert_id' || variable.name === 'identity') {
    context.session.lastInsertId = BigInt(Number(value));
  }
  return [];
}

/** SET name = DEFAULT: of a session the global value, globally the one the product is delivered with. */
export function resetSystemVariable(
  item: Pick<Assignment, 'scope' | 'name'>,
  context: ExecutionContext,
): readonly GlobalAssignment[] {
  const variable = writable(item);
  if (isGlobal(item.scope)) return [{ name: variable.name, value: variable.default }];
  const twin = twinOf(variable.name);
  changeVariables(context.session, { [variable.name]: undefined, [twin ?? variable.name]: undefined });
  return [];
}

/** @throws 1193 unless there is such a variable, 1228, 1229 or 1238 unless it can be set in this scope */
function writable({ scope, name }: Pick<Assignment, 'scope' | 'name'>): SystemVariable {
  const variable = findVariable(name);
  if (variable === undefined) throw new ObError('OB_ERR_SYS_VARIABLE_UNKNOWN', [name]);
  if (variable.readOnly) throw new ObError('OB_ERR_INCORRECT_GLOBAL_LOCAL_VAR', [variable.name, 'read only']);
  if (isGlobal(scope) && variable.scope === 'session')
    throw new ObError('OB_ERR_LOCAL_VARIABLE', [variable.name]);
  if (!isGlobal(scope) && variable.scope === 'global')
    throw new ObError('OB_ERR_GLOBAL_VARIABLE', [variable.name]);
  return variable;
}

function isGlobal(scope: Assignment['scope']): boolean {
  return scope === 'global' || scope === 'persist' || scope === 'persist-only';
}

/** A collation brings its character set, and a character set its default collation. */
function followers(name: string, value: CellValue): readonly GlobalAssignment[] {
  const match = /^(collation|character_set)_(connection|database|server)$/.exec(name);
  if (match === null) return [];
  const [, what, where] = match;
  if (what === 'collation') {
    const charset = findCollation(String(value))?.charset;
    return charset === undefined ? [] : [{ name: `character_set_${where}`, value: charset }];
  }
  const collation = findCharset(String(value))?.defaultCollation;
  return collation === undefined ? [] : [{ name: `collation_${where}`, value: collation }];
}
