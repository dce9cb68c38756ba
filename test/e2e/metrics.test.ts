import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  askNode,
  connectTo,
  type ParsedFamily,
  parseExposition,
  rowsOf,
  sampleOf,
  startCluster,
  type TestCluster,
  type TestNode,
  within,
} from '@sealane/testkit';
import { createConnection } from 'mysql2/promise';
import t from 'tap';

const FILE_TIMEOUT_MS = 120_000;
const SETTLE_TIMEOUT_MS = 10_000;
const SYS = { user: 'root@sys' };

t.setTimeout(FILE_TIMEOUT_MS);

t.test('a node tells its figures, and they are those of what was done', async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const [node] = cluster.nodes as [TestNode];
  const before = await scrape(cluster, node);

  await askNode(cluster, node, 'CREATE TABLE kept (id INT PRIMARY KEY)');
  const client = await connectTo(cluster, node);
  t.teardown(() => client.end());
  for (let id = 0; id < 5; id++) await client.query('INSERT INTO kept VALUES (?)', [id]);
  await t.rejects(client.query('INSERT INTO kept VALUES (1)'), /Duplicate/);
  await t.rejects(client.query('SELEC 1'), /syntax/);
  await t.rejects(askNode(cluster, node, 'SELECT 1', { user: 'nobody@test' }), /denied/);
  const after = await scrape(cluster, node);
  const grew = (name: string, labels: Record<string, string>): number =>
    (sampleOf(after, name, labels) ?? 0) - (sampleOf(before, name, labels) ?? 0);

  t.equal(grew('sealane_statements_total', { tenant: 'test', kind: 'insert' }), 6);
  t.equal(grew('sealane_statement_seconds_count', { kind: 'insert' }), 6);
  t.equal(grew('sealane_statement_failures_total', { tenant: 'test', code: '1062' }), 1);
  t.equal(grew('sealane_statement_failures_total', { tenant: 'test', code: '1064' }), 1);
  t.equal(grew('sealane_logins_total', { verdict: 'accepted' }), 2);
  t.equal(grew('sealane_logins_total', { verdict: 'refused', code: '1045' }), 1);
  t.ok(grew('sealane_commits_total', { tenant: 'test' }) >= 5);
  t.ok(grew('sealane_log_syncs_total', { tenant: 'test' }) >= 5);
  t.ok(grew('sealane_link_bytes_total', { kind: 'SQL', class: 'clear', direction: 'IN' }) > 0);
  t.equal(sampleOf(after, 'sealane_log_leader', { tenant: 'test' }), 1);
  t.equal(sampleOf(after, 'sealane_log_takeovers_total', { tenant: 'test' }), 1);
  t.equal(sampleOf(after, 'sealane_log_gap_entries', { tenant: 'test' }), 0);
  t.equal(sampleOf(after, 'sealane_sessions', { tenant: 'test', mode: 'PLAIN' }), 1);
  for (const thread of ['sql', 'log'])
    t.ok(Number(sampleOf(after, 'sealane_heap_used_bytes', { thread })) > 1e6, `the ${thread} thread`);
  t.ok(Number(sampleOf(after, 'process_resident_memory_bytes')) > 1e7);

  const counted = await rowsOf(
    await sysOf(t, cluster, node),
    "SELECT VALUE FROM oceanbase.V$SYSSTAT WHERE CON_ID = 1002 AND NAME IN ('sql insert count', 'sql fail count') ORDER BY NAME DESC",
  );
  t.same(counted.flat(), [6, 2], 'the same in V$SYSSTAT');
});

t.test(
  'TLS handshakes are counted, those that fail by their reason; no name of a client is told',
  async (t) => {
    const cluster = await startCluster(t, { nodes: 1 });
    const [node] = cluster.nodes as [TestNode];
    await askNode(cluster, node, "ALTER SYSTEM SET ssl_client_authentication = 'True'", SYS);
    await within(SETTLE_TIMEOUT_MS, 'TLS on', async () => {
      return sampleOf(await scrape(cluster, node), 'sealane_tls_enabled') === 1 || undefined;
    });

    await askNode(cluster, node, 'SELECT 1', { tls: true });
    await tlsRequestThenNoise(node);
    const families = await within(SETTLE_TIMEOUT_MS, 'the refusal', async () => {
      const families = await scrape(cluster, node);
      return sampleOf(families, 'sealane_tls_handshakes_total', { result: 'protocol' }) === 1
        ? families
        : undefined;
    });

    t.ok(
      Number(sampleOf(families, 'sealane_tls_handshakes_total', { kind: 'SQL', result: 'ok' })) >= 1,
      'one that went well',
    );
    const notAfter = sampleOf(families, 'sealane_tls_certificate_not_after_timestamp_seconds');
    t.ok(Number(notAfter) > Date.now() / 1000, 'the certificate ends in the future');
    const labels = new Set(
      [...families.values()].flatMap(({ samples }) =>
        samples.flatMap((sample) => Object.keys(sample.labels)),
      ),
    );
    const known =
      'class code direction follower kind le ls_id mode result stat svr_ip svr_port tenant thread verdict';
    t.same([...labels.difference(new Set(known.split(' ')))], [], 'labels are few and known');
    t.ok([...families.values()].flatMap(({ samples }) => samples).length < 400, 'series are bounded');
  },
);

