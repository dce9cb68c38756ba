import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import {
  askNode,
  connectTo,
  rowsOf,
  startCluster,
  type TestCluster,
  type TestNode,
  within,
} from '@sealane/testkit';
import type { Connection as CoreConnection } from 'mysql2';
import type { Connection } from 'mysql2/promise';
import t from 'tap';

/** A read that takes long is its own client's business. */

const FILE_TIMEOUT_MS = 150_000;
const SETTLE_TIMEOUT_MS = 20_000;
const WATCHED_MS = 3_000;
/** However busy the machine is: an idle one answers thousands of times in `WATCHED_MS`. */
const ANSWERS_MIN = 20;

/** 2500³ rows: nobody waits for the end. */
const endless = 'select count(*) from n a, n b, n c where a.v < b.v and b.v < c.v and a.id < c.id';
const ROW_COUNT = 2_500;

t.setTimeout(FILE_TIMEOUT_MS);

t.test('long reads', async (t) => {
  const cluster = await startCluster(t);
  const leader = await leaderOf(cluster);
  const follower = cluster.nodes.find((node) => node !== leader) as TestNode;
  const open = async (node: TestNode): Promise<Connection> => {
    const connection = await connectTo(cluster, node, { multipleStatements: true });
    connection.on('error', () => undefined);
    t.teardown(() => connection.destroy());
    return connection;
  };
  const [onLeader, onFollower] = [await open(leader), await open(follower)];
  const rows = Array.from({ length: ROW_COUNT }, (_, index) => `(${index}, 'v${index}')`);
  await onLeader.query('create table n (id int primary key, v varchar(20))');
  await onLeader.query(`insert into n values ${rows.join(', ')}`);
  await onLeader.query("create table m (id int primary key, v varchar(20)); insert into m values (0, 'm')");

  await t.test(
    'others’ point reads go on, nobody is elected, and KILL QUERY from another node ends it',
    async (t) => {
      const heavy = await open(leader);
      await heavy.query('set ob_query_timeout = 60000000');
      const before = await terms(cluster, follower);
      const ended = heavy.query(endless).then(() => 'its end', errnoOf);
      const id = (await rowsOf(onLeader, 'select connection_id()'))[0]?.[0];
      t.not(id, heavy.threadId);
      await within(SETTLE_TIMEOUT_MS, 'the process list shows it', async () =>
        (await rowsOf(onLeader, 'show processlist')).some((row) => String(row[7]).includes('n a, n b, n c')),
      );

      const answers = await Promise.all([onLeader, onFollower].map((each) => pointReads(each)));
      t.comment(`answered in ${WATCHED_MS} ms: ${answers.join(' on the leader, ')} through a follower`);
      for (const count of answers) t.ok(count > ANSWERS_MIN);
      t.same(await terms(cluster, follower), before, 'the same terms');
      const killedAt = performance.now();
      await onFollower.query(`kill query ${heavy.threadId}`);
      t.equal(await ended, 1317);
      t.comment(`ended ${Math.round(performance.now() - killedAt)} ms after KILL QUERY`);
      t.same(await rowsOf(heavy, 'select v from n where id = 7'), [['v7']], 'the connection goes on');
    },
  );

  await t.test(
    'what must stay on the SQL thread costs no election, and KILL from another node ends it',
    async (t) => {
      const writer = await open(leader);
      const before = await terms(cluster, follower);
      await writer.query(`set ob_query_timeout = 60000000; begin; insert into n values (-1, 'own')`);
      let isOver = false;
      const ended = writer.query(endless).then(() => 'its end', errnoOf);
      ended.finally(() => {
        isOver = true;
      });
      // Longer than any lease.
      await delay(WATCHED_MS);
      t.equal(isOver, false);
      t.same(await terms(cluster, follower), before, 'the same terms');
      while (!isOver) await onFollower.query(`kill query ${writer.threadId}`).catch(() => undefined);
      t.equal(await ended, 1317);
      t.same(await rowsOf(writer, 'select v from n where id = -1'), [['own']], 'the transaction goes on');
      await writer.query('rollback');
    },
  );

  await t.test('KILL ends the connection with its read, and nobody knows the id afterwards', async (t) => {
    const heavy = await open(leader);
    const ended = heavy.query(endless).then(() => 'its end', errnoOf);
    await onFollower.query(`kill ${heavy.threadId}`);
    t.not(await ended, 'its end');
    await within(SETTLE_TIMEOUT_MS, 'the id is unknown', async () => {
      const errno = await onFollower.query(`kill ${heavy.threadId}`).then(() => 0, errnoOf);
      return errno === 1094;
    });
    t.equal(await onFollower.query('kill 12345').then(() => 0, errnoOf), 1094);
  });

  await t.test(
    'max_execution_time and ob_query_timeout end it, whatever it is and wherever it runs',
    async (t) => {
      const heavy = await open(leader);
      const forwarded = await open(follower);
      for (const connection of [heavy, forwarded]) {
        await connection.query('set max_execution_time = 300');
        t.equal(await errnoAfter(connection, endless), 3024);
        t.equal(
          await errnoAfter(
            connection,
            'select sha2(concat(a.v, b.v, c.v), 512) x from n a, n b, n c order by x',
          ),
          3024,
        );
        await connection.query('set max_execution_time = 0; set ob_query_timeout = 300000');
        t.equal(await errnoAfter(connection, endless), 4012);
        t.equal(
          await errnoAfter(
            connection,
            'with recursive r (i) as (select 1 union all select i + 1 from r where i < 999) ' +
              'select count(*) from r a, r b, r c, r d where a.i + b.i < c.i + d.i',
          ),
          4012,
        );
        t.equal(await errnoAfter(connection, `begin; update n set v = 'x' where id = 1; ${endless}`), 4012);
        await connection.query('rollback');
        t.equal(await errnoAfter(connection, `update m set v = (${endless})`), 4012);
        t.equal(await errnoAfter(connection, `insert into m select -1, (${endless})`), 4012);
        t.equal(await errnoAfter(connection, `delete from m where (${endless}) > 0`), 4012);
        await connection.query('set ob_query_timeout = 10000000');
        t.same(await rowsOf(connection, 'select v from n where id = 1'), [['v1']], 'nothing of it stays');
        t.same(await rowsOf(connection, 'select * from m'), [[0, 'm']]);
      }
    },
  );

  await t.test(
    'a transaction that reads one state has a process of its own, and loses it with it',
    async (t) => {
      const dump =
        'set transaction isolation level repeatable read; start transaction with consistent snapshot';
      const count = 'select count(*) from n';
      const readers = await Promise.all(
        [leader, follower, leader, follower, leader, follower].map(async (node) => {
          const connection = await open(node);
          await connection.query(dump);
          return connection;
        }),
      );
      // More than there are processes for: the others read as well.
      const before = await Promise.all(readers.map((each) => rowsOf(each, count)));
      await onLeader.query("insert into n values (500000, 'new')");
      t.same(
        await Promise.all(readers.map((each) => rowsOf(each, count))),
        before,
        'the state of the first read',
      );
      t.same(await rowsOf(readers[0] as Connection, 'select v from n where id = 500000'), []);
      const [reader] = readers as [Connection];
      await reader.query("update n set v = 'old' where id = 500000");
      t.same(await rowsOf(reader, 'select v from n where id = 500000'), [['old']], 'a write ends that');
      for (const each of readers) await each.query('rollback');

      await reader.query(dump);
      t.same(await rowsOf(reader, count), [[ROW_COUNT + 1]]);
      await reader.query('set max_execution_time = 300');
      const ended = errnoAfter(reader, endless);
      t.same(await rowsOf(onLeader, 'select v from n where id = 7'), [['v7']], 'others go on');
      t.equal(await ended, 3024);
      t.equal(await errnoAfter(reader, count), 6002, 'what it saw is gone');
      await reader.query('rollback');
      t.same(await rowsOf(reader, count), [[ROW_COUNT + 1]]);
      await onLeader.query('delete from n where id = 500000');
    },
  );

  await t.test('a reader process that dies costs one statement', async (t) => {
    const heavy = await open(leader);
    await heavy.query('set ob_query_timeout = 60000000');
    const ended = heavy.query(endless).then(() => 'its end', errnoOf);
    const before = readerTimes(leader);
    const reader = await within(SETTLE_TIMEOUT_MS, 'a reader is busy', () => {
      const grown = [...readerTimes(leader)].find(([pid, time]) => time - (before.get(pid) ?? 0) > 30);
      return grown?.[0];
    });
    process.kill(reader, 'SIGKILL');
    t.equal(await ended, 4016);
    t.same(await rowsOf(heavy, 'select count(*) from n a, n b'), [[ROW_COUNT ** 2]]);
    t.same(await rowsOf(onLeader, 'select v from n where id = 7'), [['v7']]);
  });

  await t.test(
    'SLEEP and a pattern without end hold up nobody, and are interrupted as in MySQL',
    async (t) => {
      const sleepers = await Promise.all(Array.from({ length: 10 }, () => open(leader)));
      const asleep = sleepers.map((each) => rowsOf(each, 'select sleep(3600)'));
      t.same(await rowsOf(onLeader, 'select v from n where id = 7'), [['v7']]);
      await within(SETTLE_TIMEOUT_MS, 'all of them sleep', async () => {
        const list = await rowsOf(onLeader, 'show processlist');
        return list.filter((row) => String(row[7]).includes('sleep(3600)')).length === sleepers.length;
      });
      for (const { threadId } of sleepers) await onFollower.query(`kill query ${threadId}`);
      t.same(await Promise.all(asleep), Array(10).fill([[1]]), 'alone it answers 1');
      t.same(await rowsOf(onLeader, 'select sleep(0.01)'), [[0]]);
      const session = await open(follower);
      await session.query('set max_execution_time = 200');
      t.same(await rowsOf(session, 'select sleep(3600)'), [[1]]);
      t.equal(await errnoAfter(session, 'select sleep(3600), 2'), 3024, 'among others it is an error');
      t.equal(await errnoAfter(session, `select '${'a'.repeat(50)}!' regexp '^(a+)+$'`), 3024);
      await session.query('set max_execution_time = 0; set ob_query_timeout = 200000');
      t.equal(await errnoAfter(session, 'do sleep(3600)'), 4012);
      t.equal(await errnoAfter(session, 'select sleep(-1)'), 1210);
    },
  );

  await t.test('what a read does to its session comes back from another process', async (t) => {
    const session = await open(follower);
    t.same(
      await rowsOf(
        session,
        'select sql_calc_found_rows @last := max(a.id) from n a, n b group by a.id limit 2',
      ),
      [[0], [1]],
    );
    t.same(await rowsOf(session, 'select found_rows(), @last'), [[ROW_COUNT, ROW_COUNT - 1]]);
    await session.query("select count(*), cast('7x' as signed) from n a, n b");
    t.match(await rowsOf(session, 'show warnings'), [['Warning', 1292]]);
    t.same(await rowsOf(session, `select last_insert_id(12) from n a, n b where a.id + b.id = 0`), [[12]]);
    t.same(await rowsOf(session, 'select last_insert_id()'), [[12]]);
  });

  await t.test('a result of gigabytes waits for a slow client, and not in the node’s memory', async (t) => {
    for (const node of [leader, follower]) {
      const before = residentMib(leader.pid) + residentMib(follower.pid);
      const slow = (await open(node)) as Connection & { readonly connection: CoreConnection };
      const stream = slow.connection.query(`select repeat('x', 1000), a.id from n a, n b`).stream();
      stream.on('error', () => undefined);
      let taken = 0;
      for await (const _ of stream) {
        taken += 1;
        if (taken === 5_000) break;
      }
      slow.connection.pause();
      await delay(1_500);
      const grown = residentMib(leader.pid) + residentMib(follower.pid) - before;
      t.comment(`the nodes have grown by ${grown} MiB while a client of ${node.name} waits`);
      t.ok(grown < 200, 'two and a half gigabytes are not there');
      slow.destroy();
      t.ok((await pointReads(onLeader, 200)) > 0);
    }
    await within(SETTLE_TIMEOUT_MS, 'the readers serve others again', async () =>
      rowsOf(onFollower, 'select count(*) from n a, n b'),
    );
  });

  await t.test('a long read sees whatever was acknowledged before it, strong or weak', async (t) => {
    const reader = await open(follower);
    for (let round = 0; round < 12; round += 1) {
      const id = 100_000 + round;
      await onLeader.query(`insert into n values (${id}, 'new')`);
      t.same(
        await rowsOf(reader, "select max(a.id) from n a, n b where b.v = 'v7' and a.v <> 'own'"),
        [[id]],
        'a strong one through a follower',
      );
      await reader.query(`insert into n values (${id + 1_000}, 'own')`);
      t.same(
        await rowsOf(
          reader,
          "select /*+ READ_CONSISTENCY(WEAK) */ count(*) from n a, n b where a.v = 'own' and b.v = 'v7'",
        ),
        [[round + 1]],
        'a weak one after the session’s own write',
      );
    }
  });
});

