import { isObError } from '@sealane/errors';
import type { ResultColumn } from '@sealane/sql';
import t, { type Test } from 'tap';
import { createSqlEngine, sqlFunctions } from '../../src/session/sql-binding.ts';
import type { SqlSession } from '../../src/session/sql-session.ts';
import { type Cluster, equalCopies, openClusterWith, run, servers, until } from './cluster.ts';

t.test('MySQL’s statements on followers: rows, keys, warnings and errors are the leader’s', async (t) => {
  const [session, cluster] = await openFollower(t);
  await run(
    session,
    `create table t (id int auto_increment primary key, v varchar(20), d decimal(10,2), unique key u (v));
     insert into t (v, d) values ('a', 1.5), ('b', 2.25)`,
  );

  t.strictSame(await run(session, 'select * from t'), [
    [1n, 'a', '1.50'],
    [2n, 'b', '2.25'],
  ]);
  t.strictSame(await run(session, 'select last_insert_id(), found_rows(), database()'), [[1n, 2n, 'test']]);
  t.match(await refusal(session, `insert into t (v) values ('A')`), {
    errno: 1062,
    message: /'A' for key 'u'/,
  });
  t.match(await run(session, 'show warnings'), [['Error', 1062n]]);
  t.match(await run(session, 'show warnings'), [['Error', 1062n]], 'showing leaves them');
  t.match(await refusal(session, 'select * from nothing'), { errno: 1146 });
  t.match(await refusal(session, 'selekt 1'), { errno: 1064 });
  t.match(await run(session, 'select row_count(), @@warning_count'), [[-1n, 1n]]);
  await run(session, "select cast('7x' as signed) from t where v = 'a'");
  t.strictSame(await run(session, 'select @@warning_count'), [[1n]], 'nobody computes it twice');
  await until(() => equalCopies(cluster));
});

t.test('foreign keys bind on the leader, cascade everywhere, and can be left unchecked', async (t) => {
  const [session, cluster] = await openFollower(t);
  await run(
    session,
    `create table p (id int primary key);
     create table c (id int primary key, p int, foreign key (p) references p (id) on delete cascade);
     create table r (id int primary key, p int, foreign key (p) references p (id))`,
  );

  t.match(await refusal(session, 'insert into c values (1, 1)'), { errno: 1452 });
  await run(
    session,
    'insert into p values (1), (2); insert into c values (1, 1), (2, 2); insert into r values (1, 2)',
  );
  t.match(await refusal(session, 'delete from p where id = 2'), { errno: 1451 });
  await run(session, 'delete from p where id = 1');
  t.strictSame(await run(session, 'select id from c'), [[2n]]);
  await run(session, 'set foreign_key_checks = 0; insert into c values (9, 99); set foreign_key_checks = 1');
  t.strictSame(await run(session, 'select id from c order by id'), [[2n], [9n]]);
  await until(() => equalCopies(cluster));
});

t.test('DDL rebuilds tables alike on every node, and is refused where rows break it', async (t) => {
  const [session, cluster] = await openFollower(t);
  await run(
    session,
    `create table t (id int auto_increment primary key, v varchar(20)); insert into t (v) values ('a'), ('a');
     alter table t add column e int not null default 7, modify v varchar(40), add key (e);
     create table copy as select id, v, e from t`,
  );

  t.match(await refusal(session, 'create unique index u on t (v)'), { errno: 1062 });
  t.strictSame(await run(session, 'select * from copy order by id'), [
    [1n, 'a', 7n],
    [2n, 'a', 7n],
  ]);
  await run(session, "truncate table t; insert into t (v) values ('q')");
  t.strictSame(await run(session, 'select id, v, e from t'), [[1n, 'q', 7n]], 'keys begin again');
  await run(session, 'drop table copy; create view w as select v from t');
  t.strictSame(await run(session, 'show tables'), [['t'], ['w']]);
  t.strictSame(await run(session, 'select * from w'), [['q']]);
  await until(() => equalCopies(cluster));
});

