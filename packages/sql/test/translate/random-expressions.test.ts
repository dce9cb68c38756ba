import { isObError } from '@sealane/errors';
import fc from 'fast-check';
import t from 'tap';
import { Tenant } from './tenant.ts';

const columns = ['i', 'u', 'd', 'r', 's', 'b', 'dt', 'da', 'ti', 'e', 'st', 'y', 'j', 'bt', 'ts'];
const literals = [
  '1',
  '-2',
  '3.25',
  "'7'",
  "'abc'",
  'null',
  "x'41'",
  '1e2',
  "date '2024-01-01'",
  'now()',
  'true',
  "'2024-01-01'",
];

const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const inner = tie('expression');
  const operator = fc.constantFrom(
    '+',
    '-',
    '*',
    '/',
    'div',
    '%',
    '=',
    '<',
    '<>',
    '<=>',
    'and',
    'or',
    'xor',
    '|',
    '<<',
    'like',
  );
  const type = fc.constantFrom(
    'signed',
    'unsigned',
    'char',
    'decimal(6,2)',
    'date',
    'datetime(1)',
    'time',
    'binary',
  );
  const call = fc.constantFrom('coalesce', 'nullif', 'greatest', 'concat', 'if');
  return {
    expression: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom(...columns, ...literals),
      fc.tuple(inner, operator, inner).map(([a, symbol, b]) => `(${a} ${symbol} ${b})`),
      fc
        .tuple(call, inner, inner)
        .map(([name, a, b]) => `${name}(${a}, ${b}${name === 'if' ? `, ${a}` : ''})`),
      fc.tuple(inner, inner, inner).map(([a, b, c]) => `(${a} between ${b} and ${c})`),
      fc.tuple(inner, inner, inner).map(([a, b, c]) => `(${a} in (${b}, ${c}))`),
      fc.tuple(inner, inner, inner).map(([a, b, c]) => `case ${a} when ${b} then ${c} else ${a} end`),
      fc.tuple(inner, type).map(([a, name]) => `cast(${a} as ${name})`),
      inner.map((a) => `(not ${a})`),
      inner.map((a) => `(- ${a})`),
      inner.map((a) => `(select ${a})`),
      fc.tuple(inner, inner).map(([a, b]) => `date_add(${a}, interval ${b} day)`),
    ),
  };
});

const queries = [
  (x: string) => `select ${x} from f`,
  (x: string) => `select i from f where ${x}`,
  (x: string) => `select ${x} as x, count(*) from f group by x order by x`,
  (x: string) => `select max(${x}), min(${x}), sum(${x}), count(distinct ${x}) from f`,
  (x: string) => `select ${x} from f union select i from f order by 1`,
];

t.test('any expression of any types answers, or fails with an error of MySQL', (t) => {
  const tenant = new Tenant();
  tenant.query(`create table f (i int, u bigint unsigned, d decimal(8,3), r double, s varchar(10), b varbinary(5),
      dt datetime(2), da date, ti time, e enum('a','b'), st set('x','y'), y year, j json, bt bit(5), ts timestamp null);
    insert into f values
      (1, 2, 3.5, 4.5, '5a', x'ff', '2024-01-01 10:00:00.55', '2024-02-02', '10:11:12', 'a', 'x,y', 2024, '{"a": 1}', 3, now()),
      (null, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
      (-5, 18446744073709551615, -9.999, -1e10, '', '', '1999-12-31', '2000-01-01', '-01:00:00', 'b', '', 1999, '[1, 2]', 31, null)`);

  fc.assert(
    fc.property(expression, fc.constantFrom(...queries), (x, query) => {
      try {
        tenant.query(query(x));
      } catch (error) {
        if (!isObError(error)) throw error;
      }
    }),
    { numRuns: 1500 },
  );
  t.pass();
  t.end();
});
