import { ObError } from '@sealane/errors';
import type { SqlType } from '../sql-type.ts';
import { likeMatcher } from '../translate/runtime/like.ts';
import { isJsonError, type JsonValue, jsonObject, parseJson, printJson, quoteJson } from '../types/json.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import {
  anyNumber,
  booleanType,
  define,
  intType,
  isString,
  jsonType as json,
  lengthOf,
  textType,
  truth,
} from './define.ts';
import type { ScalarFunction } from './definition.ts';
import { findAll, hasWildcard, isArray, isObject, parsePath } from './json-path.ts';
import { containsJson, documentOf, equalJson, jsonOf, jsonType } from './json-value.ts';

function array(values: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  return printJson(values.map((value, index) => jsonOf(value, types[index])));
}

/** @throws 3158 for a key that is NULL, 1582 for a key without a value */
function object(values: readonly SqlValue[], types: readonly SqlType[]): SqlValue {
  if (values.length % 2 !== 0) throw new ObError('OB_ERR_PARAM_SIZE', ['json_object']);
  const members: [string, JsonValue][] = [];
  for (let index = 0; index < values.length; index += 2) {
    const key = values[index] ?? null;
    if (key === null) throw new ObError('OB_ERR_JSON_DOCUMENT_NULL_KEY');
    members.push([textOf(key), jsonOf(values[index + 1] ?? null, types[index + 1])]);
  }
  return printJson(jsonObject(members));
}

/** JSON_EXTRACT: one path without wildcards gives the value, otherwise an array of all that was found. */
function extract([document = null, ...paths]: readonly SqlValue[]): SqlValue {
  const root = documentOf(document, 1, 'json_extract');
  const steps = paths.map((path) => parsePath(textOf(path)));
  const found = steps.flatMap((path) => findAll(root, path));
  if (found.length === 0) return null;
  const single = steps.length === 1 && steps.every((path) => !hasWildcard(path));
  return printJson(single ? (found[0] ?? null) : found);
}

/** JSON_UNQUOTE: a JSON string's text; anything else is left as it is. @throws 3141 for a broken string */
function unquote([value = null]: readonly SqlValue[]): SqlValue {
  const text = textOf(value);
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  const parsed = documentOf(text, 1, 'json_unquote');
  return typeof parsed === 'string' ? parsed : text;
}

function typeName([value = null]: readonly SqlValue[]): SqlValue {
  return jsonType(documentOf(value, 1, 'json_type'));
}

function valid([value = null]: readonly SqlValue[], [type]: readonly SqlType[]): SqlValue {
  if (type?.name === 'json') return 1n;
  if (!isString(type)) return 0n;
  return truth(!isJsonError(parseJson(textOf(value))));
}

/** The value at a path; undefined if there is none. @throws 3149 for a path with wildcards */
function at(document: SqlValue, path: SqlValue | undefined, name: string): JsonValue | undefined {
  const root = documentOf(document, 1, name);
  if (path === undefined) return root;
  const steps = parsePath(textOf(path));
  if (hasWildcard(steps)) throw new ObError('OB_ERR_INVALID_JSON_PATH_WILDCARD');
  return findAll(root, steps)[0];
}

function keys([document = null, path]: readonly SqlValue[]): SqlValue {
  const value = at(document, path, 'json_keys');
  return value !== undefined && isObject(value) ? printJson([...value.keys()]) : null;
}

function length([document = null, path]: readonly SqlValue[]): SqlValue {
  const value = at(document, path, 'json_length');
  if (value === undefined) return null;
  if (isArray(value)) return BigInt(value.length);
  return isObject(value) ? BigInt(value.size) : 1n;
}

function depthOf(value: JsonValue): number {
  const children = isArray(value) ? value : isObject(value) ? [...value.values()] : [];
  return children.reduce((deepest: number, child) => Math.max(deepest, depthOf(child) + 1), 1);
}

function contains([target = null, candidate = null, path]: readonly SqlValue[]): SqlValue {
  const value = at(target, path, 'json_contains');
  return value === undefined ? null : truth(containsJson(value, documentOf(candidate, 2, 'json_contains')));
}

/** @throws 3154 unless it is 'one' or 'all' */
function oneOrAll(word: SqlValue, name: string): 'one' | 'all' {
  const text = textOf(word).toLowerCase();
  if (text !== 'one' && text !== 'all') throw new ObError('OB_ERR_JSON_BAD_ONE_OR_ALL_ARG', [name]);
  return text;
}

function containsPath([document = null, word = null, ...paths]: readonly SqlValue[]): SqlValue {
  const root = documentOf(document, 1, 'json_contains_path');
  const test = (path: SqlValue) => findAll(root, parsePath(textOf(path))).length > 0;
  return truth(oneOrAll(word, 'json_contains_path') === 'one' ? paths.some(test) : paths.every(test));
}