t.test('user locks exclude sessions of all nodes, and are free when their session ends', async (t) => {
  const [session, cluster] = await openFollower(t);
  const other = await cluster.session(0, { database: 'test' });
  const third = await cluster.session(1, { database: 'test' });

  t.strictSame(await run(session, `select get_lock('Job', 0) as l, 7, get_lock('job', 0)`), [[1n, 7n, 1n]]);
  t.strictSame(
    await run(
      other,
      `select get_lock('JOB', 0), is_free_lock('job'), is_free_lock('none'), release_lock('job')`,
    ),
    [[0n, 0n, 1n, 0n]],
  );
  t.strictSame(await run(other, `select is_used_lock('job'), is_used_lock('none'), release_lock('none')`), [
    [BigInt(session.state.connectionId), null, null],
  ]);
  const waiting = run(other, `select get_lock('job', 30)`);
  const interrupted = refusal(third, `select get_lock('job', -1)`);
  setTimeout(() => third.kill('query'), 20);
  t.match(await interrupted, { errno: 1317 });
  t.strictSame(await run(session, `select release_lock('job')`), [[1n]]);
  t.strictSame(await run(session, `select is_free_lock('job')`), [[0n]], 'taken twice');
  await run(session, `do release_lock('job')`);
  t.strictSame(await waiting, [[1n]]);
  await run(other, `select get_lock('second', 0)`);
  await other.close();
  t.strictSame(await run(session, `select get_lock('job', 0), get_lock('second', 0)`), [[1n, 1n]]);
  t.strictSame(await run(session, 'select release_all_locks()'), [[2n]]);

  t.match(await refusal(session, `select get_lock('', 1)`), { errno: 3057 });
  t.match(await refusal(session, `select get_lock(repeat('x', 65), 1)`), { errno: 3057 });
  t.match(await refusal(session, 'select get_lock(NULL, 1)'), { errno: 3057 });
  t.match(await refusal(session, `select get_lock('a', 1) + 1`), { errno: 1235 });
  await run(session, `select get_lock('job', 0)`);
  cluster.log.elect(servers[1]);
  await until(() => cluster.nodes[1].node.serving);
  t.strictSame(await run(third, `select get_lock('job', 1)`), [[1n]], 'another leader knows none');
});

t.test('SLEEP alone is waited for, and interrupted answers 1', async (t) => {
  const [session] = await openFollower(t);

  t.strictSame(await run(session, 'select sleep(0.001)'), [[0n]]);
  const interrupted = run(session, 'select sleep(3600)');
  setTimeout(() => session.kill('query'), 20);
  t.strictSame(await interrupted, [[1n]]);
  await run(session, 'set max_execution_time = 20');
  t.strictSame(await run(session, 'select sleep(3600)'), [[1n]]);
  await run(session, 'set max_execution_time = 0; set ob_query_timeout = 500000');
  t.match(await refusal(session, 'do sleep(3600)'), { errno: 4012 });
  await run(session, 'set ob_query_timeout = 10000000; create table t (a int)');
  t.match(await refusal(session, 'select sleep(NULL)'), { errno: 1210 });
  await run(session, 'insert into t values (sleep(3600))');
  t.match(await run(session, 'show warnings'), [['Warning']], 'a statement that writes does not wait');
  t.strictSame(await run(session, 'select a from t'), [[0n]]);
});

