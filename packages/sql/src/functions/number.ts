import { ObError } from '@sealane/errors';
import type { SqlType } from '../sql-type.ts';
import { decimalOf } from '../translate/runtime/exact.ts';
import { type Decimal, formatDecimal, remainder, rescale, truncateScale } from '../types/decimal.ts';
import { encodeUnsigned } from '../types/integers.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import { bigintType, define, doubleType, intType, named, textType, unsignedType } from './define.ts';
import type { FunctionArgument, ScalarFunction } from './definition.ts';
import { placeOf } from './text.ts';

/** Exact numbers stay exact, everything else is a double. */
function numericType(argument: FunctionArgument | undefined, scaleOf: (scale: number) => number): SqlType {
  const type = argument?.type;
  if (type === undefined || type.name === 'double' || type.name === 'float') return doubleType;
  if (type.name !== 'decimal') return type.unsigned === true ? unsignedType : bigintType;
  const scale = scaleOf(type.decimals ?? 0);
  const whole = (type.length ?? 10) - (type.decimals ?? 0);
  return { name: 'decimal', length: Math.min(65, Math.max(1, whole + 1 + scale)), decimals: scale };
}

const sameScale = (scale: number) => scale;

function abs([value = null]: readonly SqlValue[]): SqlValue {
  if (typeof value === 'number') return Math.abs(value);
  const { unscaled, scale } = decimalOf(value);
  if (typeof value === 'bigint' && value === -(1n << 63n)) {
    throw new ObError('OB_OPERATE_OVERFLOW', ['BIGINT', `abs(${value})`]);
  }
  return exact({ unscaled: unscaled < 0n ? -unscaled : unscaled, scale }, value);
}

/** In the form of the operand: an integer stays one. */
function exact(result: Decimal, operand: SqlValue): SqlValue {
  if (typeof operand === 'bigint' && result.scale === 0) return encodeUnsigned(result.unscaled);
  return result.scale === 0 && isWideInteger(operand)
    ? encodeUnsigned(result.unscaled)
    : formatDecimal(result);
}

/** Unsigned integers over 2^63 - 1 come as twenty digits. */
function isWideInteger(operand: SqlValue): boolean {
  return typeof operand === 'string' && /^0\d{19}$|^1\d{19}$/.test(operand);
}

/** CEILING and FLOOR of a DECIMAL are integers, or a DECIMAL without fraction if they are too long for one. */
function wholeType(argument: FunctionArgument | undefined): SqlType {
  const type = numericType(argument, () => 0);
  return type.name === 'decimal' && (type.length ?? 65) <= 19 ? bigintType : type;
}

function floor([value = null]: readonly SqlValue[]): SqlValue {
  return typeof value === 'number' ? Math.floor(value) : wholeOf(value, -1n);
}

function ceiling([value = null]: readonly SqlValue[]): SqlValue {
  return typeof value === 'number' ? Math.ceil(value) : wholeOf(value, 1n);
}

/** @param away 1 rounds up, -1 down */
function wholeOf(value: SqlValue, away: 1n | -1n): SqlValue {
  const number = decimalOf(value);
  const whole = truncateScale(number, 0).unscaled;
  const isExact = whole * 10n ** BigInt(number.scale) === number.unscaled;
  const moves = !isExact && number.unscaled < 0n === away < 0n;
  const result = moves ? whole + away : whole;
  const fits = result >= -(1n << 63n) && result < 1n << 63n;
  return fits ? result : isWideInteger(value) ? encodeUnsigned(result) : result.toString();
}

const SCALE_MAX = 30;

function roundedType(args: readonly FunctionArgument[]): SqlType {
  const [value, digits] = args;
  if (args.length === 1) return numericType(value, () => 0);
  const literal = digits?.literal;
  if (literal === undefined || literal === null) return numericType(value, sameScale);
  const wanted = Math.max(0, Math.min(SCALE_MAX, placeOf(literal)));
  return numericType(value, () => wanted);
}

/** ROUND and TRUNCATE. Digits that an exact number hasn't are zeros, which its type brings. */
function rounded(values: readonly SqlValue[], how: 'round' | 'truncate'): SqlValue {
  const [value = null, digits = 0n] = values;
  const places = Math.max(-400, Math.min(SCALE_MAX, placeOf(digits)));
  if (typeof value === 'number') return roundedDouble(value, places, how);
  const number = decimalOf(value);
  const kept = Math.min(places, number.scale);
  const result = how === 'round' ? rescale(number, kept) : truncateScale(number, kept);
  if (typeof value === 'bigint') return integerRange(result.unscaled, how);
  return exact(result, value);
}

