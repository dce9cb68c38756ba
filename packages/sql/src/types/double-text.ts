/** Prints a DOUBLE as MySQL does: shortest digits that read back the same; an exponent outside 1e-15 … 1e15. */
export function formatDouble(value: number): string {
  if (!Number.isFinite(value)) return '0';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  return layOut(value.toExponential(), 15);
}

/** Prints a FLOAT: six significant digits, as MySQL's text protocol shows it. */
export function formatFloat(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatDouble(value);
  return layOut(value.toExponential(5), 15);
}

/** @param exponential `d.ddde±n` */
function layOut(exponential: string, plainDigits: number): string {
  const [mantissa = '', exponentText = '0'] = exponential.split('e');
  const negative = mantissa.startsWith('-');
  const digits = mantissa.replace('-', '').replace('.', '').replace(/0+$/, '') || '0';
  const exponent = Number(exponentText);
  const sign = negative ? '-' : '';
  if (exponent >= plainDigits || exponent < -plainDigits) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0]}${fraction}e${exponent}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0');
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
