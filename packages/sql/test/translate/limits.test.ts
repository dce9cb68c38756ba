import { isObError, ObError } from '@sealane/errors';
import t from 'tap';
import { withoutTicks } from '../../src/translate/tick.ts';
import type { SqlHandle } from '../../src/values.ts';
import { Tenant } from './tenant.ts';

function numbered(count: number): Tenant {
  const tenant = new Tenant();
  tenant.query('create table n (id int primary key, v varchar(10))');
  const rows = Array.from({ length: count }, (_, index) => `(${index}, 'v${index}')`);
  tenant.query(`insert into n values ${rows.join(', ')}`);
  return tenant;
}

function errnoOf(tenant: Tenant, text: string): number | undefined {
  try {
    tenant.query(text);
    return undefined;
  } catch (error) {
    return isObError(error) ? error.errno : -1;
  }
}

function countOf(tenant: Tenant, condition: string): unknown {
  const result = tenant.query(`select count(*) from n where ${condition}`);
  return result.kind === 'rows' ? result.rows[0]?.[0] : result;
}

t.test('a list may be longer than SQLite takes values', (t) => {
  const tenant = numbered(100);
  const many = Array.from({ length: 40_000 }, (_, index) => index * 2);

  t.equal(countOf(tenant, `id in (${many.join(', ')})`), 50n);
  t.equal(countOf(tenant, `v in (${many.map((number) => `'V${number}'`).join(', ')})`), 50n);
  t.equal(countOf(tenant, `id not in (${many.join(', ')}, null)`), 0n);
  t.end();
});

t.test('a chain of conditions may be longer than SQLite nests', (t) => {
  const tenant = numbered(100);
  const chain = Array.from({ length: 5000 }, (_, index) => `id = ${index + 50}`).join(' or ');

  t.equal(countOf(tenant, chain), 50n);
  t.equal(countOf(tenant, `(1 xor 1 xor 1) and ${chain.replaceAll(' or ', ' and ')}`), 0n);
  t.end();
});

t.test('a sequence kept in a row tells its next number in the OK packet', (t) => {
  const tenant = new Tenant();
  tenant.query('create table s (id bigint not null); insert into s values (41)');

  t.match(tenant.query('update s set id = last_insert_id(id + 1)'), { kind: 'ok', lastInsertId: 42n });
  t.match(tenant.query('select last_insert_id()'), { rows: [[42n]] });
  t.match(tenant.query('update s set id = 7'), { kind: 'ok', lastInsertId: 0n });
  t.end();
});

t.test('a recursive table ends at cte_max_recursion_depth whatever reads it', (t) => {
  const tenant = new Tenant();
  const endless = 'with recursive r as (select 1 as i union all select i + 1 from r)';

  t.equal(errnoOf(tenant, `${endless} select count(*) from r`), 3636);
  t.equal(errnoOf(tenant, `${endless} select max(i) from r`), 3636);
  t.equal(errnoOf(tenant, `${endless} select 1 from r`), 3636);
  t.match(tenant.query(`${endless} select i from r limit 2`), { rows: [[1n], [2n]] });
  tenant.variables['cte_max_recursion_depth'] = 5n;
  t.match(
    tenant.query(
      'with recursive r as (select 1 as i union all select i + 1 from r where i < 6) select count(*) from r',
    ),
    {
      rows: [[6n]],
    },
  );
  t.end();
});

