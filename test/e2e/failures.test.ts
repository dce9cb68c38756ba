import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  askNode,
  connectTo,
  Load,
  runController,
  startCluster,
  type TestCluster,
  type TestNode,
  within,
} from '@sealane/testkit';
import t from 'tap';

/** What goes wrong, goes wrong with a clear word, and takes nothing else with it. */

const FILE_TIMEOUT_MS = 200_000;
const WRITES_AGAIN_WITHIN_MS = 10_000;
const SETTLE_TIMEOUT_MS = 20_000;

// Real clusters take their time where the machine is busy.
t.setTimeout(FILE_TIMEOUT_MS);

t.test(
  'writes go on within ten seconds after the leader is killed, and nothing acknowledged is lost',
  async (t) => {
    const cluster = await startCluster(t);
    const leader = await leaderOf(cluster);
    const load = await Load.start({
      host: '127.0.0.1',
      ports: cluster.nodes.map((node) => node.sql_port),
      writers: 4,
    });
    await within(SETTLE_TIMEOUT_MS, 'rows are written', () => load.acknowledgedCount > 100);

    process.kill(leader.pid, 'SIGKILL');
    const before = load.acknowledgedCount;
    const killedAt = performance.now();
    await within(
      WRITES_AGAIN_WITHIN_MS,
      'rows are written again',
      () => load.acknowledgedCount > before + 20,
    );
    t.comment(`writing again ${Math.round(performance.now() - killedAt)} ms after the kill`);
    await within(SETTLE_TIMEOUT_MS, 'more rows', () => load.acknowledgedCount > before + 200);
    const result = await load.stop();
    t.comment(
      `${result.acknowledged.length} acknowledged, longest gap ${result.longestGapMs} ms`,
      result.failures,
    );

    t.equal((await cluster.controller('up')).code, 0, 'the killed node is started again');
    const contents = await sameEverywhere(cluster);
    const there = new Set(contents.split(',').map(Number));
    t.same(
      result.acknowledged.filter((id) => !there.has(id)),
      [],
      'every acknowledged row is on all three nodes',
    );
    t.ok(result.longestGapMs < WRITES_AGAIN_WITHIN_MS);
  },
);

