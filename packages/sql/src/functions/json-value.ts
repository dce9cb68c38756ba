import { ObError } from '@sealane/errors';
import type { SqlType } from '../sql-type.ts';
import { decimalOf } from '../translate/runtime/exact.ts';
import { compare } from '../types/decimal.ts';
import { isJsonError, type JsonValue, parseJson } from '../types/json.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { isArray, isObject } from './json-path.ts';

/** A JSON document given as such or as text. @throws 3141 */
export function documentOf(value: SqlValue, position: number, functionName: string): JsonValue {
  const parsed = parseJson(textOf(value));
  if (isJsonError(parsed)) {
    throw new ObError('OB_ERR_INVALID_JSON_TEXT_IN_PARAM', [
      position,
      functionName,
      parsed.reason,
      parsed.position,
    ]);
  }
  return parsed;
}

/** A SQL value as a JSON value: JSON stays, numbers and truths are such, everything else is a string. */
export function jsonOf(value: SqlValue, type: SqlType | undefined): JsonValue {
  if (value === null) return null;
  if (type?.name === 'json') {
    const parsed = parseJson(textOf(value));
    return isJsonError(parsed) ? textOf(value) : parsed;
  }
  // TRUE, FALSE and comparisons are of this type.
  if (type?.name === 'int' && type.length === 1) return value !== 0n;
  if (type?.name === 'decimal') return Number(textOf(value));
  if (type !== undefined && CLOCKED.has(type.name)) return withMicroseconds(textOf(value));
  if (typeof value === 'string') return type?.unsigned === true ? BigInt(value) : value;
  if (value instanceof Uint8Array)
    return `base64:type${protocolType(type)}:${Buffer.from(value).toString('base64')}`;
  return value;
}

/** Types that JSON writes with six digits after the second. */
const CLOCKED = new Set(['time', 'datetime', 'timestamp']);

function withMicroseconds(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  return `${whole}.${fraction.padEnd(6, '0')}`;
}

/** MySQL's number of a byte string's type, which it writes before the bytes. */
function protocolType(type: SqlType | undefined): number {
  if (type?.name.endsWith('blob') === true) return 252;
  return type?.name === 'binary' ? 254 : 15;
}

/** MySQL's name of the value's kind. */
export function jsonType(value: JsonValue): string {
  if (value === null) return 'NULL';
  if (isArray(value)) return 'ARRAY';
  if (isObject(value)) return 'OBJECT';
  switch (typeof value) {
    case 'boolean':
      return 'BOOLEAN';
    case 'bigint':
      return value >= 1n << 63n ? 'UNSIGNED INTEGER' : 'INTEGER';
    case 'number':
      return 'DOUBLE';
    default:
      return 'STRING';
  }
}

/** Whether two JSON values are equal; numbers by their value. */
export function equalJson(a: JsonValue, b: JsonValue): boolean {
  if (isNumber(a) && isNumber(b)) return compare(decimalOf(a), decimalOf(b)) === 0;
  if (isArray(a) && isArray(b))
    return a.length === b.length && a.every((item, index) => equalJson(item, b[index] ?? null));
  if (!isObject(a) || !isObject(b)) return a === b;
  return a.size === b.size && [...a].every(([key, member]) => equalMember(member, b.get(key)));
}

function equalMember(a: JsonValue, b: JsonValue | undefined): boolean {
  return b !== undefined && equalJson(a, b);
}

function isNumber(value: JsonValue): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

/** JSON_CONTAINS: an array contains an array if it contains each item; an object if each member is contained. */
export function containsJson(target: JsonValue, candidate: JsonValue): boolean {
  if (isArray(target)) {
    if (isArray(candidate)) return candidate.every((item) => containsJson(target, item));
    return target.some((item) => containsJson(item, candidate));
  }
  if (isObject(target)) {
    if (!isObject(candidate)) return false;
    return [...candidate].every(([key, member]) => {
      const own = target.get(key);
      return own !== undefined && containsJson(own, member);
    });
  }
  return equalJson(target, candidate);
}