t.test('information_schema and SHOW answer on a follower what was just made elsewhere', async (t) => {
  const [session, cluster] = await openFollower(t);
  const leader = await cluster.session(0, { database: 'test' });
  await run(leader, "create table made (id int primary key, v enum('x', 'y') default 'y')");

  t.strictSame(
    await run(
      session,
      `select column_name, column_type from information_schema.columns where table_name = 'made'`,
    ),
    [
      ['id', 'int(11)'],
      ['v', `enum('x','y')`],
    ],
  );
  t.match(await run(session, 'show create table made'), [['made', /`v` enum\('x','y'\) DEFAULT 'y'/]]);
  t.match(await run(session, 'describe made'), [['id'], ['v']]);
  await run(leader, 'create database other');
  await run(session, 'use other');
  t.equal(session.state.database, 'other');
  t.strictSame(await run(session, `select c from oceanbase.V`), [[servers[1]]]);
});

t.test('prepared statements tell their columns, and take parameters of any type', async (t) => {
  const [session] = await openFollower(t);
  await run(session, 'create table t (id bigint unsigned primary key, v varchar(20), b blob)');
  const insert = await session.prepare('insert into t values (?, ?, ?)');
  await session.execute(insert.id, [18446744073709551615n, 'text', Uint8Array.of(0, 255)]);
  await session.execute(insert.id, [1, null, null]);
  const select = await session.prepare('select id, v, b from t where id >= ? order by id');

  t.equal(select.parameterCount, 1);
  t.strictSame(
    select.columns.map(({ name }: ResultColumn) => name),
    ['id', 'v', 'b'],
  );
  t.match((await session.execute(select.id, [1n])).result, {
    kind: 'rows',
    rows: [
      [1n, null, null],
      [18446744073709551615n, 'text', Uint8Array.of(0, 255)],
    ],
  });
  await run(session, `prepare s from 'select v from t where id > ?'; set @from = 2`);
  t.strictSame(await run(session, 'execute s using @from'), [['text']]);
  t.strictSame(
    (await session.fieldList('t', 'v%')).map(({ name }: ResultColumn) => name),
    ['v'],
  );
});

t.test('variables: of the session, of the tenant, and those that follow from the login', async (t) => {
  const [session, cluster] = await openFollower(t);
  const latin = await cluster.session(2, { charset: 8 });
  t.strictSame(await run(latin, 'select @@character_set_client, @@collation_connection'), [
    ['latin1', 'latin1_swedish_ci'],
  ]);
  await run(session, "set @a = 5, sql_mode = ''; set global max_connections = 500");
  t.strictSame(await run(session, 'select @a + 1, @@sql_mode'), [[6n, '']]);
  t.match(await run(latin, `show global variables like 'max_connections'`), [['max_connections', '500']]);
  await run(session, 'set session transaction isolation level repeatable read');
  t.strictSame(await run(session, 'select @@transaction_isolation'), [['REPEATABLE-READ']]);
  t.match(await refusal(session, 'set global nonsense = 1'), { errno: 1193 });
});

t.test('only the node itself writes database oceanbase, even by a statement it has run before', async (t) => {
  const [user, cluster] = await openFollower(t);
  const own = await cluster.session(0, { internal: true });
  const insert = 'insert into oceanbase.__all_thing values (1)';

  await run(own, 'create table oceanbase.__all_thing (id int primary key)');
  await run(own, insert);

  t.match(await refusal(user, 'create table oceanbase.other (id int)'), { errno: 1044 });
  t.match(await refusal(user, insert), { errno: 1044 });
  t.match(
    await refusal(await cluster.session(0, {}), insert),
    { errno: 1044 },
    'on the node that has the plan',
  );
  t.strictSame(await run(user, 'select id from oceanbase.__all_thing'), [[1n]], 'everybody may read');
});

async function openFollower(t: Test): Promise<[SqlSession, Cluster]> {
  const cluster = await openClusterWith(t, { engine: createSqlEngine(), ...sqlFunctions });
  return [await cluster.session(1, { database: 'test' }), cluster];
}

async function refusal(session: SqlSession, text: string): Promise<{ errno: number; message: string }> {
  try {
    await run(session, text);
  } catch (error) {
    if (isObError(error)) return { errno: error.errno, message: error.message };
    throw error;
  }
  return { errno: 0, message: 'it was not refused' };
}