t.test('one cluster, many kinds of bad input', async (t) => {
  const cluster = await startCluster(t);

  await t.test('rubbish on the SQL and the RPC port ends its own connection and nothing else', async (t) => {
    for (const node of cluster.nodes) {
      for (const port of [node.sql_port, node.svr_port]) {
        for (const bytes of rubbish()) await throwAt(node.svr_ip, port, bytes);
      }
    }
    const status = await cluster.status();
    t.same(
      status.nodes.map((node) => node.pid),
      cluster.nodes.map((node) => node.pid),
      'the same processes run',
    );
    t.equal(status.missing_links, 0);
    t.same(await Promise.all(cluster.nodes.map((node) => askNode(cluster, node, 'SELECT 40 + 2'))), [
      [[42]],
      [[42]],
      [[42]],
    ]);
  });

  await t.test('a wrong parameter name is 5099, a wrong value 4147, and nothing changes', async (t) => {
    const [node] = cluster.nodes;
    if (node === undefined) throw new Error('no node');
    const admin = await connectTo(cluster, node, { user: 'root@sys' });
    t.equal(await errnoOf(admin.query("ALTER SYSTEM SET no_such_parameter = '1'")), 5099);
    t.equal(await errnoOf(admin.query("ALTER SYSTEM SET ssl_client_authentication = 'perhaps'")), 4147);
    await admin.end();
  });

  await t.test('a missing wallet keeps encryption from being turned on, and the node is named', async (t) => {
    const [, second] = cluster.nodes;
    if (second === undefined) throw new Error('no node');
    const key = join(cluster.directoryOf(second), 'wallet', 'server-key.pem');
    const text = readFileSync(key);
    rmSync(key);

    const refused = await cluster.controller('encryption', 'enable', '--yes');

    t.equal(refused.code, 3);
    t.match(refused.stderr, /observer-2: wallet\/server-key\.pem is missing/);
    t.equal((await cluster.status()).plain_links, 6);
    writeFileSync(key, text, { mode: 0o600 });
  });

  await t.test('a key that belongs to another certificate is found, too', async (t) => {
    const [first, second] = cluster.nodes;
    if (first === undefined || second === undefined) throw new Error('no nodes');
    const key = join(cluster.directoryOf(second), 'wallet', 'server-key.pem');
    const text = readFileSync(key);
    writeFileSync(key, readFileSync(join(cluster.directoryOf(first), 'wallet', 'server-key.pem')));

    const plan = await cluster.controller('encryption', 'plan');
    const admin = await connectTo(cluster, second, { user: 'root@sys' });
    t.equal(await errnoOf(admin.query("ALTER SYSTEM SET ssl_client_authentication = 'True'")), 4147);
    await admin.end();

    t.equal(plan.code, 3);
    t.match(plan.stdout, /observer-2: key and cert not match/);
    writeFileSync(key, text, { mode: 0o600 });
  });

  await t.test(
    'a stopped majority: writes get an error within their time, reads go on where they can',
    async (t) => {
      const status = await cluster.status();
      const [survivor, ...others] = status.nodes;
      if (survivor === undefined) throw new Error('no node');
      await askNode(cluster, survivor, 'CREATE TABLE IF NOT EXISTS still (id INT PRIMARY KEY)');
      for (const node of others) process.kill(node.pid, 'SIGKILL');

      const connection = await connectTo(cluster, survivor, { user: 'root@test' }).catch(() => undefined);
      if (connection !== undefined) {
        await t.rejects(
          connection.query({ sql: 'INSERT INTO still VALUES (1)', timeout: SETTLE_TIMEOUT_MS }),
          'the write is refused or unknown, never OK',
        );
        connection.destroy();
      }
      const refused = await cluster.controller(
        'restart',
        '--server',
        `${survivor.svr_ip}:${survivor.svr_port}`,
      );
      t.equal(refused.code, 3, 'the controller refuses to touch the last one');
      t.match(refused.stderr, /observer-2|observer-3/);

      t.equal((await cluster.controller('up')).code, 0);
      await within(SETTLE_TIMEOUT_MS, 'writes go on', async () => {
        await askNode(cluster, survivor, 'REPLACE INTO still VALUES (2)');
        return true;
      });
    },
  );

  await t.test(
    'a node whose wallet is broken refuses to start once encryption is on, and says why',
    async (t) => {
      t.equal((await cluster.controller('encryption', 'enable', '--yes')).code, 0);
      const [, second] = (await cluster.status()).nodes;
      if (second === undefined) throw new Error('no node');
      const certificate = join(cluster.directoryOf(second), 'wallet', 'server-cert.pem');
      const text = readFileSync(certificate);
      writeFileSync(certificate, 'not a certificate\n');
      process.kill(second.pid, 'SIGKILL');

      const up = await cluster.controller('up');

      t.equal(up.code, 1);
      t.match(up.stderr, /observer-2 .*server-cert\.pem/s);
      writeFileSync(certificate, text);
      t.equal((await cluster.controller('up')).code, 0, 'with its wallet back it starts');
      t.equal((await cluster.status()).encrypted_links, 6);
    },
  );

  await t.test('a taken port keeps a node from starting, and the port is named', async (t) => {
    const [first] = cluster.nodes;
    if (first === undefined) throw new Error('no node');
    const stranger = join(cluster.baseDirectory, 'stranger');
    const file = JSON.parse(readFileSync(join(cluster.baseDirectory, 'cluster.json'), 'utf8')) as {
      nodes: object[];
    };
    t.equal((await runController(['up', '--nodes', '1', '--free-ports', '--base-dir', stranger])).code, 0);
    await runController(['down', '--base-dir', stranger]);
    writeFileSync(join(stranger, 'cluster.json'), JSON.stringify({ ...file, nodes: file.nodes.slice(0, 1) }));

    const up = await runController(['up', '--base-dir', stranger]);

    t.equal(up.code, 1);
    t.match(
      up.stderr,
      new RegExp(
        `(${first.sql_port}|${first.svr_port}).*(in use|taken)|(in use|taken).*(${first.sql_port}|${first.svr_port})`,
        's',
      ),
    );
  });
});

