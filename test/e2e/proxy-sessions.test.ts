import {
  connectTo,
  rowsOf,
  startCluster,
  startProxy,
  type TestCluster,
  type TestNode,
  within,
} from '@sealane/testkit';
import { type Connection, createConnection } from 'mysql2/promise';
import t from 'tap';

/** What a session may be made of, through the proxy, on real nodes. */

const SETTLE_TIMEOUT_MS = 30_000;
t.setTimeout(240_000);

t.test('sessions through the proxy', async (t) => {
  const cluster = await startCluster(t);
  const proxy = await startProxy(t, cluster);
  const client = await open(t, proxy.port);
  await client.query('CREATE TABLE t (id INT PRIMARY KEY, v LONGTEXT)');
  const others = followers(cluster, await leaderOf(cluster));

  await t.test('another user gets another session over the same socket', async (t) => {
    await client.query("CREATE USER 'plain'@'%' IDENTIFIED BY 'pä55'");
    await client.query("CREATE USER 'other'@'%' IDENTIFIED BY 'x'");
    await client.query("GRANT ALL ON test.* TO 'plain'@'%', 'other'@'%'");
    const other = await open(t, proxy.port);
    await other.query('SET @x = 1');
    await other.query('BEGIN');
    await other.query("INSERT INTO t VALUES (100, 'never')");
    await other.changeUser({ user: 'plain@test', password: 'pä55', database: 'test' });
    t.match(await rowsOf(other, 'SELECT CURRENT_USER(), @x, DATABASE()'), [['plain@%', null, 'test']]);
    t.same(await rowsOf(other, 'SELECT COUNT(*) FROM t'), [[0]], 'what was open is rolled back');
    await other.changeUser({ user: 'other@test', password: 'x', database: 'test' });
    t.match(await rowsOf(other, 'SELECT CURRENT_USER()'), [['other@%']]);
    await lead(cluster, others[0]);
    t.match(await rowsOf(other, 'SELECT CURRENT_USER()'), [['other@%']], 'also at the next leader');
    t.equal(await errnoOf(other.changeUser({ user: 'plain@test', password: 'wrong' })), 1045);
    await t.rejects(other.query('SELECT 1'), 'and the connection is over, as with MySQL');
  });

  await t.test('what has no variable moves too', async (t) => {
    await client.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    await client.query("SET @q = 'SELECT ? + 1', sql_mode = 'ANSI_QUOTES'");
    await client.query('PREPARE kept FROM @q');
    await client.query("SET @q = 'another', @one = 1, sql_mode = DEFAULT");
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await client.query("CREATE ROLE IF NOT EXISTS 'reader'").catch(() => undefined);
    await lead(cluster, others[1]);
    t.same(await rowsOf(client, 'SELECT @q, @@sql_mode LIKE "%ANSI%"'), [['another', 0]]);
    t.same(await rowsOf(client, 'EXECUTE kept USING @one'), [[2]]);
    await client.query('BEGIN');
    await client.query('COMMIT');
  });

  await t.test('weak reads come from a follower, and never from before what was seen', async (t) => {
    const leader = await leaderOf(cluster);
    const weakly = 'SELECT /*+ READ_CONSISTENCY(WEAK) */ @@port, COUNT(*) FROM t';
    for (let id = 1; id <= 20; id += 1) {
      await client.query(`INSERT INTO t VALUES (${id}, 'x')`);
      const [[port, count] = []] = await rowsOf(client, weakly);
      t.equal(count, id, 'its own write is seen');
      t.not(port, leader.sql_port);
    }
    t.same(await rowsOf(client, 'SELECT @@port'), [[leader.sql_port]], 'others stay with the leader');
    await client.query("SET ob_read_consistency = 'WEAK'");
    t.not((await rowsOf(client, 'SELECT @@port, COUNT(*) FROM t'))[0]?.[0], leader.sql_port);
    await client.query('BEGIN');
    t.same(
      await rowsOf(client, 'SELECT @@port, COUNT(*) FROM t'),
      [[leader.sql_port, 20]],
      'not in a transaction',
    );
    await client.query('ROLLBACK');
    await client.query("SET ob_read_consistency = 'STRONG'");
  });

  await t.test('KILL knows both numbers of a session', async (t) => {
    const victim = await open(t, proxy.port);
    const greeted = victim.threadId;
    const sleeping = victim.query('SELECT SLEEP(30)').catch((error: unknown) => error);
    await within(SETTLE_TIMEOUT_MS, 'it sleeps', async () =>
      (await rowsOf(client, 'SHOW PROCESSLIST')).some((row) => String(row).includes('SLEEP(30)')),
    );
    await client.query(`KILL QUERY ${greeted}`);
    t.match(await sleeping, [[{ 'SLEEP(30)': 1 }]]);
    const [[serverId] = []] = await rowsOf(victim, 'SELECT CONNECTION_ID()');
    t.not(serverId, greeted);
    await client.query(`KILL ${serverId}`);
    await t.rejects(victim.query('SELECT 1'), 'its client is let go');

    const direct = await open(t, proxy.port);
    const [[id] = []] = await rowsOf(direct, 'SELECT CONNECTION_ID()');
    const gone = new Promise((resolve) => direct.on('end', resolve));
    const admin = await connectTo(cluster, await leaderOf(cluster));
    await admin.query(`KILL ${id}`);
    await admin.end();
    await gone;
    await t.rejects(direct.query('SELECT 1'), 'also when it is said to a node');
    t.equal(await errnoOf(client.query('KILL 2000000000')), 1094);
  });

  await t.test('packets over 16 MiB go both ways', async (t) => {
    await client.query('SET GLOBAL max_allowed_packet = 67108864');
    const big = await open(t, proxy.port);
    const text = 'ab'.repeat(9 * 1024 * 1024);
    const [[found] = []] = await rowsOf(big, `SELECT '${text}'`);
    t.equal(found === text, true);
    const [echoed] = await big.execute('SELECT ? AS echo', [text]);
    t.equal((echoed as { echo: string }[])[0]?.echo === text, true, 'as a parameter, too');
  });

  await t.test('no server gets to read a client’s files', async (t) => {
    t.equal(await errnoOf(client.query("LOAD DATA LOCAL INFILE '/etc/hosts' INTO TABLE t")), 1148);
  });

  await t.test('a lock that is lost with its server is told', async (t) => {
    const holder = await open(t, proxy.port);
    t.same(await rowsOf(holder, "SELECT GET_LOCK('here', 1)"), [[1]]);
    const leader = await leaderOf(cluster);
    process.kill(leader.pid, 'SIGKILL');
    t.equal(await errnoOf(holder.query('SELECT 1')), 5066);
    t.same(await rowsOf(holder, 'SELECT 1'), [[1]], 'once');
    t.equal((await cluster.controller('up')).code, 0);
  });
});