async function leaderOf(cluster: TestCluster): Promise<TestNode> {
  return within(SETTLE_TIMEOUT_MS, 'tenant test has a leader', () =>
    cluster.nodes.find((node) => node.leads.some((stream) => stream.tenant_id === 1002)),
  );
}

function errnoOf(error: unknown): number {
  return (error as { errno?: number }).errno ?? -1;
}

async function errnoAfter(connection: Connection, text: string): Promise<number> {
  return connection.query(text).then(() => 0, errnoOf);
}

/** @returns how many were answered; one that fails throws */
async function pointReads(connection: Connection, timeMs = WATCHED_MS): Promise<number> {
  const deadline = performance.now() + timeMs;
  let count = 0;
  while (performance.now() < deadline) {
    const [row] = await rowsOf(connection, `select v from n where id = ${count % ROW_COUNT}`);
    if (row?.[0] !== `v${count % ROW_COUNT}`) throw new Error(`a wrong row: ${JSON.stringify(row)}`);
    count += 1;
  }
  return count;
}

/** Of every log stream, which changes with each election. */
async function terms(cluster: TestCluster, node: TestNode): Promise<unknown> {
  return askNode(
    cluster,
    node,
    'select tenant_id, ls_id, max(proposal_id) from oceanbase.GV$OB_LOG_STAT group by tenant_id, ls_id order by 1',
    { user: 'root@sys' },
  );
}

/** Processor time of a node's reader processes, in hundredths of a second. */
function readerTimes({ pid }: TestNode): ReadonlyMap<number, number> {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const times = children.map((child): [number, number] => {
    const fields = readFileSync(`/proc/${child}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return [Number(child), Number(fields[11]) + Number(fields[12])];
  });
  return new Map(times);
}

function residentMib(pid: number): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kib) / 1024);
}
