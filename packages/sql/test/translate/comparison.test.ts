import fc from 'fast-check';
import t from 'tap';
import { integerBound, keyBound } from '../../src/translate/operators/number-bound.ts';
import { compare, formatDecimal, parseDecimal } from '../../src/types/decimal.ts';
import { encodeDecimalKey } from '../../src/types/decimal-key.ts';
import { Tenant } from './tenant.ts';

const precision = 6;
const scale = 2;
const stored = fc.bigInt({ min: -999_999n, max: 999_999n }).map((unscaled) => ({ unscaled, scale }));
const given = fc
  .record({
    unscaled: fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }),
    scale: fc.integer({ min: 0, max: 5 }),
  })
  .map(formatDecimal);

function sign(difference: number): number {
  return Math.sign(difference);
}

t.test('a constant with any digits compares with DECIMAL keys as the numbers do', (t) => {
  fc.assert(
    fc.property(stored, given, (column, constant) => {
      const key = encodeDecimalKey(column, precision);
      const bound = String(keyBound(constant, precision, scale));
      const byKey = key < bound ? -1 : key > bound ? 1 : 0;
      return byKey === sign(compare(column, parseDecimal(constant) ?? column));
    }),
    { numRuns: 2000 },
  );
  t.pass();
  t.end();
});

t.test('a constant with any digits compares with integers as the numbers do', (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: -100n, max: 100n }), given, (column, constant) => {
      const bound = integerBound(constant);
      const byBound = typeof bound === 'bigint' ? Number(column - bound) : Number(column) - Number(bound);
      return (
        sign(byBound) ===
        sign(compare({ unscaled: column, scale: 0 }, parseDecimal(constant) ?? { unscaled: 0n, scale: 0 }))
      );
    }),
    { numRuns: 2000 },
  );
  t.pass();
  t.end();
});

t.test('SUM, ORDER BY and comparisons of a DECIMAL column agree with exact arithmetic', (t) => {
  const tenant = new Tenant();
  tenant.query('create table d (id int primary key auto_increment, v decimal(6,2))');

  fc.assert(
    fc.property(fc.array(stored, { minLength: 1, maxLength: 20 }), given, (values, constant) => {
      tenant.query('delete from d');
      tenant.query(
        `insert into d (v) values ${values.map((value) => `(${formatDecimal(value)})`).join(', ')}`,
      );
      const limit = parseDecimal(constant) ?? { unscaled: 0n, scale: 0 };
      const result = tenant.query(`select (select sum(v) from d), count(*) from d where v < ${constant}`);
      const ordered = tenant.query('select v from d order by v desc');

      const total = values.reduce((sum, { unscaled }) => sum + unscaled, 0n);
      const below = values.filter((value) => compare(value, limit) < 0).length;
      const sorted = values.toSorted((a, b) => compare(b, a)).map((value) => [formatDecimal(value)]);
      return (
        result.kind === 'rows' &&
        ordered.kind === 'rows' &&
        result.rows[0]?.[0] === formatDecimal({ unscaled: total, scale }) &&
        result.rows[0]?.[1] === BigInt(below) &&
        JSON.stringify(ordered.rows) === JSON.stringify(sorted)
      );
    }),
    { numRuns: 100 },
  );
  t.pass();
  t.end();
});
