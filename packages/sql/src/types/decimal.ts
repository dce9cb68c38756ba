/**
 * Exact decimal numbers, as MySQL's DECIMAL: an integer and the count of digits after the point.
 * Canonical text has no leading zeros but one before the point, no plus sign, and no minus at zero:
 * `-1.50`, `0.05`, `7`.
 */
export interface Decimal {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** Most digits after the point of any result. */
export const decimalScaleMax = 30;
/** Most digits of a DECIMAL column or result. */
export const decimalDigitsMax = 65;

const plainForm = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** @returns undefined unless the whole text is a number (`12`, `-.5`, `1.5e3`) */
export function parseDecimal(text: string): Decimal | undefined {
  const match = plainForm.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent ?? 0);
  if (Math.abs(scale) > 400) return { unscaled: 0n, scale: 0 };
  const unscaled = sign === '-' ? -digits : digits;
  return scale >= 0 ? { unscaled, scale } : { unscaled: unscaled * powerOfTen(-scale), scale: 0 };
}

export function formatDecimal({ unscaled, scale }: Decimal): string {
  if (scale === 0) return unscaled.toString();
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Rounds half away from zero, or pads with zeros, to just `scale` digits after the point; negative rounds before it. */
export function rescale(value: Decimal, scale: number): Decimal {
  if (scale < 0) {
    const unit = powerOfTen(-scale);
    return { unscaled: roundedQuotient(value.unscaled, powerOfTen(value.scale) * unit) * unit, scale: 0 };
  }
  if (scale >= value.scale) {
    return { unscaled: value.unscaled * powerOfTen(scale - value.scale), scale };
  }
  return { unscaled: roundedQuotient(value.unscaled, powerOfTen(value.scale - scale)), scale };
}

/** Like rescale, towards zero. */
export function truncateScale(value: Decimal, scale: number): Decimal {
  if (scale < 0) {
    const unit = powerOfTen(-scale);
    return { unscaled: (value.unscaled / (powerOfTen(value.scale) * unit)) * unit, scale: 0 };
  }
  if (scale >= value.scale) return rescale(value, scale);
  return { unscaled: value.unscaled / powerOfTen(value.scale - scale), scale };
}

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { unscaled: rescale(a, scale).unscaled + rescale(b, scale).unscaled, scale };
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, { unscaled: -b.unscaled, scale: b.scale });
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  const product = { unscaled: a.unscaled * b.unscaled, scale: a.scale + b.scale };
  return product.scale > decimalScaleMax ? rescale(product, decimalScaleMax) : product;
}

/**
 * @param scaleIncrement the variable div_precision_increment, 4 by default
 * @returns undefined for a division by zero, which is NULL in SQL
 */
export function divide(a: Decimal, b: Decimal, scaleIncrement = 4): Decimal | undefined {
  if (b.unscaled === 0n) return undefined;
  const scale = Math.min(a.scale + scaleIncrement, decimalScaleMax);
  const shift = scale - a.scale + b.scale;
  const dividend = shift >= 0 ? a.unscaled * powerOfTen(shift) : a.unscaled;
  const divisor = shift >= 0 ? b.unscaled : b.unscaled * powerOfTen(-shift);
  return { unscaled: roundedQuotient(dividend, divisor), scale };
}

/** @returns what is left of `a`, with its sign; undefined for zero */
export function remainder(a: Decimal, b: Decimal): Decimal | undefined {
  if (b.unscaled === 0n) return undefined;
  const scale = Math.max(a.scale, b.scale);
  return { unscaled: rescale(a, scale).unscaled % rescale(b, scale).unscaled, scale };
}

/** @returns negative, 0 or positive */
export function compare(a: Decimal, b: Decimal): number {
  const difference = subtract(a, b).unscaled;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** How many digits stand before the point, at least one. */
export function wholeDigits(value: Decimal): number {
  const whole = value.unscaled / powerOfTen(value.scale);
  return (whole < 0n ? -whole : whole).toString().length;
}

const powers: bigint[] = [];

export function powerOfTen(exponent: number): bigint {
  let power = powers[exponent];
  if (power === undefined) {
    power = 10n ** BigInt(exponent);
    if (exponent <= 512) powers[exponent] = power;
  }
  return power;
}

function roundedQuotient(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  const double = (rest < 0n ? -rest : rest) * 2n;
  if (double < (divisor < 0n ? -divisor : divisor)) return quotient;
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}
