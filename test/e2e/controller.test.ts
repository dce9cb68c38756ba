import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  askNode,
  runController,
  runProgram,
  startCluster,
  type TestCluster,
  type TestStatus,
  within,
} from '@sealane/testkit';
import { createConnection } from 'mysql2/promise';
import t from 'tap';

const FILE_TIMEOUT_MS = 200_000;
const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const LAUNCHER = join(ROOT, 'packages', 'cluster-controller', 'bin', 'cluster-controller.js');
const OLD_NODE_TIMEOUT_MS = 30_000;

// Real clusters take their time where the machine is busy.
t.setTimeout(FILE_TIMEOUT_MS);

t.test('up, status, restart and down, as a person and as a program use them', async (t) => {
  const cluster = await startCluster(t, { proxy: true });

  await t.test('up --json names nodes, proxy, CA and users', async (t) => {
    const again = await cluster.controller('up', '--json');
    const up = JSON.parse(again.stdout) as Record<string, unknown>;
    t.equal(again.code, 0);
    t.match(up, {
      ca: cluster.ca,
      proxy: { name: 'obproxy', host: '127.0.0.1', sql_port: Number, pid: Number, running: true },
      users: [
        { user: 'root', tenant: 'sys' },
        { user: 'root', tenant: 'test' },
      ],
    });
    t.match(up['nodes'], [
      { svr_ip: '127.0.0.1', svr_port: Number, sql_port: Number, zone: 'zone1', pid: Number },
      { zone: 'zone2' },
      { zone: 'zone3' },
    ]);
    t.ok(existsSync(cluster.ca));
    t.comment(
      `from nothing to serving in ${cluster.elapsedMs} ms; ${memoryOf(cluster.nodes.map((node) => node.pid))}`,
    );
  });

  await t.test('a second up changes nothing', async (t) => {
    const pids = ({ nodes, proxies }: TestStatus) => [...nodes, ...proxies].map(({ pid }) => pid);
    const before = await cluster.status();
    t.equal((await cluster.controller('up')).code, 0);
    t.same(pids(await cluster.status()), pids(before));
  });

  await t.test('clients come through the proxy, by the name of the cluster too', async (t) => {
    for (const user of ['root@test', 'root@test#sealane', 'root@sys']) {
      t.same(await throughProxy(cluster, user, 'SELECT 40 + 2'), [[42]]);
    }
    await t.rejects(throughProxy(cluster, 'root@test#another', 'SELECT 1'));
  });

  await t.test('status shows one leader for each log stream, and one row for each link', async (t) => {
    const status = await cluster.status();
    const led = status.nodes.flatMap((node) => node.leads.map((stream) => stream.tenant_id)).toSorted();
    t.same(led, [1, 1002]);
    t.match(status, { plain_links: 6, encrypted_links: 0, missing_links: 0 });
    const text = await cluster.controller('status');
    t.match(text.stdout, /0 of 6 links encrypted/);
  });

  await t.test('plan prints the ladder and changes nothing', async (t) => {
    const plan = await cluster.controller('encryption', 'plan');
    t.equal(plan.code, 0, plan.stdout);
    t.match(plan.stdout, /ALTER SYSTEM SET ssl_client_authentication = 'True'/);
    t.match(plan.stdout, /ALTER SYSTEM STOP SERVER/);
    const [first] = cluster.nodes;
    if (first === undefined) throw new Error('no node');
    const rows = await askNode(cluster, first, "SHOW PARAMETERS LIKE '_ob_ssl_invited_nodes'", {
      user: 'root@sys',
    });
    t.ok(rows.flat().includes('NONE'));
  });

  await t.test('enable without --yes asks, and where nobody can be asked it refuses', async (t) => {
    const refused = await cluster.controller('encryption', 'enable');
    t.equal(refused.code, 3);
    t.match(refused.stderr, /--yes/);
    t.equal((await cluster.status()).plain_links, 6);
  });

  await t.test('restart --server restarts that one and no other', async (t) => {
    const before = await cluster.status();
    const [, second] = before.nodes;
    const result = await cluster.controller(
      'restart',
      '--server',
      `${second?.svr_ip}:${second?.svr_port}`,
      '--json',
    );
    t.equal(result.code, 0, result.stderr);
    const after = JSON.parse(result.stdout) as TestStatus;
    const same = after.nodes.map((node, index) => node.pid === before.nodes[index]?.pid);
    t.same(same, [true, false, true]);
  });

  await t.test('a server that is not there is refused', async (t) => {
    const result = await cluster.controller('restart', '--server', '127.0.0.1:1');
    t.equal(result.code, 3);
    t.match(result.stderr, /no server 127\.0\.0\.1:1 in this cluster/);
  });

  await t.test('down and up again: the data is there', async (t) => {
    const [first, , third] = cluster.nodes;
    if (first === undefined || third === undefined) throw new Error('no nodes');
    await askNode(cluster, first, 'CREATE TABLE kept (id INT PRIMARY KEY)');
    await askNode(cluster, first, 'INSERT INTO kept VALUES (7)');
    const stopped = JSON.parse((await cluster.controller('down', '--json')).stdout) as { stopped: string[] };
    t.same(stopped.stopped, [...cluster.nodes.map((node) => `${node.svr_ip}:${node.svr_port}`), 'obproxy']);
    const { nodes, proxies } = await cluster.status();
    t.notOk([...nodes, ...proxies].some((each) => each.running));

    t.equal((await cluster.controller('up', '--no-proxy')).code, 0);
    t.equal((await cluster.status()).proxies[0]?.running, false, 'this time without it');
    t.equal((await cluster.controller('up')).code, 0);
    t.same(await throughProxy(cluster, 'root@test', 'SELECT id FROM kept'), [[7]]);

    const rows = await within(10_000, 'the third node answers', () =>
      askNode(cluster, third, 'SELECT id FROM kept'),
    );
    t.same(rows, [[7]]);
  });

  await t.test('another number of nodes is refused', async (t) => {
    const result = await cluster.controller('up', '--nodes', '5');
    t.equal(result.code, 1);
    t.match(result.stderr, /holds a cluster of 3 nodes/);
  });
});

