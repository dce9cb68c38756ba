import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  askNode,
  connectTo,
  freePorts,
  Load,
  rowsOf,
  startCluster,
  startProxy,
  type TestNode,
  within,
} from '@sealane/testkit';
import { type Connection, type ConnectionOptions, createConnection } from 'mysql2/promise';
import t from 'tap';
import { lacksMariaDb, startMariaDb } from '../differential/mariadb.ts';

/** What goes through a proxy, and what can't. */

const SETTLE_TIMEOUT_MS = 15_000;
t.setTimeout(120_000);

t.test('a rule about certificates is about the proxy’s own, where a client comes through one', async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const node = cluster.nodes[0] as TestNode;
  const wallet = join(cluster.directoryOf(node), 'wallet');
  const subjectOf = (file: string): string =>
    new X509Certificate(readFileSync(file)).subject
      .split('\n')
      .map((part) => `/${part}`)
      .join('');
  const clients = join(cluster.baseDirectory, 'clients');
  const made = await cluster.controller(
    ...['certs', 'make', '--authority', join(cluster.baseDirectory, 'certificates'), '--out', clients],
    ...['--client', 'app'],
  );
  t.equal(made.code, 0, made.stderr);
  const own = {
    cert: readFileSync(join(clients, 'client-cert.pem')),
    key: readFileSync(join(clients, 'client-key.pem')),
  };
  const ca = readFileSync(cluster.ca);
  await askNode(cluster, node, 'ALTER SYSTEM SET ssl_client_authentication = True', { user: 'root@sys' });
  const root = await connectTo(cluster, node);
  for (const [user, rule] of [
    ['ssl', 'SSL'],
    ['x509', 'X509'],
    ['app', `SUBJECT '${subjectOf(join(clients, 'client-cert.pem'))}'`],
    ['proxy', `SUBJECT '${subjectOf(join(wallet, 'server-cert.pem'))}'`],
  ])
    await root.query(`CREATE USER '${user}' REQUIRE ${rule}`);
  await root.end();
  const clear = await startProxy(t, cluster);
  const secure = await startProxy(t, cluster, [
    ...['--wallet', wallet, '--enable-client-ssl', '--enable-server-ssl'],
  ]);
  const certified = { ssl: { ca, ...own } };
  const encrypted = { ssl: { ca } };

  for (const [where, port, who, tls, letIn] of [
    ['directly, in clear', node.sql_port, 'ssl', {}, false],
    ['directly, with TLS', node.sql_port, 'ssl', encrypted, true],
    ['directly, with TLS', node.sql_port, 'x509', encrypted, false],
    ['directly, with a certificate', node.sql_port, 'app', certified, true],
    ['through a proxy in clear', clear.port, 'ssl', {}, false],
    // The link that the server sees is the proxy's: encrypted, with the proxy's certificate.
    ['in clear to a proxy that speaks TLS with servers', secure.port, 'ssl', {}, true],
    ['in clear to a proxy that speaks TLS with servers', secure.port, 'x509', {}, true],
    ['with a certificate that the proxy can’t hand on', secure.port, 'app', certified, false],
    ['through the proxy whose subject it is', secure.port, 'proxy', {}, true],
    ['past the proxy whose subject it is', node.sql_port, 'proxy', certified, false],
  ] as const) {
    const attempt = open(t, { port, user: `${who}@test`, ...tls }).then(
      () => true,
      (error: { errno?: number }) => (error.errno === 1045 ? false : error),
    );
    t.equal(await attempt, letIn, `${who} ${where}`);
  }
});

t.test(
  'a proxy that is killed is started again: clients come back, nothing acknowledged is lost',
  async (t) => {
    const cluster = await startCluster(t);
    const [port = 0] = await freePorts(1);
    const first = await startProxy(t, cluster, ['--listen-port', String(port)]);
    const load = await Load.start({ host: '127.0.0.1', ports: [port], writers: 8, pauseMs: 2 });
    await within(SETTLE_TIMEOUT_MS, 'rows are written', () => load.acknowledgedCount > 100);

    process.kill(first.pid, 'SIGKILL');
    const atKill = load.acknowledgedCount;
    await startProxy(t, cluster, ['--listen-port', String(port)]);
    await within(SETTLE_TIMEOUT_MS, 'and again', () => load.acknowledgedCount > atKill + 100);

    const { acknowledged, unknown } = await load.stop();
    const there = await askNode(cluster, cluster.nodes[0] as TestNode, 'SELECT id FROM load_rows');
    const ids = new Set(there.map(([id]) => Number(id)));
    t.same(
      acknowledged.filter((id) => !ids.has(id)),
      [],
      'every row that was acknowledged is there',
    );
    const wanted = new Set([...acknowledged, ...unknown]);
    t.same(
      [...ids].filter((id) => !wanted.has(id)),
      [],
      'and none that nobody wrote',
    );
  },
);

t.test('any server of the protocol stands behind a proxy whose target it is', async (t) => {
  const lacking = lacksMariaDb();
  if (lacking !== false) {
    t.pass(`not tried: ${lacking}`);
    return;
  }
  const [serverPort = 0] = await freePorts(1);
  const { address } = await startMariaDb(t, { port: serverPort, accounts: true });
  const root = await createConnection(address);
  await root.query("CREATE USER app@'127.0.0.1' IDENTIFIED BY 'secret'");
  await root.query('CREATE DATABASE shop');
  await root.query("GRANT ALL ON shop.* TO app@'127.0.0.1'");
  await root.end();
  const proxy = await startProxy(t, { nodes: [] }, ['-o', `target_db_server=127.0.0.1:${serverPort}`]);
  const { port } = proxy;
  await t.rejects(open(t, { port, user: 'app', password: 'wrong' }), { message: /Access denied/ });
  const client = await open(t, { port, user: 'app', password: 'secret', database: 'shop' });
  await client.query('CREATE TABLE t (id INT PRIMARY KEY, v LONGTEXT)');
  await client.query('BEGIN');
  await client.execute('INSERT INTO t VALUES (?, ?)', [1, 'x'.repeat(300_000)]);
  await client.query('COMMIT');
  t.same(await rowsOf(client, 'SELECT id, LENGTH(v), DATABASE() FROM t'), [[1, 300_000, 'shop']]);
  const admin = await open(t, { port, user: 'root@proxysys' });
  t.match(await rowsOf(admin, 'SHOW PROXYCLUSTER'), [[/^/, '', '127.0.0.1', serverPort]]);
});

async function open(
  t: { teardown(undo: () => void): void },
  options: ConnectionOptions,
): Promise<Connection> {
  const client = await createConnection({ host: '127.0.0.1', ...options });
  client.on('error', () => undefined);
  t.teardown(() => client.destroy());
  return client;
}
