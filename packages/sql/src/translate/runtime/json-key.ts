import type { SqliteFunction } from '../../functions/definition.ts';
import { isJsonError, normaliseJson, quoteJson } from '../../types/json.ts';
import { textOf } from '../../types/store-rules.ts';
import type { SqlValue } from '../../values.ts';
import { exactKey } from './exact.ts';

/**
 * A text that sorts and compares as JSON values do: null, then numbers, strings, objects, arrays,
 * booleans, each class by its own order. Source: MySQL's manual, comparison of JSON values.
 */
export function jsonKey(value: SqlValue, kind: string): SqlValue {
  if (value === null) return null;
  if (kind === 'text' || kind === 'temporal' || kind === 'bytes') return `3${textOf(value)}`;
  if (kind !== 'json') return `2${exactKey(value)}`;
  const normal = normaliseJson(textOf(value));
  if (isJsonError(normal)) return `3${textOf(value)}`;
  const first = normal[0];
  if (first === '"') return `3${String(JSON.parse(normal))}`;
  if (first === '{') return `4${normal}`;
  if (first === '[') return `5${normal}`;
  if (first === 't' || first === 'f') return `6${normal === 'true' ? 1 : 0}`;
  return first === 'n' ? '1' : `2${exactKey(normal)}`;
}

/** A value as a JSON text: a JSON value stays, others become scalars. */
export function jsonOf(value: SqlValue, kind: string): SqlValue {
  if (value === null || kind === 'json') return value;
  return kind === 'int' || kind === 'decimal' || kind === 'double' ? textOf(value) : quoteJson(textOf(value));
}

export const jsonFunctions: readonly SqliteFunction[] = [
  { name: 'sx_jkey', deterministic: true, call: (value = null, kind = null) => jsonKey(value, String(kind)) },
  { name: 'sx_json', deterministic: true, call: (value = null, kind = null) => jsonOf(value, String(kind)) },
];
