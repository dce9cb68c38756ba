import { type Decimal, powerOfTen, rescale } from '../../types/decimal.ts';
import { encodeDecimalKey } from '../../types/decimal-key.ts';
import { encodeUnsigned } from '../../types/integers.ts';
import type { SqlValue } from '../../values.ts';
import { decimalOf } from '../runtime/exact.ts';

/** A number as an integer column compares with it: 5.0 as 5, 5.5 as the REAL between 5 and 6. */
export function integerBound(value: NonNullable<SqlValue>): SqlValue {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return value;
    return Math.abs(value) < 2 ** 63 ? BigInt(value) : value;
  }
  const exact = decimalOf(value);
  const whole = floor(exact, 0);
  if (whole.exact) return inRange(whole.unscaled) ? encodeUnsigned(whole.unscaled) : Number(whole.unscaled);
  return Number(whole.unscaled) + 0.5;
}

function inRange(value: bigint): boolean {
  return value >= -(1n << 63n) && value < 1n << 64n;
}

/**
 * A number as a DECIMAL(p,s) column compares with it: its key, or, where it has more digits than
 * the column, a text between the keys of its neighbours.
 */
export function keyBound(value: NonNullable<SqlValue>, precision: number, scale: number): SqlValue {
  if (typeof value === 'number' && !Number.isFinite(value)) return value > 0 ? '2' : '';
  const { unscaled, exact } = floor(decimalOf(value), scale);
  const limit = powerOfTen(precision);
  if (unscaled >= limit) return '2';
  if (unscaled <= -limit) return '';
  const key = encodeDecimalKey({ unscaled, scale }, precision);
  return exact ? key : `${key}5`;
}

function floor(value: Decimal, scale: number): { unscaled: bigint; exact: boolean } {
  if (value.scale <= scale) return { unscaled: rescale(value, scale).unscaled, exact: true };
  const divisor = powerOfTen(value.scale - scale);
  const quotient = value.unscaled / divisor;
  const exact = quotient * divisor === value.unscaled;
  return { unscaled: exact || value.unscaled >= 0n ? quotient : quotient - 1n, exact };
}
