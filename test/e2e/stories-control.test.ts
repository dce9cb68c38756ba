import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  askNode,
  type CommandResult,
  runProgram,
  shiftedClock,
  startCluster,
  type TestNode,
  within,
} from '@sealane/testkit';
import { createConnection } from 'mysql2/promise';
import t, { type Test } from 'tap';
import { beginRoll, journalOf, leaseOf } from './roll-under-way.ts';

/**
 * What stands in a controller's way that is not a node that fails, each story to the step that mends it:
 * docs/operations/when-a-roll-stops.md has a paragraph on each. Links are renewed, not nodes restarted, where that makes no difference.
 */

const FILE_TIMEOUT_MS = 240_000;
const SETTLE_TIMEOUT_MS = 30_000;
const COMMAND_TIMEOUT_MS = 90_000;
const CONTROLLER = fileURLToPath(new URL('../../packages/cluster-controller/src/main.ts', import.meta.url));
const CLOCK_OFFSET_MS = 9_000;
/** In KiB, as `ulimit -f` counts. */
const FILE_SIZE_MAX = 512;
/** Room for a line or two. */
const ROOM_LEFT = 1_500;
const RECYCLE = ['--strategy', 'recycle'];

t.setTimeout(FILE_TIMEOUT_MS);

const cluster = await startCluster(t, { proxy: true });
const [first, , third] = cluster.nodes as [TestNode, TestNode, TestNode];
const asRoot = (sql: string) => askNode(cluster, first, sql, { user: 'root@sys' });

t.test('the clock of one node is wrong', async (t) => {
  process.kill(third.pid, 'SIGKILL');
  await gone(third);
  const env = shiftedClock(third.name, CLOCK_OFFSET_MS);
  const up = await runController(['up'], env);
  t.equal(up.code, 0, up.stderr);

  const refused = await cluster.controller('encryption', 'enable', '--yes', ...RECYCLE);
  expectStop(t, refused, 3, [
    'nothing was changed',
    `${third.name}: its clock is `,
    's ahead of this machine',
    'NTP',
  ]);
  t.equal((await cluster.status()).plain_links, 6);

  await t.test('it is put right, and the plan is ready', async (t) => {
    process.kill(pidOf(third), 'SIGKILL');
    await gone(third);
    await expectDone(t, 'up');
    await within(SETTLE_TIMEOUT_MS, 'the plan is ready', async () => {
      const { code } = await cluster.controller('encryption', 'plan');
      return code === 0 ? true : undefined;
    });
  });
});

t.test('the disk is full when the journal is to be written', async (t) => {
  const journal = journalOf(cluster);
  writeFileSync(journal, `${'x'.repeat(FILE_SIZE_MAX * 1024 - ROOM_LEFT)}\n`, { mode: 0o600 });
  const stopped = await withSmallFiles(['encryption', 'enable', '--yes', ...RECYCLE]);

  expectStop(t, stopped, 1, [
    `the journal ${journal} can't be written`,
    'No further step is taken without it',
  ]);
  t.ok(statSync(journal).size <= FILE_SIZE_MAX * 1024);
  t.ok((await cluster.status()).nodes.every(({ running }) => running));

  await t.test('room is made, and it goes on where it was', async (t) => {
    const text = readFileSync(journal, 'utf8');
    t.equal(text.endsWith('\n'), true, 'no half line is left');
    writeFileSync(journal, text.slice(text.indexOf('\n') + 1));
    await expectDone(t, 'encryption', 'enable', '--yes', ...RECYCLE);
    await expectDone(t, 'encryption', 'verify', '--kind', 'rpc');
  });
});

t.test('a proxy is left in clear', async (t) => {
  const administrator = await connectToProxy(t, 'root@proxysys');
  await administrator.query('ALTER PROXYCONFIG SET enable_server_ssl = False');
  await within(SETTLE_TIMEOUT_MS, 'the proxy shows it', async () => {
    const [rows] = await administrator.query("SHOW PROXYCONFIG LIKE 'enable_server_ssl'");
    return /false/i.test(JSON.stringify(rows)) ? true : undefined;
  });
  const client = await connectToProxy(t, 'root@test');
  await client.query('SELECT 1');
  const seen = await cluster.controller('encryption', 'verify');

  t.equal(seen.code, 1, seen.stdout);
  t.match(seen.stdout, /PROXY/);

  await t.test('encryption enable turns it on again, and restarts nothing', async (t) => {
    const before = pids();
    await expectDone(t, 'encryption', 'enable', '--yes');
    const [rows] = await administrator.query("SHOW PROXYCONFIG LIKE 'enable_server_ssl'");
    t.match(JSON.stringify(rows), /true/i);
    t.same(pids(), before);
    await expectDone(t, 'encryption', 'verify');
  });
});