t.test('a log whose last entry was cut off by a crash is read up to there', async (t) => {
  const cluster = await startCluster(t);
  const [first] = cluster.nodes;
  if (first === undefined) throw new Error('no node');
  await askNode(cluster, first, 'CREATE TABLE kept (id INT PRIMARY KEY)');
  await askNode(cluster, first, 'INSERT INTO kept VALUES (1), (2), (3)');
  process.kill((await cluster.status()).nodes[0]?.pid ?? 0, 'SIGKILL');
  for (const segment of logSegments(cluster.directoryOf(first))) appendFileSync(segment, randomBytes(11));

  t.equal((await cluster.controller('up')).code, 0);

  t.same(await askNode(cluster, first, 'SELECT COUNT(*) FROM kept'), [[3]]);
});

/** The number of the error that a statement ends with; undefined when it ends well. */
async function errnoOf(statement: Promise<unknown>): Promise<number | undefined> {
  try {
    await statement;
    return undefined;
  } catch (error) {
    return error instanceof Error && 'errno' in error ? Number(error.errno) : Number.NaN;
  }
}

async function leaderOf(cluster: TestCluster): Promise<TestNode> {
  const status = await cluster.status();
  const leader = status.nodes.find((node) => node.leads.some((stream) => stream.tenant_id !== 1));
  if (leader === undefined) throw new Error('the tenant has no leader');
  return leader;
}

/** Reads each node's own database file, past every server, until all three are equal. */
async function sameEverywhere(cluster: TestCluster): Promise<string> {
  return within(SETTLE_TIMEOUT_MS, 'the three databases are equal', () => {
    const copies = cluster.nodes.map((node) => {
      const file = join(cluster.directoryOf(node), 'store', 'test', 'data.sqlite');
      const database = new DatabaseSync(file, { readOnly: true });
      const rows = database.prepare('SELECT * FROM "test.load_rows" ORDER BY id').all();
      database.close();
      return { digest: createHash('sha256').update(JSON.stringify(rows)).digest('hex'), rows };
    });
    const equal = new Set(copies.map(({ digest }) => digest)).size === 1;
    return equal ? copies[0]?.rows.map((row) => row['id']).join(',') : undefined;
  });
}

function rubbish(): readonly Buffer[] {
  return [
    Buffer.from('GET / HTTP/1.1\r\nHost: here\r\n\r\n'),
    Buffer.alloc(64, 0),
    Buffer.alloc(64, 0xff),
    randomBytes(4096),
    Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]),
    Buffer.from([0xff, 0xff, 0xff, 0x01]),
  ];
}

/** Sends, waits for the end that the server makes of it, or hangs up after a moment. */
function throwAt(host: string, port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const timer = setTimeout(() => socket.destroy(), 300);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', () => undefined);
    socket.on('error', () => undefined); // Reset by the server: that is one of the right answers.
    socket.on('close', () => {
      clearTimeout(timer);
      if (socket.bytesWritten === 0) reject(new Error(`nothing listens on ${port}`));
      else resolve();
    });
  });
}

function logSegments(directory: string): readonly string[] {
  const store = join(directory, 'store');
  return readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /segment|\.log$|clog/.test(join(entry.parentPath, entry.name)))
    .map((entry) => join(entry.parentPath, entry.name));
}