async function open(
  t: { teardown(undo: () => void): void },
  port: number,
  options: object = {},
): Promise<Connection> {
  const client = await createConnection({
    host: '127.0.0.1',
    port,
    user: 'root@test',
    database: 'test',
    ...options,
  });
  client.on('error', () => undefined);
  t.teardown(() => client.destroy());
  return client;
}

async function errnoOf(promise: Promise<unknown>): Promise<number | undefined> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return (error as { errno?: number } | undefined)?.errno;
}

async function leaderOf(cluster: TestCluster): Promise<TestNode> {
  const { nodes } = await cluster.status();
  const leader = nodes.find(({ leads }) => leads.some(({ tenant_id: id }) => id === 1002));
  if (leader === undefined) throw new Error('nobody leads');
  return leader;
}

function followers(cluster: TestCluster, leader: TestNode): [TestNode, TestNode] {
  const [first, second] = cluster.nodes.filter(({ name }) => name !== leader.name);
  if (first === undefined || second === undefined) throw new Error('too few nodes');
  return [first, second];
}

/** Makes this node lead tenant test, and waits until it does. */
async function lead(cluster: TestCluster, node: TestNode): Promise<void> {
  const admin = await connectTo(cluster, node, { user: 'root@sys' });
  await admin.query(
    `ALTER SYSTEM SWITCH REPLICA LEADER SERVER '${node.svr_ip}:${node.svr_port}' TENANT test`,
  );
  await admin.end();
  await within(
    SETTLE_TIMEOUT_MS,
    `${node.name} leads`,
    async () => (await leaderOf(cluster)).name === node.name,
  );
}
