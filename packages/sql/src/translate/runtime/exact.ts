import { ObError } from '@sealane/errors';
import type { SqliteFunction } from '../../functions/definition.ts';
import { currentExecution, isWriting } from '../../functions/execution-scope.ts';
import {
  add,
  type Decimal,
  divide,
  formatDecimal,
  multiply,
  parseDecimal,
  powerOfTen,
  remainder,
  rescale,
  subtract,
  truncateScale,
} from '../../types/decimal.ts';
import { decodeDecimalKey, encodeDecimalKey } from '../../types/decimal-key.ts';
import { encodeUnsigned } from '../../types/integers.ts';
import type { SqlValue } from '../../values.ts';

const zero: Decimal = { unscaled: 0n, scale: 0 };

/** Digits of the key by which exact numbers of any scale sort: 65 before the point and 30 after it. */
const keyPrecision = 95;
const keyScale = 30;

/** An exact number in value form. A REAL that strays in is taken by its shortest digits. */
export function decimalOf(value: SqlValue): Decimal {
  if (typeof value === 'bigint') return { unscaled: value, scale: 0 };
  if (typeof value === 'string') return parseDecimal(value) ?? zero;
  if (typeof value === 'number') return parseDecimal(String(value)) ?? zero;
  return zero;
}

/** The key of an exact number: text that sorts as the number does. */
export function exactKey(value: SqlValue): string {
  return encodeDecimalKey(rescale(decimalOf(value), keyScale), keyPrecision);
}

/** Integer results outside 64 bits are MySQL's 1690. */
export function integerResult(value: bigint, unsigned: boolean, symbol: string): SqlValue {
  const fits = unsigned ? value >= 0n && value < 1n << 64n : value >= -(1n << 63n) && value < 1n << 63n;
  if (!fits) {
    throw new ObError('OB_OPERATE_OVERFLOW', [unsigned ? 'BIGINT UNSIGNED' : 'BIGINT', symbol]);
  }
  return encodeUnsigned(value);
}

const QUOTIENT_DIGITS_MAX = 63;

/** MySQL keeps the digits of an exact number in groups of nine, and those of a quotient to the end of a group. */
function quotientDigits(left: number, right: number, increment: number): number {
  const [dividend, divisor] = [wholeGroups(left), wholeGroups(right)];
  const more = Math.max(0, increment - (dividend - left) - (divisor - right));
  return Math.min(wholeGroups(dividend + divisor + more), QUOTIENT_DIGITS_MAX);
}

function wholeGroups(digits: number): number {
  return 9 * Math.ceil(digits / 9);
}

/** @returns undefined for a division by zero */
function cutQuotient(a: Decimal, b: Decimal, increment: number): Decimal | undefined {
  if (b.unscaled === 0n) return undefined;
  const digits = quotientDigits(a.scale, b.scale, increment);
  const shift = digits - a.scale + b.scale;
  const dividend = shift >= 0 ? a.unscaled * powerOfTen(shift) : a.unscaled;
  const divisor = shift >= 0 ? b.unscaled : b.unscaled * powerOfTen(-shift);
  return { unscaled: dividend / divisor, scale: digits };
}

type Compute = (a: Decimal, b: Decimal) => Decimal | undefined;

function binary(name: string, compute: Compute): SqliteFunction {
  return {
    name,
    deterministic: true,
    call: (a, b) => {
      if (a === undefined || a === null || b === undefined || b === null) return null;
      const result = compute(decimalOf(a), decimalOf(b));
      return result === undefined ? divisionByZero() : formatDecimal(result);
    },
  };
}

/** Integers of 64 bits; the third argument is 1 for an unsigned result, the fourth the expression's text for 1690. */
function integer(name: string, compute: (a: bigint, b: bigint) => bigint | undefined): SqliteFunction {
  return {
    name,
    deterministic: true,
    call: (a, b, unsigned, text) => {
      if (a === undefined || a === null || b === undefined || b === null) return null;
      const result = compute(integerOf(a), integerOf(b));
      return result === undefined ? divisionByZero() : integerResult(result, unsigned === 1n, String(text));
    },
  };
}

