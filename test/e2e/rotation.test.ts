import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askNode, Load, type LoadResult, startCluster, type TestCluster, within } from '@sealane/testkit';
import t, { type Test } from 'tap';

/** Certificates are exchanged under load, and judged by the fingerprints in the ledger, asked by a client of our own. */

const FILE_TIMEOUT_MS = 200_000;
const SETTLE_TIMEOUT_MS = 20_000;
/** Longer by hand: SEALANE_ROTATIONS=20 node test/e2e/rotation.test.ts */
const ROTATIONS = Number(process.env['SEALANE_ROTATIONS'] ?? 1);
const ENCRYPTED = 'ssl_client_authentication=True,_ob_ssl_invited_nodes=ALL';

t.setTimeout(FILE_TIMEOUT_MS * ROTATIONS);

interface Rotated {
  readonly over: boolean;
  readonly elapsed_ms: number;
  readonly link_ends: number;
  readonly link_ends_on_current: number;
  readonly nodes: readonly { certificate: string; authorities: readonly string[] }[];
  readonly clients_on_old_certificate: readonly { node: string; user: string | null }[];
}

t.test(
  'leaves and CA are exchanged under load: no statement fails, every link is on the new chain',
  async (t) => {
    const cluster = await startCluster(t, { parameters: ENCRYPTED });
    const ports = cluster.nodes.map((node) => node.sql_port);
    const pids = (await cluster.status()).nodes.map((node) => node.pid);
    const ssl = { ca: readFileSync(cluster.ca, 'utf8') };
    const load = await Load.start({ host: '127.0.0.1', ports, writers: 4, pauseMs: 2, ssl });

    for (let turn = 1; turn <= ROTATIONS; turn += 1) {
      const before = leavesOf(cluster);
      const leaves = await rotate(t, cluster, 'rotate');
      t.equal(
        leavesOf(cluster).filter((leaf) => before.includes(leaf)).length,
        0,
        'every leaf is another one',
      );
      t.ok(leaves.clients_on_old_certificate.length >= 4, 'clients that stay connected are told');
      t.ok(leaves.clients_on_old_certificate.every(({ user }) => user === 'root@test'));
      await expectLedger(t, cluster);

      const authority = authorityOf(cluster);
      await rotate(t, cluster, 'rotate-ca');
      t.not(authorityOf(cluster), authority, 'the CA is another one');
      await expectLedger(t, cluster);
    }
    await t.test('stopped, killed, gone on with, backed out of', (t) => interrupt(t, cluster));

    const result = await load.stop();
    t.comment(`${ROTATIONS} of each and a way back, under load: ${describe(result)}`);
    t.same(result.failures, {}, 'no statement failed');
    t.ok(result.acknowledged.length > 50);
    t.same(
      (await cluster.status()).nodes.map((node) => node.pid),
      pids,
      'no node was restarted',
    );
  },
);

async function interrupt(t: Test, cluster: TestCluster): Promise<void> {
  const [old, first] = [authorityOf(cluster), leavesOf(cluster)[0]];
  const plan = join(cluster.baseDirectory, 'certificates', 'rotation', 'plan.json');
  const trusted = () =>
    cluster.nodes.map(({ name }) => wallet(cluster, name, 'ca.pem').split('BEGIN CERT').length - 1);

  const trust = await rotate(t, cluster, 'rotate-ca', '--until', 'trust');
  t.equal(trust.over, false);
  t.strictSame(trusted(), [2, 2, 2]);
  const refused = await cluster.controller('certs', 'rotate');
  t.equal(refused.code, 3, 'another rotation has to wait');
  t.match(refused.stderr, /not over/);

  // Killed as soon as the first node has its new leaf: one node is on the new CA, two on the old one.
  const killed = cluster.controller('certs', 'rotate-ca', '--json');
  const lease = join(cluster.baseDirectory, 'controller', 'lease');
  await within(SETTLE_TIMEOUT_MS, 'the first leaf is exchanged', () =>
    leavesOf(cluster)[0] === first ? undefined : true,
  );
  process.kill(Number(readFileSync(lease, 'utf8')), 'SIGKILL');
  t.not((await killed).code, 0);
  t.ok(existsSync(plan));

  const back = await rotate(t, cluster, 'rotate-ca', '--back-out');
  t.equal(back.over, true);
  t.equal(authorityOf(cluster), old);
  t.strictSame(trusted(), [1, 1, 1]);
  t.equal(leavesOf(cluster)[0], first);
  t.notOk(existsSync(plan));
  await expectLedger(t, cluster);
}

async function rotate(t: Test, cluster: TestCluster, ...command: string[]): Promise<Rotated> {
  const result = await cluster.controller('certs', ...command, '--json');
  t.equal(result.code, 0, `certs ${command.join(' ')}: ${result.stderr}`);
  const rotated = JSON.parse(result.stdout) as Rotated;
  t.comment(`certs ${command.join(' ')}: ${rotated.elapsed_ms} ms`);
  t.equal(rotated.link_ends_on_current, rotated.link_ends);
  return rotated;
}

/** By both ends' words: each live link between nodes shows the certificates that lie in both nodes' wallets now. */
async function expectLedger(t: Test, cluster: TestCluster): Promise<void> {
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  const rows = await askNode(
    cluster,
    node,
    `SELECT SVR_PORT, PEER_SVR_PORT, LOCAL_CERT_SHA256, PEER_CERT_SHA256, VERIFY_RESULT FROM oceanbase.GV$OB_LINKS
     WHERE KIND = 'RPC' AND PEER_SVR_PORT IS NOT NULL AND CLOSED_AT IS NULL`,
    { user: 'root@sys', tls: true },
  );
  const leaves = new Map(cluster.nodes.map((each, index) => [each.svr_port, leavesOf(cluster)[index]]));
  const wrong = rows.filter(
    ([own, peer, local, theirs, verdict]) =>
      local !== leaves.get(Number(own)) || theirs !== leaves.get(Number(peer)) || verdict !== 'OK',
  );
  t.strictSame(wrong, [], 'every end of every link shows the new chain');
  t.ok(new Set(rows.map(([own, peer]) => `${own} ${peer}`)).size === 6, 'all six pairs have links');
}

function leavesOf(cluster: TestCluster): readonly string[] {
  return cluster.nodes.map((node) => fingerprint(wallet(cluster, node.name, 'server-cert.pem')));
}

/** The CA that local clients trust, alone. */
function authorityOf(cluster: TestCluster): string {
  return fingerprint(readFileSync(cluster.ca, 'utf8'));
}

function wallet(cluster: TestCluster, node: string, file: string): string {
  return readFileSync(join(cluster.baseDirectory, node, 'wallet', file), 'utf8');
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
}

function describe({ acknowledged, unknown, failures, longestGapMs }: LoadResult): string {
  return `${acknowledged.length} rows acknowledged, ${unknown.length} unknown, longest gap ${longestGapMs} ms, failures ${JSON.stringify(failures)}`;
}