t.test('a link only authenticates', async (t) => {
  await asRoot("ALTER SYSTEM SET rpc_client_authentication_method = 'SSL_NO_ENCRYPT'");
  await asRoot('ALTER SYSTEM RENEW RPC LINKS');
  const seen = await cluster.controller('encryption', 'verify', '--kind', 'rpc');
  t.equal(seen.code, 1);
  t.match(seen.stdout, /is AUTHENTICATED/);
  const refused = await cluster.controller('encryption', 'enable', '--yes');

  expectStop(t, refused, 3, [
    'its links would be AUTHENTICATED, not encrypted: rpc_client_authentication_method is SSL_NO_ENCRYPT',
    "ALTER SYSTEM SET rpc_client_authentication_method = 'NONE'",
  ]);

  await t.test('the method is set back, and the links are renewed', async (t) => {
    await asRoot("ALTER SYSTEM SET rpc_client_authentication_method = 'NONE'");
    await expectDone(t, 'encryption', 'enable', '--yes', ...RECYCLE);
    await expectDone(t, 'encryption', 'verify', '--kind', 'rpc');
  });
});

t.test('a second controller', async (t) => {
  await t.test('of another machine holds the lease, and is waited for', async (t) => {
    await asRoot(`UPDATE cluster_controller.lease SET token = 'theirs', machine = 'elsewhere', pid = 7, who = 'ann@elsewhere',
      work = 'encryption disable', expires_at_ms = UNIX_TIMESTAMP(NOW(6)) * 1000 + 4000`);
    const refused = await cluster.controller('encryption', 'enable', '--yes');
    expectStop(t, refused, 3, [
      'another controller is at work on this cluster: "encryption disable" by ann@elsewhere, process 7',
      'its lease runs out in',
    ]);
    await within(SETTLE_TIMEOUT_MS, 'it has run out by itself', async () => {
      const { code } = await cluster.controller('encryption', 'enable', '--yes');
      return code === 0 ? true : undefined;
    });
  });

  await t.test(
    'is refused while the first is at work, and takes over at once when that was killed',
    async (t) => {
      const { running } = await beginRoll(cluster, 'restart', '--rolling');
      const holder = readFileSync(leaseOf(cluster), 'utf8').trim();
      // Held still, so that it is at work however fast the machine is.
      process.kill(Number(holder), 'SIGSTOP');
      const refused = await cluster.controller('encryption', 'disable', '--yes');
      expectStop(t, refused, 3, [`another controller (process ${holder}) is at work on this cluster`]);

      process.kill(Number(holder), 'SIGKILL');
      await running;
      await expectDone(t, 'encryption', 'resume');
      t.ok((await cluster.status()).nodes.every(({ running: up }) => up));
      await expectDone(t, 'encryption', 'verify', '--kind', 'rpc');
    },
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

function runController(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const args = [CONTROLLER, ...command, '--base-dir', cluster.baseDirectory];
  return runProgram(process.execPath, args, { timeoutMs: COMMAND_TIMEOUT_MS, env });
}

/** No file may grow past FILE_SIZE_MAX: what a full disk does, without one, and for everybody who may run tests. */
function withSmallFiles(command: readonly string[]): Promise<CommandResult> {
  // Who ignores the signal is told by the write.
  const script = `trap '' XFSZ; ulimit -f ${FILE_SIZE_MAX}; exec "$@"`;
  const args = [
    '-c',
    script,
    'sh',
    process.execPath,
    CONTROLLER,
    ...command,
    '--base-dir',
    cluster.baseDirectory,
  ];
  return runProgram('bash', args, { timeoutMs: COMMAND_TIMEOUT_MS });
}

async function connectToProxy(t: Test, user: string) {
  const { host, sql_port: port } = cluster.proxy ?? { host: '', sql_port: 0 };
  const connection = await createConnection({ host, port, user, connectTimeout: 5_000 });
  t.teardown(() => connection.end());
  return connection;
}

function pidOf({ name }: TestNode): number {
  return Number(readFileSync(join(cluster.baseDirectory, name, 'run', 'controller.pid'), 'utf8'));
}

function pids(): readonly number[] {
  return cluster.nodes.map(pidOf);
}

async function gone(node: TestNode): Promise<void> {
  await within(SETTLE_TIMEOUT_MS, `the process of ${node.name} is gone`, async () => {
    const seen = (await cluster.status()).nodes.find(({ name }) => name === node.name);
    return seen?.running === false ? true : undefined;
  });
}
