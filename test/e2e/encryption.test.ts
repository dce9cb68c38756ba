import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  askNode,
  canCapture,
  captureWire,
  connectTo,
  Load,
  type LoadResult,
  rowsOf,
  startCluster,
  type TestCluster,
  type TestStatus,
  within,
} from '@sealane/testkit';
import t, { type Test } from 'tap';

/** The main job, with real processes: everything here is seen from outside, by clients and on the wire. */

const FILE_TIMEOUT_MS = 200_000;
const SETTLE_TIMEOUT_MS = 10_000;

// Real clusters take their time where the machine is busy.
t.setTimeout(FILE_TIMEOUT_MS);

t.test('encryption is turned on and off under load, and nothing is lost or left in clear', async (t) => {
  const cluster = await startCluster(t);

  await t.test('a new cluster has six directed links, all in clear', async (t) => {
    const status = await cluster.status();
    t.equal(status.plain_links, 6);
    t.equal(status.missing_links, 0);
    t.equal(new Set(meshOf(status).map(({ from, to }) => `${from} ${to}`)).size, 6);
  });

  await t.test(
    'what is written through one node is found on the wire in clear',
    { skip: noCapture() },
    async (t) => {
      const { marker, bytes } = await writeMarkerUnderCapture(t, cluster);
      t.ok(bytes.includes(marker), 'the marker was captured, so the detector works');
    },
  );

  await t.test(
    'setting the parameters changes new client connections and no link that is open',
    async (t) => {
      const [first] = cluster.nodes;
      if (first === undefined) throw new Error('no node');
      const old = await connectTo(cluster, first);
      await askNode(cluster, first, "ALTER SYSTEM SET ssl_client_authentication = 'True'", {
        user: 'root@sys',
      });
      await askNode(cluster, first, "ALTER SYSTEM SET _ob_ssl_invited_nodes = 'ALL'", { user: 'root@sys' });
      for (const node of cluster.nodes) {
        const cipher = await within(SETTLE_TIMEOUT_MS, `${node.name} offers TLS`, async () => {
          const rows = await askNode(cluster, node, "SHOW STATUS LIKE 'Ssl_cipher'", { tls: true });
          return String(rows[0]?.[1] ?? '') || undefined;
        });
        t.match(cipher, /AES|CHACHA/);
      }
      t.same(
        await rowsOf(old, "SHOW STATUS LIKE 'Ssl_cipher'"),
        [['Ssl_cipher', '']],
        'the old one is in clear',
      );
      old.destroy();
      t.equal((await cluster.status()).plain_links, 6);
    },
  );

  await t.test('enable restarts every node and ends with six encrypted links', async (t) => {
    const before = await cluster.status();
    const load = await Load.start({ host: '127.0.0.1', ports: sqlPorts(cluster), writers: 4, pauseMs: 1 });

    const enabled = await cluster.controller('encryption', 'enable', '--yes', '--json');
    const result = await load.stop();

    t.equal(enabled.code, 0, enabled.stderr);
    const after = JSON.parse(enabled.stdout) as TestStatus & { elapsed_ms: number };
    t.comment(`enable took ${after.elapsed_ms} ms; ${describe(result)}`);
    t.equal(after.plain_links, 0);
    t.equal(after.encrypted_links, 6);
    t.ok(meshOf(after).every((link) => /^TLSv1\.[23]$/.test(link.protocol ?? '')));
    for (const node of after.nodes) {
      const old = before.nodes.find((candidate) => candidate.name === node.name);
      t.not(node.pid, old?.pid, `${node.name} is another process`);
    }
    await expectNothingLost(t, cluster, result);
    t.equal((await cluster.controller('encryption', 'verify', '--kind', 'rpc')).code, 0);
    const all = await cluster.controller('encryption', 'verify');
    t.equal(all.code, 1, 'the clients of the load spoke in clear');
    t.match(
      all.stdout,
      /observer-\d .*: SQL link \d+ from 127\.0\.0\.1:\d+, PLAIN, .* bytes in and \d+ out in clear/,
    );
  });

  await t.test(
    'afterwards nothing that is written is found on the wire',
    { skip: noCapture() },
    async (t) => {
      const { marker, bytes } = await writeMarkerUnderCapture(t, cluster);
      t.ok(bytes.length > 1000, 'there was something to capture');
      t.notOk(bytes.includes(marker), 'the marker did not pass in clear');
      const status = await cluster.status();
      for (const link of meshOf(status)) {
        t.ok(link.bytes.encrypted_out > 0, `${link.from} to ${link.to} carried encrypted bytes`);
      }
    },
  );

  await t.test('enable on an encrypted cluster does nothing', async (t) => {
    const before = await cluster.status();
    const result = await cluster.controller('encryption', 'enable', '--yes', '--json');
    t.equal(result.code, 0);
    t.same((JSON.parse(result.stdout) as { steps: unknown[] }).steps, []);
    const pids = (status: TestStatus) => status.nodes.map((node) => node.pid);
    t.same(pids(await cluster.status()), pids(before));
  });

  await t.test('links are renewed under load, out of TLS and into it, and no statement fails', async (t) => {
    const [first] = cluster.nodes;
    if (first === undefined) throw new Error('no node');
    const asRoot = (text: string) => askNode(cluster, first, text, { user: 'root@sys', tls: true });
    const load = await Load.start({ host: '127.0.0.1', ports: sqlPorts(cluster), writers: 4, pauseMs: 1 });

    const modes: (readonly string[])[] = [];
    for (const invited of ['NONE', 'ALL']) {
      await asRoot(`ALTER SYSTEM SET _ob_ssl_invited_nodes = '${invited}'`);
      await asRoot('ALTER SYSTEM RENEW RPC LINKS');
      modes.push([...new Set(meshOf(await cluster.status()).map((link) => link.mode))]);
    }
    await asRoot(`ALTER SYSTEM RENEW RPC LINKS SERVER = '${first.svr_ip}:${first.svr_port}'`);
    const result = await load.stop();

    t.same(modes, [['PLAIN'], ['ENCRYPTED']]);
    t.comment(describe(result));
    t.same([result.unknown, result.failures], [[], {}], 'every statement was acknowledged');
    await expectNothingLost(t, cluster, result);
  });

  await t.test('disable goes back to six links in clear, and nothing is lost', async (t) => {
    const load = await Load.start({ host: '127.0.0.1', ports: sqlPorts(cluster), writers: 4, pauseMs: 1 });

    const disabled = await cluster.controller('encryption', 'disable', '--yes', '--json');
    const result = await load.stop();

    t.equal(disabled.code, 0, disabled.stderr);
    t.comment(`disable: ${describe(result)}`);
    t.equal((JSON.parse(disabled.stdout) as TestStatus).plain_links, 6);
    await expectNothingLost(t, cluster, result);
    t.equal(
      (await cluster.controller('encryption', 'verify')).code,
      1,
      'verify says that it is not encrypted',
    );
  });
});