t.test('a proxy tells its figures, and a screen shows them with the nodes’', async (t) => {
  const cluster = await startCluster(t, { nodes: 1, proxy: true });
  const { proxy } = clusterFile(cluster);
  const client = await createConnection({
    host: proxy.ip,
    port: proxy.sqlPort,
    user: 'root@test',
    database: 'test',
  });
  t.teardown(() => client.end());
  for (let count = 0; count < 3; count++) await client.query('SELECT 1');
  await t.rejects(client.query('SELECT * FROM nowhere'), /exist/);

  const families = await scrapeAt(proxy.ip, proxy.metricsPort);

  t.equal(sampleOf(families, 'sealane_proxy_clients', { mode: 'PLAIN' }), 1);
  t.ok(Number(sampleOf(families, 'sealane_proxy_statements_total')) >= 4, 'by server');
  t.equal(sampleOf(families, 'sealane_proxy_failures_total', { origin: 'server', code: '1146' }), 1);
  t.ok(Number(sampleOf(families, 'sealane_proxy_logins_total', { code: '0' })) >= 1);
  t.ok(Number(sampleOf(families, 'sealane_links', { direction: 'OUT', mode: 'PLAIN' })) >= 1);
  t.equal(sampleOf(families, 'sealane_proxy_servers', { ready: 'true' }), 1);

  const watched = await cluster.controller('watch', '--once', '--json');
  const seen = JSON.parse(watched.stdout) as {
    nodes: { state: string; leads: number[] }[];
    proxies: { running: boolean; front: { plain: number } }[];
    rungs: { id: string; holds: boolean | null }[];
  };
  t.match(seen.nodes, [{ state: 'active', leads: [1, 1002] }]);
  t.ok(Number(seen.proxies[0]?.front.plain) >= 1, 'the proxy’s clients');
  t.match(seen.rungs[0], { id: 'allow', holds: false });
  const screen = await cluster.controller('watch', '--once');
  t.match(screen.stdout, /observer-1 +ACTIVE +leader/);
  t.notMatch(screen.stdout.replaceAll('\n', ''), /\p{Cc}/u, 'no colours where there is no terminal');
});

/** Asks for TLS as a MySQL client does, then speaks something else. */
function tlsRequestThenNoise(node: TestNode): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: node.svr_ip, port: node.sql_port });
    socket.once('data', () => {
      const request = Buffer.alloc(36);
      request.writeUInt32LE(32);
      request.writeUInt8(1, 3);
      // CLIENT_PROTOCOL_41, CLIENT_SSL, CLIENT_SECURE_CONNECTION, CLIENT_PLUGIN_AUTH
      request.writeUInt32LE(0x0008_8a00, 4);
      socket.write(request);
      setTimeout(() => socket.write(Buffer.alloc(64, 0x16)), 50);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
  });
}

function scrape(cluster: TestCluster, node: TestNode): Promise<ReadonlyMap<string, ParsedFamily>> {
  const { nodes } = clusterFile(cluster);
  return scrapeAt(node.svr_ip, nodes.find(({ name }) => name === node.name)?.metricsPort ?? 0);
}

async function scrapeAt(host: string, port: number): Promise<ReadonlyMap<string, ParsedFamily>> {
  const answer = await fetch(`http://${host}:${port}/metrics`);
  if (answer.status !== 200) throw new Error(`metrics: ${answer.status}`);
  return parseExposition(await answer.text());
}

interface Ports {
  readonly nodes: readonly { readonly name: string; readonly metricsPort: number }[];
  readonly proxy: { readonly ip: string; readonly sqlPort: number; readonly metricsPort: number };
}

function clusterFile({ baseDirectory }: TestCluster): Ports {
  return JSON.parse(readFileSync(join(baseDirectory, 'cluster.json'), 'utf8')) as Ports;
}

async function sysOf(t: { teardown(undo: () => Promise<void>): void }, cluster: TestCluster, node: TestNode) {
  const connection = await connectTo(cluster, node, SYS);
  t.teardown(() => connection.end());
  return connection;
}
