import fc from 'fast-check';
import t from 'tap';
import { formatDecimal, parseDecimal } from '../../src/types/decimal.ts';
import { decimalKeyOf, decodeDecimalKey } from '../../src/types/decimal-key.ts';
import {
  DecimalSum,
  decimalAdd,
  decimalCompare,
  decimalDivide,
  decimalMultiply,
  decimalRemainder,
  decimalRound,
  decimalSubtract,
  decimalTruncate,
} from '../../src/types/decimal-text.ts';
import { formatDouble, formatFloat } from '../../src/types/double-text.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
t.comment(`seed ${seed}`);

/** Any number of DECIMAL(20,6) as canonical text. */
const decimalText = fc
  .bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n })
  .map((unscaled) => formatDecimal({ unscaled, scale: 6 }));

const key = (text: string): string => decimalKeyOf(text, 20, 6) ?? '';

t.test('keys sort as their numbers and turn back into them', async (t) => {
  fc.assert(
    fc.property(decimalText, decimalText, (a, b) => {
      const order = key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
      return order === Math.sign(decimalCompare(a, b)) && decodeDecimalKey(key(a)) === a;
    }),
    { seed, numRuns: 2000 },
  );
  t.pass(`seed ${seed}`);
  t.equal(decimalKeyOf('123.456', 5, 2), '1123.46');
  t.equal(decimalKeyOf('999.999', 5, 2), undefined, 'rounding may make it too long');
});

const sums: readonly (readonly [string, string | undefined, string])[] = [
  [decimalAdd('1.50', '2.5'), '4.00', 'a sum has the longer fraction'],
  [decimalSubtract('0.1', '0.30'), '-0.20', 'a difference too'],
  [decimalMultiply('1.5', '-0.25'), '-0.375', 'a product has both fractions'],
  [decimalDivide('1', '3') ?? '', '0.3333', 'a quotient has four digits more'],
  [decimalDivide('2', '3') ?? '', '0.6667', 'and is rounded'],
  [decimalDivide('-1.0', '8', 2) ?? '', '-0.125', 'by as many as the variable says'],
  [decimalDivide('1', '0.00') ?? 'none', 'none', 'there is no quotient by zero'],
  [decimalRemainder('-7.5', '2') ?? '', '-1.5', 'a remainder has the sign of the dividend'],
  [decimalRound('2.345', 2), '2.35', 'half goes away from zero'],
  [decimalRound('-2.5', 0), '-3', 'below it as well'],
  [decimalRound('1251', -2), '1300', 'also before the point'],
  [decimalTruncate('-2.59', 1), '-2.5', 'cutting goes towards zero'],
  [decimalAdd('9007199254740993', '0.00000001'), '9007199254740993.00000001', 'nothing is lost'],
];

t.test('arithmetic is exact', async (t) => {
  for (const [answer, expected, title] of sums) t.equal(answer, expected, title);
  const sum = new DecimalSum();
  for (const text of ['0.1', '0.20', '1']) sum.add(text);
  t.strictSame([sum.sum(), sum.average()], ['1.30', '0.433333']);
  sum.remove('0.20');
  t.strictSame([sum.sum(), sum.average()], ['1.10', '0.550000']);
});

t.test('a product divided by a factor is the other factor', async (t) => {
  fc.assert(
    fc.property(decimalText, decimalText, (a, b) => {
      if (decimalCompare(b, '0') === 0) return true;
      const back = decimalDivide(decimalMultiply(a, b), b, 0);
      return back !== undefined && decimalCompare(back, a) === 0;
    }),
    { seed, numRuns: 1000 },
  );
  t.pass(`seed ${seed}`);
});

t.test('texts are read in all their forms, and nothing else is', async (t) => {
  const read = (text: string) => {
    const value = parseDecimal(text);
    return value && formatDecimal(value);
  };
  t.strictSame(['007', '+.5', '1.', '-0.0', '15e-1', '1.5e3', '', '.', '1x', '--1', ' 1'].map(read), [
    '7',
    '0.5',
    '1',
    '0.0',
    '1.5',
    '1500',
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

t.test('doubles print as MySQL prints them', async (t) => {
  const doubles = [0.1, 1e14, 1e15, 1.5e20, 123456.789, 1e-5, 1e-15, 1e-16, -2.5, 0, 2 ** 53];
  t.strictSame(doubles.map(formatDouble), [
    '0.1',
    '100000000000000',
    '1e15',
    '1.5e20',
    '123456.789',
    '0.00001',
    '0.000000000000001',
    '1e-16',
    '-2.5',
    '0',
    '9.007199254740992e15',
  ]);
  t.strictSame([Math.fround(0.1), Math.fround(1.234567), 16_777_216].map(formatFloat), [
    '0.1',
    '1.23457',
    '16777200',
  ]);
});
