import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CommandResult, runController, runProgram, startCluster, type TestNode } from '@sealane/testkit';
import t from 'tap';

/** ob_admin at real servers, in clear and over TLS. */

const PROGRAM = fileURLToPath(new URL('../../packages/ob-admin/src/main.ts', import.meta.url));
t.setTimeout(120_000);

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
