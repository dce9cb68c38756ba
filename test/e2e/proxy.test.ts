import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  connectTo,
  Load,
  rowsOf,
  startCluster,
  startProxy,
  type TestCluster,
  within,
} from '@sealane/testkit';
import { type Connection, createConnection } from 'mysql2/promise';
import t from 'tap';

/** Clients behind obproxy don't notice what the cluster does. */

const SETTLE_TIMEOUT_MS = 30_000;
t.setTimeout(240_000);

t.test('a session moves with its tenant’s leader, and takes along what its client made of it', async (t) => {
  const cluster = await startCluster(t);
  const proxy = await startProxy(t, cluster);
  const client = await open(t, proxy.port);
  await client.query('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))');
  await client.query("SET @x = 'ä''\\\\', @y = 1.5, @@sql_mode = 'ANSI_QUOTES'");
  await client.execute('INSERT INTO t (v) VALUES (?)', ['one']);
  const before = await rowsOf(client, seen);

  for (const node of cluster.nodes) {
    await lead(cluster, node.name);
    await within(
      SETTLE_TIMEOUT_MS,
      `the session is on ${node.name}`,
      async () => (await rowsOf(client, 'SELECT @@port'))[0]?.[0] === node.sql_port,
    );
    t.same(await rowsOf(client, seen), before, `the same session on ${node.name}`);
    await client.execute('INSERT INTO t (v) VALUES (?)', [node.name]);
    await client.query('SET @@last_insert_id = 1');
  }
  t.same(await rowsOf(client, 'SELECT COUNT(*) FROM t'), [[4]]);

  await t.test('an open transaction whose server dies is told once, and nothing of it is left', async (t) => {
    await client.query('BEGIN');
    await client.query("INSERT INTO t (v) VALUES ('lost')");
    const { nodes } = await cluster.status();
    const leader = nodes.find((node) => node.leads.some(({ tenant_id: id }) => id === 1002));
    process.kill(leader?.pid ?? 0, 'SIGKILL');
    const failure = await client
      .query("INSERT INTO t (v) VALUES ('lost, too')")
      .catch((error: unknown) => error);
    t.match(failure, { errno: 6002 });
    t.same(await rowsOf(client, 'SELECT COUNT(*) FROM t'), [[4]], 'held until somebody leads, then answered');
    t.same(await rowsOf(client, 'SELECT @y'), [['1.5']]);
    t.equal((await cluster.controller('up')).code, 0);
  });

  await t.test('a proxy that stops lets a transaction end', async (t) => {
    await client.query('BEGIN');
    await client.query("INSERT INTO t (v) VALUES ('kept')");
    const stopped = proxy.stop();
    await client.query('COMMIT');
    t.equal(await stopped, 0);
    await t.rejects(client.query('SELECT 1'));
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('no node');
    const direct = await connectTo(cluster, node);
    t.same(await rowsOf(direct, "SELECT COUNT(*) FROM t WHERE v = 'kept'"), [[1]]);
    await direct.end();
  });
});

t.test('a whole encryption enable goes by without a failed statement', async (t) => {
  const cluster = await startCluster(t);
  const proxy = await startProxy(t, cluster);
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  const wallet = ['--wallet', join(cluster.directoryOf(node), 'wallet')];
  await t.rejects(
    startProxy(t, cluster, [...wallet, '--enable-server-ssl']),
    /did not start/,
    'servers that offer no TLS yet are refused, not spoken to in clear',
  );
  const load = await Load.start({ host: '127.0.0.1', ports: [proxy.port], writers: 6, pauseMs: 5 });
  await within(SETTLE_TIMEOUT_MS, 'rows are written', () => load.acknowledgedCount > 100);

  const enabled = await cluster.controller('encryption', 'enable', '--yes');

  const result = await load.stop();
  t.equal(enabled.code, 0, enabled.stderr);
  t.same(result.failures, {});
  t.same(result.unknown, []);
  t.comment(`${result.acknowledged.length} acknowledged, longest gap ${result.longestGapMs} ms`);
  const client = await open(t, proxy.port);
  t.same(await rowsOf(client, 'SELECT COUNT(*) FROM load_rows'), [[result.acknowledged.length]]);

  await t.test('with TLS on both sides nothing of it goes in clear', async (t) => {
    const flags = [...wallet, '--enable-client-ssl', '--enable-server-ssl'];
    const secure = await startProxy(t, cluster, flags);
    const encrypted = await createConnection({
      host: '127.0.0.1',
      port: secure.port,
      user: 'root@test',
      ssl: { ca: readFileSync(cluster.ca, 'utf8') },
    });
    t.teardown(() => encrypted.destroy());
    const [[id] = []] = await rowsOf(encrypted, 'SELECT CONNECTION_ID()');
    const admin = await connectTo(cluster, node, { user: 'root@sys' });
    const rows = await rowsOf(admin, `SELECT SSL_CIPHER FROM oceanbase.GV$OB_PROCESSLIST WHERE ID = ${id}`);
    await admin.end();
    t.match(String(rows[0]?.[0]), /^TLS_/, 'the server sees TLS');
    const plain = await open(t, secure.port);
    t.same(await rowsOf(plain, 'SELECT 1'), [[1]], 'a client may still come in clear');
  });
});

const seen = 'SELECT @x, @y, @@sql_mode, DATABASE(), LAST_INSERT_ID()';

async function open(t: { teardown(undo: () => void): void }, port: number): Promise<Connection> {
  const client = await createConnection({ host: '127.0.0.1', port, user: 'root@test', database: 'test' });
  client.on('error', () => undefined);
  t.teardown(() => client.destroy());
  return client;
}

/** Makes this node lead tenant test. */
async function lead(cluster: TestCluster, name: string): Promise<void> {
  const node = cluster.nodes.find((each) => each.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  const admin = await connectTo(cluster, node, { user: 'root@sys' });
  await admin.query(
    `ALTER SYSTEM SWITCH REPLICA LEADER SERVER '${node.svr_ip}:${node.svr_port}' TENANT test`,
  );
  await admin.end();
}