/** NULL, with warning 1365 where sql_mode has ERROR_FOR_DIVISION_BY_ZERO; an error where a row is written in strict mode. */
export function divisionByZero(): null {
  const execution = currentExecution();
  const mode = String(execution?.variable('sql_mode', 'session') ?? '').toUpperCase();
  if (execution === undefined || !mode.includes('ERROR_FOR_DIVISION_BY_ZERO')) return null;
  const error = new ObError('OB_DIVISION_BY_ZERO');
  if (isWriting() && mode.includes('STRICT_')) throw error;
  execution.warn('Warning', error.errno, error.message);
  return null;
}

/** Rounds to an integer, half away from zero. */
export function integerOf(value: SqlValue): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return value > 0 ? (1n << 63n) - 1n : value < 0 ? -(1n << 63n) : 0n;
    return BigInt(Math.sign(value) * Math.round(Math.abs(value)));
  }
  return value === null ? 0n : rescale(decimalOf(value), 0).unscaled;
}

export const exactFunctions: readonly SqliteFunction[] = [
  binary('sx_add', add),
  binary('sx_sub', subtract),
  binary('sx_mul', multiply),
  binary('sx_mod', remainder),
  {
    name: 'sx_div',
    deterministic: true,
    // The third argument is the scale of the result, which follows from the operands' types.
    call: (a, b, scale) => {
      if (a === undefined || a === null || b === undefined || b === null) return null;
      const dividend = decimalOf(a);
      const quotient = divide(dividend, decimalOf(b), Number(scale) - dividend.scale);
      return quotient === undefined ? divisionByZero() : formatDecimal(quotient);
    },
  },
  {
    name: 'sx_quot',
    deterministic: true,
    // The third argument is div_precision_increment.
    call: (a, b, increment) => {
      if (a === undefined || a === null || b === undefined || b === null) return null;
      const quotient = cutQuotient(decimalOf(a), decimalOf(b), Number(increment));
      return quotient === undefined ? divisionByZero() : formatDecimal(quotient);
    },
  },
  integer('sx_iadd', (a, b) => a + b),
  integer('sx_isub', (a, b) => a - b),
  integer('sx_imul', (a, b) => a * b),
  integer('sx_imod', (a, b) => (b === 0n ? undefined : a % b)),
  {
    name: 'sx_idiv',
    deterministic: true,
    call: (a, b, unsigned, text) => {
      if (a === undefined || a === null || b === undefined || b === null) return null;
      if (typeof a === 'number' || typeof b === 'number') {
        const divisor = Number(b);
        if (divisor === 0) return divisionByZero();
        return integerResult(BigInt(Math.trunc(Number(a) / divisor)), unsigned === 1n, String(text));
      }
      const dividend = decimalOf(a);
      const divisor = decimalOf(b);
      if (divisor.unscaled === 0n) return divisionByZero();
      const scale = Math.max(dividend.scale, divisor.scale);
      const quotient = rescale(dividend, scale).unscaled / rescale(divisor, scale).unscaled;
      return integerResult(quotient, unsigned === 1n, String(text));
    },
  },
  {
    name: 'sx_neg',
    deterministic: true,
    call: (a) => {
      if (a === undefined || a === null) return null;
      if (typeof a === 'number') return -a;
      const value = decimalOf(a);
      const negative = { unscaled: -value.unscaled, scale: value.scale };
      return typeof a === 'bigint' && negative.unscaled < 1n << 63n
        ? negative.unscaled
        : formatDecimal(negative);
    },
  },
  {
    name: 'sx_dec',
    deterministic: true,
    call: (key) => (typeof key === 'string' ? decodeDecimalKey(key) : (key ?? null)),
  },
  {
    name: 'sx_key',
    deterministic: true,
    call: (value) => (value === null || value === undefined ? null : exactKey(value)),
  },
  {
    name: 'sx_round',
    deterministic: true,
    call: (value, scale) =>
      value === null || value === undefined ? null : formatDecimal(rescale(decimalOf(value), Number(scale))),
  },
  {
    name: 'sx_trunc',
    deterministic: true,
    call: (value, scale) =>
      value === null || value === undefined
        ? null
        : formatDecimal(truncateScale(decimalOf(value), Number(scale))),
  },
  {
    name: 'sx_int',
    deterministic: true,
    call: (value) => (value === null || value === undefined ? null : encodeUnsigned(integerOf(value))),
  },
  {
    name: 'sx_real',
    deterministic: true,
    call: (value) => (value === null || value === undefined ? null : Number(value)),
  },
];
