import { ObError } from '@sealane/errors';
import type { SqlType } from '../sql-type.ts';
import { type JsonValue, jsonObject, printJson } from '../types/json.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { anyNumber, define, jsonType as json } from './define.ts';
import type { ScalarFunction } from './definition.ts';
import { cellIndex, hasWildcard, isArray, isObject, type JsonStep, parsePath } from './json-path.ts';
import { documentOf, jsonOf } from './json-value.ts';

/** What to do at the end of a path: with the value there, or (undefined) where it would be. */
type Change = (existing: JsonValue | undefined) => JsonValue | undefined;

/** A copy of the document in which the path's end is changed; the document itself if the path leads nowhere. */
function changed(value: JsonValue, steps: readonly JsonStep[], change: Change, at = 0): JsonValue {
  const step = steps[at];
  if (step === undefined) return orElse(change(value), value);
  const isLast = at === steps.length - 1;
  if (step.kind === 'member')
    return isObject(value) ? changedMember(value, step.name, steps, change, at) : value;
  if (step.kind !== 'cell') return value;
  if (!isArray(value)) return changedScalar(value, step, steps, change, at);
  const index = cellIndex(step, value.length);
  const existing = value[index];
  if (existing !== undefined && !isLast) return value.with(index, changed(existing, steps, change, at + 1));
  if (!isLast) return value;
  const result = change(existing);
  if (existing === undefined) {
    if (result === undefined) return value;
    return index < 0 ? [result, ...value] : [...value, result];
  }
  return result === undefined ? value.toSpliced(index, 1) : value.with(index, result);
}

/** JSON's null is a value too. */
function orElse(value: JsonValue | undefined, otherwise: JsonValue): JsonValue {
  return value === undefined ? otherwise : value;
}

function changedMember(
  value: ReadonlyMap<string, JsonValue>,
  name: string,
  steps: readonly JsonStep[],
  change: Change,
  at: number,
): JsonValue {
  const existing = value.get(name);
  if (at < steps.length - 1) {
    return existing === undefined
      ? value
      : new Map(value).set(name, changed(existing, steps, change, at + 1));
  }
  const result = change(existing);
  if (result !== undefined) return jsonObject([...value, [name, result]]);
  return new Map([...value].filter(([key]) => key !== name));
}

/** A value that is no array is like an array of it alone: `[0]` is the value, `[1]` makes it one. */
function changedScalar(
  value: JsonValue,
  step: Extract<JsonStep, { kind: 'cell' }>,
  steps: readonly JsonStep[],
  change: Change,
  at: number,
): JsonValue {
  const index = cellIndex(step, 1);
  if (index === 0) return changed(value, steps, change, at + 1);
  const result = at === steps.length - 1 ? change(undefined) : undefined;
  if (result === undefined) return value;
  return index < 0 ? [result, value] : [value, result];
}

/** @throws 3149 for a path with wildcards */
function singlePath(path: SqlValue): readonly JsonStep[] {
  const steps = parsePath(textOf(path));
  if (hasWildcard(steps)) throw new ObError('OB_ERR_INVALID_JSON_PATH_WILDCARD');
  return steps;
}

/** JSON_SET, JSON_INSERT, JSON_REPLACE and their kin: pairs of path and value, one after another. */
function changer(name: string, changeOf: (added: JsonValue) => Change): ScalarFunction {
  const call = (values: readonly SqlValue[], types: readonly SqlType[]): SqlValue => {
    const [document = null, ...pairs] = values;
    if (pairs.length % 2 !== 0) throw new ObError('OB_ERR_PARAM_SIZE', [name]);
    if (document === null || pairs.some((path, index) => index % 2 === 0 && path === null)) return null;
    let root = documentOf(document, 1, name);
    for (let index = 0; index < pairs.length; index += 2) {
      const added = jsonOf(pairs[index + 1] ?? null, types[index + 2]);
      root = changed(root, singlePath(pairs[index] ?? null), changeOf(added));
    }
    return printJson(root);
  };
  return define(name, [3, anyNumber], json, call, { strict: false, typed: true });
}

/** @throws 3153 for the path `$` */
function remove([document = null, ...paths]: readonly SqlValue[]): SqlValue {
  let root = documentOf(document, 1, 'json_remove');
  for (const path of paths) {
    const steps = singlePath(path);
    if (steps.length === 0) throw new ObError('OB_ERR_JSON_VACUOUS_PATH');
    root = changed(root, steps, () => undefined);
  }
  return printJson(root);
}

/** JSON_ARRAY_INSERT: before the cell that the path names, which moves on. @throws 3165 unless it names a cell */
function arrayInsert(values: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  const [document = null, ...pairs] = values;
  if (document === null || pairs.some((path, index) => index % 2 === 0 && path === null)) return null;
  let root = documentOf(document, 1, 'json_array_insert');
  for (let index = 0; index < pairs.length; index += 2) {
    const steps = singlePath(pairs[index] ?? null);
    const last = steps.at(-1);
    if (last?.kind !== 'cell') throw new ObError('OB_ERR_INVALID_JSON_PATH_ARRAY_CELL');
    const added = jsonOf(pairs[index + 1] ?? null, types[index + 2]);
    root = changed(root, steps.slice(0, -1), (value) => {
      if (value === undefined || !isArray(value)) return value;
      return value.toSpliced(Math.max(0, cellIndex(last, value.length)), 0, added);
    });
  }
  return printJson(root);
}

function appended(added: JsonValue): Change {
  return (existing) => {
    if (existing === undefined) return undefined;
    return isArray(existing) ? [...existing, added] : [existing, added];
  };
}

/** RFC 7396: members of the patch replace those of the target, null removes them. */
function patched(target: JsonValue, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const members = new Map(isObject(target) ? target : []);
  for (const [key, member] of patch) {
    if (member === null) members.delete(key);
    else members.set(key, patched(members.get(key) ?? null, member));
  }
  return jsonObject(members);
}

/** Arrays are joined, objects merged member by member, everything else becomes an array. */
function preserved(a: JsonValue, b: JsonValue): JsonValue {
  if (!isObject(a) || !isObject(b)) return [...(isArray(a) ? a : [a]), ...(isArray(b) ? b : [b])];
  const members = new Map(a);
  for (const [key, member] of b) {
    const own = members.get(key);
    members.set(key, own === undefined ? member : preserved(own, member));
  }
  return jsonObject(members);
}

function merger(name: string, merge: (a: JsonValue, b: JsonValue) => JsonValue): ScalarFunction {
  const call = (values: readonly SqlValue[]): SqlValue =>
    printJson(values.map((value, index) => documentOf(value, index + 1, name)).reduce(merge));
  return define(name, [2, anyNumber], json, call);
}

export const jsonChangeFunctions: readonly ScalarFunction[] = [
  changer('json_set', (added) => () => added),
  changer('json_insert', (added) => (existing) => orElse(existing, added)),
  changer('json_replace', (added) => (existing) => (existing === undefined ? undefined : added)),
  changer('json_array_append', appended),
  changer('json_append', appended),
  define('json_array_insert', [3, anyNumber], json, arrayInsert, { strict: false, typed: true }),
  define('json_remove', [2, anyNumber], json, remove),
  merger('json_merge_patch', patched),
  merger('json_merge_preserve', preserved),
  merger('json_merge', preserved),
];
