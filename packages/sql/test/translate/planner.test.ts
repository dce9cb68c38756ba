import { isObError } from '@sealane/errors';
import t from 'tap';
import { plannedColumns } from '../../src/planner.ts';
import type { CellValue, SqlHandle } from '../../src/values.ts';
import { Tenant } from './tenant.ts';

function people(): Tenant {
  const tenant = new Tenant();
  tenant.query(`create table p (id int primary key, name varchar(20), price decimal(8,2), at datetime(3), big bigint unsigned);
    insert into p values (1, 'ann', 1.50, '2024-01-01 10:00:00', 18446744073709551615), (2, 'bob', 2.25, '2024-01-02', 2)`);
  return tenant;
}

function rowsOf(tenant: Tenant, text: string, parameters: readonly CellValue[] = []): unknown {
  const result = tenant.query(text, parameters);
  return result.kind === 'rows' ? result.rows : result;
}

function errnoOf(body: () => unknown): number | undefined {
  try {
    body();
    return undefined;
  } catch (error) {
    return isObError(error) ? error.errno : -1;
  }
}

t.test('a parameter takes the type of the value that comes with each run', (t) => {
  const tenant = people();
  const plan = tenant.plan('select id from p where price = ? or id = ? or name = ? order by id');
  const run = (...parameters: CellValue[]): unknown => {
    if (plan.kind !== 'query') return undefined;
    const result = plan.run(tenant.context(parameters));
    return result.kind === 'rows' ? result.rows.flat() : undefined;
  };

  t.same(run('1.5', 0n, ''), [1n]);
  t.same(run(1.5, 2, 'x'), [1n, 2n]);
  t.same(run(null, '2', null), [2n]);
  t.same(run(0n, null, 'BOB'), [2n]);
  t.same(rowsOf(tenant, 'select ? + 1, ?', [1n, 'a']), [[2n, 'a']]);
  t.same(rowsOf(tenant, 'select ? + 1, ?', ['1', null]), [[2, null]]);
  t.same(rowsOf(tenant, 'select id from p where big = ?', ['18446744073709551615']), [[1n]]);
  t.same(rowsOf(tenant, 'select id from p where big = ?', [18446744073709551615n]), [[1n]]);
  t.same(rowsOf(tenant, 'select id from p where at >= ?', ['2024-01-01 12:00:00']), [[2n]]);
  t.same(rowsOf(tenant, 'select id from p order by id limit ? offset ?', [1, 1n]), [[2n]]);
  t.equal(
    errnoOf(() => tenant.query('select 1 limit ?', [-1n])),
    1210,
  );
  t.end();
});

t.test('INSERT, UPDATE and DELETE take parameters', (t) => {
  const tenant = people();

  tenant.query('insert into p values (?, ?, ?, ?, ?)', [
    3n,
    'cid',
    '3.005',
    '2024-02-29',
    9223372036854775808n,
  ]);
  tenant.query('insert into p (id, name, price) values (?, ?, ?) on duplicate key update name = ?', [
    3n,
    'x',
    1n,
    'new',
  ]);
  tenant.query('update p set price = price * ?, name = ? where id = ?', ['2', Buffer.from('bytes'), 2]);
  const deleted = tenant.query('delete from p where id = ?', ['1']);

  t.equal(deleted.kind === 'ok' && deleted.affectedRows, 1n);
  t.same(rowsOf(tenant, 'select * from p order by id'), [
    [2n, 'bytes', '4.50', '2024-01-02 00:00:00.000', 2n],
    [3n, 'new', '3.01', '2024-02-29 00:00:00.000', 9223372036854775808n],
  ]);
  t.end();
});

t.test('columns are told before a statement runs', (t) => {
  const tenant = people();

  const columns = plannedColumns(tenant.plan('select p.id as key_, NAME, price + ? from p where id = ?'));

  t.match(columns, [
    {
      name: 'key_',
      originalName: 'id',
      table: 'p',
      originalTable: 'p',
      database: 'test',
      primaryKey: true,
      nullable: false,
    },
    { name: 'NAME', originalName: 'name', type: { name: 'varchar', length: 20 } },
    { name: 'price + ?', table: '' },
  ]);
  t.same(plannedColumns(tenant.plan('delete from p')), []);
  t.end();
});

