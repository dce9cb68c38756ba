import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { scalarFunctions } from '../../src/functions/index.ts';
import { answer } from '../translate/case-file.ts';
import { Tenant } from '../translate/tenant.ts';

/** `expression => answer`, one a line; a warning that the answer brings isn't shown. */
function readExamples(file: string): { expression: string; expected: string }[] {
  const lines = readFileSync(join(import.meta.dirname, file), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [expression, expected] = line.split(' => ');
    return expression === undefined || expected === undefined || line.startsWith('#')
      ? []
      : [{ expression, expected }];
  });
}

const tenant = new Tenant();
tenant.query('create table one (id int primary key); insert into one values (1)');

/** The first line: warnings come after it. */
function firstLine(statement: string): string {
  return answer(tenant, statement).split('\n')[0] ?? '';
}

for (const file of ['text.txt', 'numbers.txt', 'dates.txt', 'json.txt']) {
  t.test(`functions of ${file} answer as the manual says`, async (t) => {
    for (const { expression, expected } of readExamples(file)) {
      t.equal(firstLine(`select ${expression}`), expected, expression);
    }
  });
}

t.test('SQLite calls functions as the planner does with constants', async (t) => {
  tenant.query('create table words (w varchar(40), n int, d decimal(10,3), at datetime(3), j json)');
  tenant.query(
    `insert into words values ('Hello', -3, 12.345, '2024-02-29 13:05:06.5', '{"a": [1, 2]}'), (null, null, null, null, null)`,
  );
  const cases: Record<string, string> = {
    'upper(w), reverse(w), left(w, 2), lpad(w, n + 10, "*"), locate("L", w), field(w, "x", "hello")':
      'HELLO | olleH | He | **Hello | 3 | 2',
    'abs(n), round(d, 1), floor(d), truncate(d, 2), format(d, 2), hex(n), sign(d)':
      '3 | 12.3 | 12 | 12.34 | 12.35 | FFFFFFFFFFFFFFFD | 1',
    'year(at), date_format(at, "%Y%m"), dayname(at), unix_timestamp(at), extract(hour_minute from at), last_day(at)':
      '2024 | 202402 | Thursday | 1709211906.500 | 1305 | 2024-02-29',
    'date(at), time(at), timestampdiff(day, "2024-01-01", at), addtime(at, "1:00")':
      '2024-02-29 | 13:05:06.500 | 59 | 2024-02-29 14:05:06.500',
    'j->"$.a[1]", json_length(j), json_set(j, "$.b", d), json_array(n, d, w, j), j->>"$.a"':
      '2 | 1 | {"a": [1, 2], "b": 12.345} | [-3, 12.345, "Hello", {"a": [1, 2]}] | [1, 2]',
  };
  for (const [items, expected] of Object.entries(cases)) {
    t.equal(answer(tenant, `select ${items} from words where n = -3`), expected, items);
    const nulls = expected
      .split(' | ')
      .map(() => 'NULL')
      .join(' | ');
    const found = answer(tenant, `select ${items} from words where n is null`);
    if (!items.includes('field') && !items.includes('json_array')) t.equal(found, nulls, `NULLs: ${items}`);
  }
});

t.test('RAND with a seed is a sequence in a statement', async (t) => {
  tenant.query('insert into one values (2), (3)');
  const first = answer(tenant, 'select rand(id * 0 + 3) from one order by id');
  t.equal(first.split('\n')[0], '0.9057697559760601');
  t.equal(new Set(first.split('\n')).size, 3);
  t.equal(answer(tenant, 'select rand(id * 0 + 3) from one order by id'), first);
});

t.test('too many or too few arguments are an error', async (t) => {
  t.match(answer(tenant, 'select left("a")'), /^error 1582 /);
  t.match(answer(tenant, 'select pi(1)'), /^error 1582 /);
});

t.test('a result over max_allowed_packet is NULL with a warning', async (t) => {
  t.match(answer(tenant, 'select repeat("x", 1000000000)'), /^NULL\nWarning 1301 /);
});

t.test('every function has one row, in lower case', async (t) => {
  const names = scalarFunctions.map(({ name }) => name);
  t.equal(new Set(names).size, names.length);
  t.equal(
    names.find((name) => name !== name.toLowerCase()),
    undefined,
  );
  t.ok(names.length >= 150, `${names.length} functions`);
});
