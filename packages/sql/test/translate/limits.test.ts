import t from 'tap';
import { Tenant } from './tenant.ts';

function numbered(count: number): Tenant {
  const tenant = new Tenant();
  tenant.query('create table n (id int primary key, v varchar(10))');
  const rows = Array.from({ length: count }, (_, index) => `(${index}, 'v${index}')`);
  tenant.query(`insert into n values ${rows.join(', ')}`);
  return tenant;
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
