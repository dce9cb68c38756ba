import { type Decimal, parseDecimal, powerOfTen, rescale } from './decimal.ts';

/**
 * How a DECIMAL(p,s) stands in SQLite: a text that sorts as the number does. `1` and the digits,
 * padded with zeros to p-s before the point, for zero and more; `0` and the nines' complement of
 * the digits below zero. DECIMAL(5,2): 1.5 is `1001.50`, -1.5 is `0998.49`.
 */
export function encodeDecimalKey(value: Decimal, precision: number): string {
  const { unscaled, scale } = value;
  const negative = unscaled < 0n;
  const magnitude = negative ? powerOfTen(precision) - 1n + unscaled : unscaled;
  const digits = magnitude.toString().padStart(precision, '0');
  const point = precision - scale;
  const body = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return (negative ? '0' : '1') + body;
}

/** @returns canonical text: `-1.50` */
export function decodeDecimalKey(key: string): string {
  let start = 1;
  if (key.charCodeAt(0) !== 0x30) {
    while (key.charCodeAt(start) === 0x30) start += 1;
    const digits = key.slice(start);
    return digits === '' || digits.charCodeAt(0) === 0x2e ? `0${digits}` : digits;
  }
  while (key.charCodeAt(start) === 0x39) start += 1;
  let text = '-';
  const first = key.charCodeAt(start);
  if (Number.isNaN(first) || first === 0x2e) text += '0';
  for (let index = start; index < key.length; index += 1) {
    const code = key.charCodeAt(index);
    text += code === 0x2e ? '.' : String.fromCharCode(0x69 - code);
  }
  return text;
}

/** @returns the key of a canonical text, rounded to the scale; undefined where it doesn't fit or is no number */
export function decimalKeyOf(text: string, precision: number, scale: number): string | undefined {
  const value = parseDecimal(text);
  if (value === undefined) return undefined;
  const shifted = rescale(value, scale);
  const limit = powerOfTen(precision);
  return shifted.unscaled >= limit || shifted.unscaled <= -limit
    ? undefined
    : encodeDecimalKey(shifted, precision);
}

/** The canonical text of a key's number, through Decimal. For those who go on computing. */
export function decimalOfKey(key: string): Decimal {
  return parseDecimal(decodeDecimalKey(key)) ?? { unscaled: 0n, scale: 0 };
}