t.test('a plan says what it needs', (t) => {
  const tenant = people();

  t.match(tenant.plan('select 1'), { kind: 'query', readsTables: false, locking: false, weakRead: false });
  t.match(tenant.plan('select * from p for update'), { kind: 'query', readsTables: true, locking: true });
  t.match(tenant.plan('select /*+ READ_CONSISTENCY(WEAK) */ * from p'), { kind: 'query', weakRead: true });
  t.match(tenant.plan('select (select max(id) from p)'), { kind: 'query', readsTables: true });
  t.match(tenant.plan('insert into p (id) values (9)'), { kind: 'dml', virtualTables: [] });
  t.match(tenant.plan('truncate p'), { kind: 'ddl' });
  t.match(tenant.plan('set @a = 1'), { kind: 'set' });
  t.match(tenant.plan('commit'), { kind: 'transaction' });
  t.match(tenant.plan('use test'), { kind: 'session' });
  t.match(tenant.plan("alter system set cpu_count = '4'"), { kind: 'admin' });
  t.end();
});

t.test('names are settled when a statement is planned', (t) => {
  const tenant = people();
  tenant.session.database = undefined;
  const errno = (text: string): number | undefined => errnoOf(() => tenant.plan(text));

  t.equal(errno('select * from p'), 1046);
  t.equal(errno('select * from nosuch.p'), 1049);
  t.equal(errno('select * from test.q'), 1146);
  t.equal(errno('select x from test.p'), 1054);
  t.equal(errno('select id from test.p, test.p as q'), 1052);
  t.equal(errno('select * from test.p, test.p'), 1066);
  t.equal(errno('select q.* from test.p'), 1051);
  t.equal(errno('delete q from test.p'), 1109);
  t.equal(errno('select 1 union select 1, 2'), 1222);
  t.equal(errno('select id from test.p where count(*) > 1'), 1111);
  t.equal(errno('call nothing_here()'), 1235);
  t.end();
});

t.test('an error in a function ends a statement even inside an aggregate', (t) => {
  const tenant = people();

  const text = 'with recursive n (i) as (select 1.5 union all select i from n) select sum(i) from n';

  t.equal(
    errnoOf(() => tenant.query(text)),
    3636,
  );
  t.equal(
    errnoOf(() => tenant.query('select sum((select id from p)) from p')),
    1242,
  );
  t.end();
});

t.test('values of one statement share one text', (t) => {
  const tenant = people();
  const seen = new Set<string>();
  const context = tenant.context();
  const handle: SqlHandle = {
    all: (sql, binds) => {
      seen.add(sql);
      return tenant.all(sql, binds);
    },
    run: (sql, binds) => tenant.run(sql, binds),
  };

  for (const id of [1, 2, 3]) {
    const plan = tenant.plan(`select name, big + ${id} from p where id = ${id} and price < ${id}.5`);
    if (plan.kind === 'query') plan.run({ ...context, handle });
  }

  t.equal(seen.size, 1, [...seen].join('\n'));
  t.end();
});

t.test('bytes in a string that are no UTF-8 arrive as they were sent', (t) => {
  const tenant = new Tenant();
  tenant.query('create table b (id int primary key, v varbinary(20))');

  // The front decodes 0xff to U+DCFF.
  tenant.query("insert into b values (1, _binary 'a\udcff\udc80z'), (2, '\udcfe'), (3, _binary 'plain')");

  t.same(rowsOf(tenant, 'select hex(v) from b order by id'), [['61FF807A'], ['FE'], ['706C61696E']]);
  t.same(rowsOf(tenant, "select id from b where v = _binary 'a\udcff\udc80z'"), [[1n]]);
  t.equal(
    errnoOf(() => tenant.query("create table s (v varchar(5)); insert into s values ('\udcff')")),
    1366,
  );
  t.end();
});