function overlaps([a = null, b = null]: readonly SqlValue[]): SqlValue {
  const [first, second] = [documentOf(a, 1, 'json_overlaps'), documentOf(b, 2, 'json_overlaps')];
  if (isObject(first) && isObject(second)) {
    return truth(
      [...first].some(([key, member]) => second.has(key) && equalJson(member, second.get(key) ?? null)),
    );
  }
  const [left, right] = [first, second].map((value) => (isArray(value) ? value : [value]));
  return truth((left ?? []).some((item) => (right ?? []).some((other) => equalJson(item, other))));
}

function memberOf([value = null, target = null]: readonly SqlValue[], [type]: readonly SqlType[]): SqlValue {
  const root = documentOf(target, 2, 'member of');
  const wanted = jsonOf(value, type);
  return truth((isArray(root) ? root : [root]).some((item) => equalJson(item, wanted)));
}

/** JSON_SEARCH(document, one or all, pattern[, escape[, path, …]]): paths of the strings that match. */
function search([
  document = null,
  word = null,
  pattern = null,
  escapeChar = null,
  ...paths
]: readonly SqlValue[]): SqlValue {
  if (document === null || word === null || pattern === null) return null;
  const root = documentOf(document, 1, 'json_search');
  const onlyOne = oneOrAll(word, 'json_search') === 'one';
  const escaping = escapeChar === null || textOf(escapeChar) === '' ? '\\' : textOf(escapeChar);
  const matches = likeMatcher(textOf(pattern), escaping, false);
  const found: string[] = [];
  for (const { path, text } of stringsOf(root, '$')) {
    if (paths.length > 0 && !paths.some((scope) => scope !== null && isBelow(root, textOf(scope), path)))
      continue;
    if (matches(text)) found.push(path);
    if (onlyOne && found.length > 0) break;
  }
  if (found.length === 0) return null;
  return found.length === 1 ? quoteJson(found[0] ?? '') : printJson(found);
}

function* stringsOf(value: JsonValue, path: string): Generator<{ path: string; text: string }> {
  if (typeof value === 'string') yield { path, text: value };
  else if (isArray(value))
    for (const [index, item] of value.entries()) yield* stringsOf(item, `${path}[${index}]`);
  else if (isObject(value))
    for (const [key, member] of value) yield* stringsOf(member, `${path}.${pathName(key)}`);
}

function pathName(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quoteJson(key);
}

/** Whether a place is what the scope leads to, or inside it. */
function isBelow(root: JsonValue, scope: string, path: string): boolean {
  const scoped = findAll(root, parsePath(scope));
  const steps = parsePath(path);
  for (let length = 0; length <= steps.length; length++) {
    const [ancestor] = findAll(root, steps.slice(0, length));
    if (ancestor !== undefined && scoped.includes(ancestor)) return true;
  }
  return false;
}

/** Two spaces a level, as MySQL prints it. */
function pretty(value: JsonValue, indent: string): string {
  const inner = `${indent}  `;
  if (isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + pretty(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (!isObject(value)) return printJson(value);
  if (value.size === 0) return '{}';
  const members = [...value].map(([key, member]) => `${inner}${quoteJson(key)}: ${pretty(member, inner)}`);
  return `{\n${members.join(',\n')}\n${indent}}`;
}

const longText = textType(4_294_967_295);

export const jsonReadFunctions: readonly ScalarFunction[] = [
  define('json_array', [0, anyNumber], json, array, { strict: false, nullable: false, typed: true }),
  define('json_object', [0, anyNumber], json, object, { strict: false, nullable: false, typed: true }),
  define('json_extract', [2, anyNumber], json, extract),
  define(
    'json_unquote',
    [1, 1],
    ([value]) => (value?.type.name === 'json' ? longText : textType(lengthOf(value))),
    unquote,
  ),
  define(
    'json_quote',
    [1, 1],
    ([value]) => textType(lengthOf(value) * 6 + 2),
    ([value = null]) => quoteJson(textOf(value)),
    { nullable: false },
  ),
  define('json_type', [1, 1], textType(51), typeName),
  define('json_valid', [1, 1], booleanType, valid, { typed: true, nullable: false }),
  define('json_keys', [1, 2], json, keys),
  define('json_length', [1, 2], intType, length),
  define(
    'json_depth',
    [1, 1],
    intType,
    ([value = null]) => BigInt(depthOf(documentOf(value, 1, 'json_depth'))),
    { nullable: false },
  ),
  define('json_contains', [2, 3], booleanType, contains),
  define('json_contains_path', [3, anyNumber], booleanType, containsPath),
  define('json_overlaps', [2, 2], booleanType, overlaps, { nullable: false }),
  define('json_member_of', [2, 2], booleanType, memberOf, { typed: true, nullable: false }),
  define('json_search', [3, anyNumber], json, search, { strict: false }),
  define(
    'json_pretty',
    [1, 1],
    longText,
    ([value = null]) => pretty(documentOf(value, 1, 'json_pretty'), ''),
    { nullable: false },
  ),
  define('json_storage_size', [1, 1], intType, ([value = null]) => BigInt(Buffer.byteLength(textOf(value))), {
    nullable: false,
  }),
];
