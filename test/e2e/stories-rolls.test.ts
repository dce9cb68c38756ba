import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askNode, type CommandResult, Load, startCluster, type TestNode, within } from '@sealane/testkit';
import { createAuthority, type Issued, readAuthority } from '@sealane/transport-security';
import t, { type Test } from 'tap';
import { makeBadWallet } from './planted-wallet.ts';
import { beginRoll } from './roll-under-way.ts';

/**
 * What stops a roll half way, each story from the moment it happens to the step that mends it: docs/operations/when-a-roll-stops.md has
 * a paragraph on each. Rows are written all the while, and every acknowledged one is there at the end.
 */

const FILE_TIMEOUT_MS = 240_000;
const SETTLE_TIMEOUT_MS = 30_000;
const DAY_MS = 86_400_000;

t.setTimeout(FILE_TIMEOUT_MS);

const cluster = await startCluster(t);
const certificates = join(cluster.baseDirectory, 'certificates');
const authority = readAuthority(certificates) as Issued;
const ports = cluster.nodes.map(({ sql_port }) => sql_port);
const load = await Load.start({ host: '127.0.0.1', ports, writers: 2, pauseMs: 20 });

t.test('a certificate expires in the middle of the roll', async (t) => {
  const expired = { validFrom: new Date(Date.now() - 9 * DAY_MS), days: 2 };
  const plant = await makeBadWallet(expired, authority);
  const { running, next } = await beginRoll(cluster, 'encryption', 'enable', '--yes', '--soak', '2s');
  plant(walletOf(next));
  const stopped = await running;

  expectStop(t, stopped, 3, [
    `${next.name} ${serverOf(next)} is not stopped, since it would not come back: wallet/server-cert.pem expired on`,
    'to go on:     cluster-controller encryption resume',
  ]);
  await expectAllUp(t);

  await t.test('a good wallet, and the roll goes on', async (t) => {
    await makeWallet(next);
    await expectDone(t, 'encryption', 'resume');
    await expectDone(t, 'encryption', 'verify', '--kind', 'rpc');
  });
});

t.test('a CA is made anew on one node', async (t) => {
  const plant = await makeBadWallet({}, await createAuthority({ commonName: 'Made anew' }));
  const { running, next } = await beginRoll(cluster, 'restart', '--rolling');
  const undo = plant(walletOf(next));
  const stopped = await running;

  expectStop(t, stopped, 3, [
    `${next.name} ${serverOf(next)} is not stopped, since it would not come back: no handshake with observer-`,
  ]);
  await expectAllUp(t);

  await t.test('the wallet of the others’ CA, and the roll goes on', async (t) => {
    undo();
    await expectDone(t, 'encryption', 'resume');
    t.equal((await cluster.status()).encrypted_links, 6);
  });
});

t.test('a node dies a moment after it was ready', async (t) => {
  const { running, first } = await beginRoll(cluster, 'restart', '--rolling');
  const pid = (await cluster.status()).nodes.find(({ name }) => name === first.name)?.pid;
  process.kill(pid ?? 0, 'SIGKILL');
  const stopped = await running;

  expectStop(t, stopped, 1, [
    `${first.name} ${serverOf(first)} had come back and has ended since; the roll stops here`,
  ]);
  const { nodes } = await cluster.status();
  t.same(
    nodes.filter(({ running: up }) => !up).map(({ name }) => name),
    [first.name],
    'no other node was touched',
  );

  await t.test('it is started, and the roll goes on', async (t) => {
    await expectDone(t, 'up');
    await expectDone(t, 'encryption', 'resume');
    await expectAllUp(t);
  });
});

t.test('one node never comes back', async (t) => {
  const file = join(cluster.baseDirectory, 'cluster.json');
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(good), parameters: 'no_such_parameter=1' }));
  const [, second] = cluster.nodes as [TestNode, TestNode];
  const stopped = await cluster.controller('restart', '--server', serverOf(second));

  expectStop(t, stopped, 1, [
    `${second.name} ${serverOf(second)} was started and ended again; it said: `,
    'no_such_parameter',
  ]);
  const { nodes } = await cluster.status();
  t.same(
    nodes.filter(({ running }) => !running).map(({ name }) => name),
    [second.name],
    'the others go on',
  );

  await t.test('what keeps it down is put right, and it comes back', async (t) => {
    writeFileSync(file, good);
    await expectDone(t, 'encryption', 'resume');
    await expectAllUp(t);
  });
});

t.test('nothing that was acknowledged is lost over all of it', async (t) => {
  const { acknowledged } = await load.stop();
  const [node] = cluster.nodes as [TestNode];
  const rows = await askNode(cluster, node, 'SELECT id FROM load_rows', { tls: true });
  const there = new Set(rows.map(([id]) => Number(id)));

  t.ok(acknowledged.length > 200, `${acknowledged.length} rows`);
  t.same(
    acknowledged.filter((id) => !there.has(id)),
    [],
  );
});

function expectStop(
  t: Test,
  { code, stderr }: CommandResult,
  wanted: number,
  words: readonly string[],
): void {
  t.equal(code, wanted, stderr);
  for (const each of words) t.ok(stderr.includes(each), `${each} in ${stderr}`);
}

async function expectDone(t: Test, ...command: string[]): Promise<void> {
  const { code, stdout, stderr } = await cluster.controller(...command);
  t.equal(code, 0, `${command.join(' ')}: ${stderr}${code === 0 ? '' : stdout}`);
}

/** No node is down or stopped by anybody's hand. */
async function expectAllUp(t: Test): Promise<void> {
  const [node] = cluster.nodes as [TestNode];
  await within(SETTLE_TIMEOUT_MS, 'every node serves', async () => {
    const rows = await askNode(
      cluster,
      node,
      "SELECT COUNT(*) FROM oceanbase.DBA_OB_SERVERS WHERE STATUS = 'ACTIVE' AND STOP_TIME IS NULL",
      { user: 'root@sys' },
    );
    return Number(rows[0]?.[0]) === 3 ? true : undefined;
  });
  t.ok((await cluster.status()).nodes.every(({ running }) => running));
}

/** As the message says: certs make. */
async function makeWallet({ name, svr_ip }: TestNode): Promise<void> {
  const { code, stderr } = await cluster.controller(
    ...['certs', 'make', '--out', certificates, '--node', `${name}=${svr_ip}`],
    ...['--wallets', cluster.baseDirectory, '--overwrite'],
  );
  if (code !== 0) throw new Error(stderr);
}

function walletOf(node: TestNode): string {
  return join(cluster.directoryOf(node), 'wallet');
}

function serverOf({ svr_ip, svr_port }: TestNode): string {
  return `${svr_ip}:${svr_port}`;
}