t.test('a controller that is killed in the middle of a roll is taken up by the next', async (t) => {
  const cluster = await startCluster(t);
  const journal = join(cluster.baseDirectory, 'controller', 'journal.jsonl');

  const killed = cluster.controller('encryption', 'enable', '--yes', '--json');
  const pid = await within(SETTLE_TIMEOUT_MS, 'the first node is being restarted', () => {
    if (!readFileSync(journal, 'utf8').includes('"stop-process"')) return undefined;
    return Number(readFileSync(join(cluster.baseDirectory, 'controller', 'lease'), 'utf8'));
  });
  process.kill(pid, 'SIGKILL');
  await killed;

  const resumed = await cluster.controller('encryption', 'enable', '--yes', '--json');

  t.equal(resumed.code, 0, resumed.stderr);
  t.equal((JSON.parse(resumed.stdout) as TestStatus).encrypted_links, 6);
  const lines = readFileSync(journal, 'utf8').trim().split('\n');
  const ended = lines.filter((line) => line.includes('"event":"end"') && line.includes('"end-node"'));
  t.equal(ended.length, 3, 'each node was finished once');
});

async function expectNothingLost(t: Test, cluster: TestCluster, result: LoadResult): Promise<void> {
  t.ok(result.acknowledged.length > 50, `${result.acknowledged.length} rows were acknowledged`);
  const digests = new Set<string>();
  for (const node of cluster.nodes) {
    const rows = await within(SETTLE_TIMEOUT_MS, `${node.name} answers`, () =>
      askNode(cluster, node, 'SELECT id FROM load_rows ORDER BY id'),
    );
    const ids = rows.map(([id]) => Number(id));
    const there = new Set(ids);
    t.same(
      result.acknowledged.filter((id) => !there.has(id)),
      [],
      `every acknowledged row is there through ${node.name}`,
    );
    t.equal(there.size, ids.length, 'none is there twice');
    digests.add(ids.join(','));
  }
  t.equal(digests.size, 1, 'all three say the same');
}

/** A random marker in rows written through each node: one of them at least has to send it to others. */
async function writeMarkerUnderCapture(
  t: Test,
  cluster: TestCluster,
): Promise<{ marker: string; bytes: Buffer }> {
  const marker = `marker-${randomUUID()}`;
  const [first] = cluster.nodes;
  if (first === undefined) throw new Error('no node');
  await askNode(
    cluster,
    first,
    'CREATE TABLE IF NOT EXISTS markers (id INT AUTO_INCREMENT PRIMARY KEY, text VARCHAR(100))',
  );
  const capture = await captureWire(
    t,
    cluster.nodes.map((node) => node.svr_port),
  );
  for (const node of cluster.nodes) {
    await askNode(cluster, node, `INSERT INTO markers (text) VALUES ('${marker}')`, {
      tls: await offersTls(cluster),
    });
  }
  return { marker, bytes: await capture.stop() };
}

async function offersTls(cluster: TestCluster): Promise<boolean> {
  const [first] = cluster.nodes;
  if (first === undefined) return false;
  const rows = await askNode(cluster, first, "SHOW PARAMETERS LIKE 'ssl_client_authentication'", {
    user: 'root@sys',
  });
  return rows.flat().some((value) => String(value).toLowerCase() === 'true');
}

function meshOf(status: TestStatus): TestStatus['links'] {
  const servers = status.nodes.map((node) => `${node.svr_ip}:${node.svr_port}`);
  return status.links.filter(({ from, to }) => servers.includes(from) && servers.includes(to));
}

function sqlPorts(cluster: TestCluster): readonly number[] {
  return cluster.nodes.map((node) => node.sql_port);
}

function noCapture(): string | false {
  return canCapture() ? false : 'capturing the wire needs tcpdump and root';
}

function describe({ acknowledged, unknown, failures, longestGapMs }: LoadResult): string {
  const kinds = Object.entries(failures).map(([name, count]) => `${count} × ${name}`);
  return `${acknowledged.length} rows acknowledged, ${unknown.length} unknown, longest gap ${longestGapMs} ms; ${kinds.join(', ')}`;
}
