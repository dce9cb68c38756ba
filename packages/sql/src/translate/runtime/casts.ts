import { ObError } from '@sealane/errors';
import type { SqliteFunction } from '../../functions/definition.ts';
import { complain, currentExecution } from '../../functions/execution-scope.ts';
import {
  formatDate,
  formatDateTime,
  formatTime,
  hasZeroPart,
  isZeroDate,
  roundDateTime,
  roundMicroseconds,
} from '../../types/calendar.ts';
import { type Decimal, formatDecimal, parseDecimal, powerOfTen, rescale } from '../../types/decimal.ts';
import { encodeUnsigned } from '../../types/integers.ts';
import { isJsonError, normaliseJson } from '../../types/json.ts';
import { clockOf } from '../../types/parse-date-time.ts';
import { textOf } from '../../types/store-rules.ts';
import type { SqlValue } from '../../values.ts';
import { realOf, warnTruncated } from './convert.ts';
import { decimalOf, integerOf } from './exact.ts';
import { readDateTime, readTime } from './temporal.ts';

function warnOverflow(kind: string, value: SqlValue): void {
  complain(new ObError('OB_ERR_DOUBLE_TRUNCATED', [kind, textOf(value)]));
}

const leadingInteger = /^\s*([+-]?\d+)/;
const leadingNumber = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*/;

/** CAST(x AS SIGNED): a text's leading digits; a number is rounded. `text`: the value is a character string. */
export function castInteger(value: SqlValue, unsigned: boolean, text: boolean): SqlValue {
  if (value === null) return null;
  const number = text || value instanceof Uint8Array ? integerOfText(textOf(value)) : integerOf(value);
  const wrapped = unsigned ? BigInt.asUintN(64, number) : number;
  if (unsigned) {
    if (number >= -(1n << 63n) && number < 1n << 64n) return encodeUnsigned(wrapped);
    warnOverflow('INTEGER', value);
    return encodeUnsigned(number < 0n ? 0n : (1n << 64n) - 1n);
  }
  if (number < 1n << 63n && number >= -(1n << 63n)) return number;
  // A number between 2^63 and 2^64 shows its bits as a signed one, as in MySQL.
  if (number > 0n && number < 1n << 64n) return BigInt.asIntN(64, number);
  warnOverflow('INTEGER', value);
  return number < 0n ? -(1n << 63n) : (1n << 63n) - 1n;
}

function integerOfText(text: string): bigint {
  const match = leadingInteger.exec(text);
  if (match === null || match[0].length < text.trimEnd().length) warnTruncated('INTEGER', text);
  return BigInt((match?.[1] ?? '0').replace('+', ''));
}

/** CAST(x AS DECIMAL(p,s)): rounded, cut to what fits with a warning. */
export function castDecimal(value: SqlValue, precision: number, scale: number): SqlValue {
  if (value === null) return null;
  const rounded = rescale(
    typeof value === 'string' || value instanceof Uint8Array
      ? decimalOfText(textOf(value))
      : decimalOf(value),
    scale,
  );
  const limit = powerOfTen(precision);
  if (rounded.unscaled < limit && rounded.unscaled > -limit) return formatDecimal(rounded);
  warnOverflow('DECIMAL', value);
  return formatDecimal({ unscaled: rounded.unscaled < 0n ? 1n - limit : limit - 1n, scale });
}

function decimalOfText(text: string): Decimal {
  const exact = parseDecimal(text);
  if (exact !== undefined) return exact;
  const match = leadingNumber.exec(text);
  if (match === null || match[0].length < text.length) warnTruncated('DECIMAL', text);
  return parseDecimal(match?.[1] ?? '0') ?? { unscaled: 0n, scale: 0 };
}

function castDateTime(value: SqlValue, kind: string, decimals: number, isTime: boolean): SqlValue {
  if (value === null) return null;
  const at = readDateTime(value, isTime);
  if (at === undefined) return null;
  if (hasZeroPart(at) || isZeroDate(at)) {
    return kind === 'date' ? formatDate(at) : formatDateTime(at, decimals);
  }
  return kind === 'date' ? formatDate(at) : formatDateTime(roundDateTime(at, decimals), decimals);
}

function castTime(value: SqlValue, decimals: number, from: string): SqlValue {
  if (value === null) return null;
  let microseconds: bigint | undefined;
  if (from === 'date') microseconds = 0n;
  else if (from === 'datetime' || from === 'timestamp') {
    const at = readDateTime(value);
    microseconds = at === undefined ? undefined : clockOf(at);
  } else microseconds = readTime(value);
  if (microseconds !== undefined) return formatTime(roundMicroseconds(microseconds, decimals), decimals);
  const { errno, message } = new ObError('OB_ERR_DOUBLE_TRUNCATED', ['time', textOf(value)]);
  currentExecution()?.warn('Warning', errno, message);
  return null;
}

function castBytes(value: SqlValue, length: SqlValue): SqlValue {
  if (value === null) return null;
  const bytes = value instanceof Uint8Array ? value : Buffer.from(textOf(value), 'utf8');
  if (length === null || bytes.length === Number(length)) return bytes;
  if (bytes.length > Number(length)) return bytes.subarray(0, Number(length));
  const padded = new Uint8Array(Number(length));
  padded.set(bytes);
  return padded;
}

function castJson(value: SqlValue): SqlValue {
  if (value === null) return null;
  const normal = normaliseJson(textOf(value));
  if (!isJsonError(normal)) return normal;
  throw new ObError('OB_ERR_INVALID_JSON_TEXT_IN_PARAM', [1, 'cast_as_json', normal.reason, normal.position]);
}

export const castFunctions: readonly SqliteFunction[] = [
  {
    name: 'sx_cast_int',
    deterministic: true,
    call: (value = null, unsigned = null, text = null) => castInteger(value, unsigned === 1n, text === 1n),
  },
  {
    name: 'sx_cast_decimal',
    deterministic: true,
    call: (value = null, precision = null, scale = null) =>
      castDecimal(value, Number(precision), Number(scale)),
  },
  {
    name: 'sx_cast_real',
    deterministic: true,
    call: (value = null) => (value === null ? null : realOf(value)),
  },
  {
    name: 'sx_cast_float',
    deterministic: true,
    call: (value = null) => (value === null ? null : Math.fround(realOf(value))),
  },
  {
    name: 'sx_cast_datetime',
    deterministic: false,
    call: (value = null, kind = null, decimals = null, isTime = null) =>
      castDateTime(value, String(kind), Number(decimals), isTime === 1n),
  },
  {
    name: 'sx_cast_time',
    deterministic: true,
    call: (value = null, decimals = null, from = null) => castTime(value, Number(decimals), String(from)),
  },
  {
    name: 'sx_cast_char',
    deterministic: true,
    call: (value = null, length = null) => {
      if (value === null) return null;
      const text = textOf(value);
      return length === null || text.length <= Number(length)
        ? text
        : [...text].slice(0, Number(length)).join('');
    },
  },
  {
    name: 'sx_cast_binary',
    deterministic: true,
    call: (value = null, length = null) => castBytes(value, length),
  },
  { name: 'sx_cast_json', deterministic: true, call: (value = null) => castJson(value) },
];
