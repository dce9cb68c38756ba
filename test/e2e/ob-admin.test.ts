import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import {
  type CommandResult,
  connectTo,
  Load,
  runController,
  runProgram,
  startCluster,
  type TestNode,
  within,
} from '@sealane/testkit';
import t from 'tap';

/** ob_admin at real servers, in clear and over TLS. */

const PROGRAM = fileURLToPath(new URL('../../packages/ob-admin/src/main.ts', import.meta.url));
const WAIT_MS = 30_000;
t.setTimeout(180_000);

t.test('ob_admin looks into a server, and changes it', async (t) => {
  const cluster = await startCluster(t);
  const [first, second] = cluster.nodes;
  if (first === undefined || second === undefined) throw new Error('no nodes');

  await t.test('it reads what the server says of itself', async (t) => {
    const links = json(await admin(first, ['--json', 'links'])) as { PEER_SVR_PORT: number }[];
    t.ok(new Set(links.map((link) => link.PEER_SVR_PORT)).has(second.svr_port), 'links to other servers');
    t.match((await admin(first, ['log_stat'])).stdout, /LEADER|FOLLOWER/);
    t.match(await admin(first, ['show', 'V$OB_NOTHING']), { code: 1, stderr: /doesn't exist/ });
    t.match(await admin(first, ['bogus']), { code: 2, stderr: /Unknow command: bogus/ });
    t.match(await admin(first, ['switch_leader', '1']), { code: 2, stderr: /usage: ob_admin/ });
  });

  await t.test('it sets a parameter of one server, until the cluster sets it', async (t) => {
    t.match(await admin(first, ['set_server_config', 'syslog_level=DEBUG']), { code: 0 });
    const [own] = json(await admin(first, ['--json', 'get_server_config', 'syslog_level'])) as object[];
    t.match(own, { VALUE: 'DEBUG', SOURCE: 'OBADMIN' });
    const [other] = json(await admin(second, ['--json', 'get_server_config', 'syslog_level'])) as object[];
    t.match(other, { VALUE: 'INFO' });
    t.match(await admin(first, ['set_server_config', 'syslog_level=LOUD']), {
      code: 1,
      stderr: /Invalid config/,
    });
    t.match(await admin(first, ['set_server_config', 'nothing=1']), { code: 1, stderr: /config unknown/ });
  });

  await t.test('over TLS its certificate counts, and no other one of the same CA', async (t) => {
    const { own, foreign, empty } = await wallets(t, join(cluster.baseDirectory, 'certificates'));
    t.equal((await cluster.controller('encryption', 'enable', '--yes')).code, 0);

    t.match(await admin(first, [...tls(own), 'renew_links']), { code: 0, stdout: /NULL/ });
    t.match(await admin(first, [...tls(foreign), 'status']), {
      code: 1,
      stderr: /CN=app is no tool's: _ob_ssl_invited_tools is ob_admin,obcdc/,
    });
    t.match(await admin(first, [...tls(empty), 'status']), { code: 1, stderr: /ssl file not available/ });

    t.match(await admin(first, ['set_server_config', 'rpc_server_authentication_method=SSL_IO']), {
      code: 0,
    });
    t.match(await admin(first, ['status']), { code: 1, stderr: /give -s intl and a client certificate/ });
    t.match(await admin(first, [...tls(own), 'status']), { code: 0 });
  });
});

t.test(
  'it finds the replica that differs, while clients write, and the byte that changed in a log',
  async (t) => {
    const cluster = await startCluster(t);
    const [first, second, third] = cluster.nodes;
    if (first === undefined || second === undefined || third === undefined) throw new Error('no nodes');
    const writer = await connectTo(cluster, first);
    await writer.query('CREATE TABLE goods (id INT PRIMARY KEY, word VARCHAR(20))');
    await writer.query("INSERT INTO goods VALUES (1, 'one'), (2, 'two')");
    await writer.end();

    const load = await Load.start({ host: first.svr_ip, ports: [first.sql_port], writers: 2, pauseMs: 2 });
    await within(WAIT_MS, 'rows are written', () => load.acknowledgedCount > 20);
    t.match(await admin(second, ['checksum', '1002']), { code: 0, stdout: /(equal[\s\S]*){3}/ });
    await load.stop();

    await t.test('a row that changes behind the log’s back', async (t) => {
      await kill(third);
      const store = join(cluster.directoryOf(third), 'store', 'test');
      const file = new DatabaseSync(join(store, 'data.sqlite'));
      file.exec(`UPDATE "test.goods" SET word = 'three' WHERE id = 2`);
      file.close();
      t.equal((await cluster.controller('up')).code, 0);
      const found = await within(WAIT_MS, 'all replicas answer', async () => {
        const result = await admin(first, ['checksum', '1002']);
        return result.stdout.includes('no answer') || result.stdout === '' ? undefined : result;
      });
      t.equal(found.code, 1);
      const differs = new RegExp(`${third.svr_ip}:${third.svr_port} +\\d+ +differs +test\\.goods +2 `);
      t.match(found.stdout, differs);
      t.equal(found.stdout.match(/differs/g)?.length, 1, 'one table of one server');
    });

    await t.test('a byte of the log of a server that doesn’t run', async (t) => {
      await kill(second);
      const log = join(cluster.directoryOf(second), 'store', 'test', 'log');
      const whole = await offline(['stat', log]);
      t.equal(whole.code, 0, whole.stderr);
      const [name = ''] = readdirSync(log).filter((each) => each.endsWith('.log'));
      const bytes = readFileSync(join(log, name));
      const at = bytes.indexOf('CREATE TABLE goods');
      bytes[at] = 0x58;
      writeFileSync(join(log, name), bytes);
      const found = await offline(['dump_log', log]);
      t.equal(found.code, 1);
      t.match(found.stdout, /DAMAGE.*the payload of entry \d+ fails its checksum/);
      t.match(found.stdout, /test\.goods 2 insert/, 'what follows is told');
    });
  },
);

async function kill(node: TestNode): Promise<void> {
  process.kill(node.pid, 'SIGKILL');
  await within(WAIT_MS, `${node.name} is gone`, () => !existsSync(`/proc/${node.pid}`));
}

function offline(args: readonly string[]): Promise<CommandResult> {
  return runProgram(process.execPath, [PROGRAM, 'log_tool', ...args], { timeoutMs: 30_000 });
}

/** Of ob_admin, of some application, and one without files. */
async function wallets(
  test: { teardown(undo: () => void): void },
  authority: string,
): Promise<{ own: string; foreign: string; empty: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'sealane-ob-admin-'));
  test.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const [own, foreign, empty] = ['own', 'foreign', 'empty'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  const clients = ['--client', 'ob_admin', '--client', 'app'];
  const made = await runController(['certs', 'make', ...clients, '--out', own, '--authority', authority]);
  if (made.code !== 0) throw new Error(made.stderr);
  mkdirSync(foreign);
  mkdirSync(empty);
  for (const part of ['cert', 'key'])
    renameSync(join(own, `app-${part}.pem`), join(foreign, `client-${part}.pem`));
  copyFileSync(join(own, 'ca.pem'), join(foreign, 'ca.pem'));
  return { own, foreign, empty };
}

function tls(wallet: string): string[] {
  return ['-s', 'intl', '--wallet', wallet];
}

function admin(node: TestNode, args: readonly string[]): Promise<CommandResult> {
  const at = ['-h', node.svr_ip, '-p', String(node.svr_port)];
  return runProgram(process.execPath, [PROGRAM, ...at, ...args], { timeoutMs: 30_000 });
}

function json(result: CommandResult): unknown {
  if (result.code !== 0) throw new Error(result.stderr);
  return JSON.parse(result.stdout);
}