t.test('a cluster that was laid out without a proxy has none', async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });

  t.equal(cluster.proxy, null);
  t.same((await cluster.status()).proxies, []);
  t.notOk(existsSync(join(cluster.baseDirectory, 'obproxy')));
});

t.test('one node alone serves, and refuses to be taken down by a roll', async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');

  t.same(await askNode(cluster, node, 'SELECT 1'), [[1]]);
  const result = await cluster.controller('restart', '--rolling');

  t.equal(result.code, 3);
  t.match(result.stderr, /would keep 0 replicas in sync of 1, it needs 1/);
});

t.test('exit codes: 0 for help, 1 for no cluster, 2 for wrong usage', async (t) => {
  const nowhere = t.testdir({});
  t.equal((await runController(['--help'])).code, 0);
  t.equal((await runController(['--version'])).stdout.trim(), versionOf());
  t.equal((await runController(['status', '--base-dir', nowhere])).code, 1);
  for (const usage of [
    ['fly'],
    ['encryption', 'maybe'],
    ['up', '--nodes', 'three'],
    ['status', '--colour'],
    ['encryption', 'enable', '--since', '10m'],
    ['certs', 'inspect', '--ca', 'ca.pem'],
    ['certs', 'rotate', '--from', 'next', '--days', '3'],
  ]) {
    t.equal((await runController(usage)).code, 2, usage.join(' '));
  }
});

t.test(
  'an older Node says so in one line and starts the program with the pinned one',
  { skip: noOldNode() },
  async (t) => {
    const result = await runProgram(oldNode() ?? '', [LAUNCHER, '--version'], {
      timeoutMs: OLD_NODE_TIMEOUT_MS,
    });

    t.equal(result.code, 0);
    t.equal(result.stdout.trim(), versionOf());
    t.match(
      result.stderr.trim(),
      /^cluster-controller: Node v\d+\S* is too old, starting again with the pinned v26\S*$/,
    );
  },
);

async function throughProxy({ proxy }: TestCluster, user: string, text: string): Promise<unknown> {
  const database = user.startsWith('root@test') ? { database: 'test' } : {};
  const connection = await createConnection({
    port: proxy?.sql_port ?? 0,
    user,
    ...database,
    rowsAsArray: true,
  });
  try {
    return (await connection.query(text))[0];
  } finally {
    await connection.end();
  }
}

function versionOf(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Resident memory of the nodes together, where the system tells. */
function memoryOf(pids: readonly number[]): string {
  try {
    const kib = pids.map((pid) =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]),
    );
    return `resident memory ${Math.round(kib.reduce((sum, each) => sum + each, 0) / 1024)} MiB together`;
  } catch {
    return 'resident memory is not told here';
  }
}

function oldNode(): string | undefined {
  return ['/usr/bin/node', '/usr/local/bin/node'].find((file) => {
    const version = spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout ?? '';
    return /^v(20|22|24)\./.test(version);
  });
}

function noOldNode(): string | false {
  return oldNode() === undefined ? 'no older Node is installed here' : false;
}