t.test('a statement is ended by its checkpoint, whatever it does', (t) => {
  const tenant = numbered(400);
  const errnoAfter = (looksMax: number, text: string): number | undefined => {
    let looks = 0;
    tenant.checkpoint = () => {
      looks += 1;
      if (looks > looksMax) throw new ObError('OB_TIMEOUT');
    };
    return errnoOf(tenant, text);
  };

  for (const text of [
    'select count(*) from n a, n b, n c, n d where a.v <> d.v',
    "update n a, n b, n c set a.v = 1 where concat(a.v, b.v, c.v) = 'x'",
    'select count(*) from n a where (select count(*) from n b, n c where b.v < c.v and a.v <> c.v) < a.id',
    'insert into n select 1000 + a.id, 1 from n a, n b, n c',
  ]) {
    t.equal(errnoAfter(100, text), 4012, text);
  }
  t.match(tenant.query('select count(*), max(id) from n'), { rows: [[400n, 399n]] }, 'nothing was written');
  for (const text of [
    "select v from n where v like '%nothing'",
    'select v, count(*) from n group by v',
    'select * from n order by v',
    "update n set v = 'x' where v like '%nothing'",
    "delete from n where v like '%nothing'",
    "delete from n where v like '%nothing' limit 1",
  ]) {
    t.equal(errnoAfter(0, text), 4012, text);
  }
  for (const text of [
    'select count(*) from n a join n b on a.id = b.id',
    'select count(*), max(id) from n',
    'update n set v = concat(v, 1)',
  ]) {
    t.equal(errnoAfter(10, text), undefined, text);
  }
  t.end();
});

t.test('without a checkpoint no row is looked at twice', (t) => {
  const where = 'SELECT * FROM "d.t" AS t1 WHERE ';

  t.equal(withoutTicks(`${where}sx_tick(t1.rowid) AND a = ?1 GROUP BY b`), `${where}a = ?1 GROUP BY b`);
  t.equal(withoutTicks(`${where}sx_tick(t1.rowid) AND sx_tick(t2.c1) AND a = 1`), `${where}a = 1`);
  t.equal(withoutTicks(`${where}sx_tick(t1.rowid)`), 'SELECT * FROM "d.t" AS t1');
  t.equal(
    withoutTicks(
      `SELECT (SELECT 1 FROM "d.u" AS t2 WHERE sx_tick(t2.rowid)) FROM "x WHERE sx_tick(y)" AS t1`,
    ),
    'SELECT (SELECT 1 FROM "d.u" AS t2) FROM "x WHERE sx_tick(y)" AS t1',
    'a name stays as it is',
  );
  const tenant = numbered(300);
  const texts: string[] = [];
  const plan = tenant.plan("select count(*) from n a join n b on a.id = b.id where a.v like '%1' order by 1");
  if (plan.kind !== 'query') throw new TypeError('no query');
  const { checkpoint: _, ...unwatched } = tenant.context();
  const noting: SqlHandle = {
    ...withEach(tenant),
    all: (sql, binds) => {
      texts.push(sql);
      return tenant.all(sql, binds);
    },
  };
  t.match(plan.run({ ...unwatched, handle: noting }), { rows: [[30n]] });
  t.match(plan.run({ ...tenant.context(), handle: noting }), { rows: [[30n]] });
  t.notMatch(texts[0], /sx_tick/);
  t.match(texts[1], /sx_tick\(t1\.rowid\) AND sx_tick\(t2\.rowid\) AND /);
  t.end();
});

t.test('rows come one by one with what a query tells at its end', (t) => {
  const tenant = numbered(400);
  const streamed = (text: string) => {
    const plan = tenant.plan(text);
    if (plan.kind !== 'query') throw new TypeError('no query');
    return plan.stream?.({ ...tenant.context(), handle: withEach(tenant) });
  };
  const rows = streamed('select sql_calc_found_rows id, @n := id from n order by id limit 3')?.rows ?? [];

  t.strictSame(
    [...rows],
    [
      [0n, 0n],
      [1n, 1n],
      [2n, 2n],
    ],
  );
  t.equal(tenant.session.foundRows, 400n);
  t.equal(tenant.session.userVariables['n'], 2n);
  tenant.variables['sql_select_limit'] = 5n;
  t.equal([...(streamed('select id from n')?.rows ?? [])].length, 5);
  t.throws(() => [...(streamed("select json_extract(v, '$.a') from n")?.rows ?? [])], { name: /JSON/ });
  t.equal(streamed('select 1 into @x'), undefined, 'what answers no rows streams none');
  t.end();
});

function withEach(tenant: Tenant): SqlHandle {
  return {
    all: (sql, binds) => tenant.all(sql, binds),
    run: (sql, binds) => tenant.run(sql, binds),
    each: (sql, binds) => tenant.all(sql, binds),
  };
}
