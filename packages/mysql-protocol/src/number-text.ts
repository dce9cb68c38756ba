/**
 * The text MySQL prints for FLOAT and DOUBLE: the shortest digits that read back (six at most for FLOAT),
 * plain up to 15 digits before and after the point, otherwise with an exponent without plus or padding.
 */
export function doubleText(value: number): string {
  return scientific(value, value.toExponential());
}

export function floatText(value: number): string {
  return scientific(value, shortestFloat(value));
}

const plainDigitsMax = 15;

function scientific(value: number, exponential: string): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const at = exponential.indexOf('e');
  const exponent = Number(exponential.slice(at + 1));
  const mantissa = exponential.slice(0, at);
  if (exponent >= plainDigitsMax || exponent < -plainDigitsMax) return `${mantissa}e${exponent}`;
  const negative = mantissa.startsWith('-');
  const digits = mantissa.replace(/[-.]/g, '');
  return `${negative ? '-' : ''}${plain(digits, exponent)}`;
}

function plain(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits.padEnd(exponent + 1, '0');
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

const floatDigits = 6;

/** FLOAT has six digits that can be trusted; fewer where they say the same. */
function shortestFloat(value: number): string {
  return Number(value.toPrecision(floatDigits)).toExponential();
}