function integerRange(value: bigint, how: string): SqlValue {
  if (value >= -(1n << 63n) && value < 1n << 64n) return encodeUnsigned(value);
  throw new ObError('OB_OPERATE_OVERFLOW', ['BIGINT', how]);
}

/** Doubles round half to even, as the C library does. */
function roundedDouble(value: number, places: number, how: 'round' | 'truncate'): number {
  const factor = 10 ** Math.abs(places);
  const scaled = places < 0 ? value / factor : value * factor;
  if (!Number.isFinite(scaled)) return places < 0 ? 0 : value;
  const whole = how === 'truncate' ? Math.trunc(scaled) : roundHalfEven(scaled);
  return places < 0 ? whole * factor : whole / factor;
}

function roundHalfEven(value: number): number {
  const floored = Math.floor(value);
  const rest = value - floored;
  if (rest !== 0.5) return Math.round(value);
  return floored % 2 === 0 ? floored : floored + 1;
}

function sign([value = null]: readonly SqlValue[]): SqlValue {
  if (typeof value === 'number') return BigInt(Math.sign(value) || 0);
  const { unscaled } = decimalOf(value);
  return unscaled > 0n ? 1n : unscaled < 0n ? -1n : 0n;
}

function modulo([a = null, b = null]: readonly SqlValue[]): SqlValue {
  if (typeof a === 'number' || typeof b === 'number') return Number(b) === 0 ? null : Number(a) % Number(b);
  const result = remainder(decimalOf(a), decimalOf(b));
  if (result === undefined) return null;
  return typeof a === 'bigint' && typeof b === 'bigint' ? result.unscaled : formatDecimal(result);
}

function moduloType([a, b]: readonly FunctionArgument[]): SqlType {
  const types = [a, b].map((argument) => numericType(argument, sameScale));
  const [first = doubleType, second = doubleType] = types;
  if (first.name === 'double' || second.name === 'double') return doubleType;
  if (first.name !== 'decimal' && second.name !== 'decimal') return first;
  const scale = Math.max(first.decimals ?? 0, second.decimals ?? 0);
  return {
    name: 'decimal',
    length: Math.min(65, Math.max(first.length ?? 20, second.length ?? 20) + scale),
    decimals: scale,
  };
}

/** FORMAT(number, digits[, locale]): groups of three. Locales that write the point and the comma the other way are known. */
function format([value = null, digits = null, locale = 'en_US']: readonly SqlValue[]): SqlValue {
  if (value === null || digits === null) return null;
  const places = Math.max(0, Math.min(SCALE_MAX, placeOf(digits)));
  const text =
    typeof value === 'number'
      ? formatDecimal(rescale(decimalOf(textOf(value)), places))
      : formatDecimal(rescale(decimalOf(value), places));
  const [whole = '0', fraction] = text.split('.');
  const { group, point } = marksOf(textOf(locale ?? 'en_US'));
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, group);
  return fraction === undefined ? grouped : `${grouped}${point}${fraction}`;
}

const SWAPPED = /^(de|da|es_ES|es_AR|fo|gl|id|is|it_IT|nl|nb|no|pt_BR|ro|sl|tr|vi|el)/;
const SPACED = /^(bg|cs|fi|fr|hu|lt|lv|pl|ru|sk|sv|uk)/;

function marksOf(locale: string): { group: string; point: string } {
  if (locale === 'de_CH') return { group: "'", point: '.' };
  if (SWAPPED.test(locale)) return { group: '.', point: ',' };
  return SPACED.test(locale) ? { group: ' ', point: ',' } : { group: ',', point: '.' };
}

export const numberFunctions: readonly ScalarFunction[] = [
  define('abs', [1, 1], ([value]) => numericType(value, sameScale), abs, { numeric: 'all' }),
  ...named(
    ['ceil', 'ceiling'],
    define('ceil', [1, 1], ([value]) => wholeType(value), ceiling, { numeric: 'all' }),
  ),
  define('floor', [1, 1], ([value]) => wholeType(value), floor, { numeric: 'all' }),
  define('round', [1, 2], roundedType, (values) => rounded(values, 'round'), { numeric: 'all' }),
  define('truncate', [2, 2], roundedType, (values) => rounded(values, 'truncate'), { numeric: 'all' }),
  define('sign', [1, 1], { ...intType, length: 2 }, sign, { numeric: 'all', nullable: false }),
  define('mod', [2, 2], moduloType, modulo, { numeric: 'all' }),
  define('format', [2, 3], textType(80), format, { strict: false, numeric: [0, 1] }),
];
