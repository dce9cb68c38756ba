import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Load, startCluster, type TestCluster } from '@sealane/testkit';
import t from 'tap';

/** A cluster that is handled by commands of a file, as on other machines: here they act on processes of this one. */

const FILE_TIMEOUT_MS = 300_000;
const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

t.setTimeout(FILE_TIMEOUT_MS);

/** How fast this machine is, is no matter of this test. */
const PATIENT = ['--error-budget', '1000'];

t.test(
  'a whole enable, an exchange of certificates and a whole disable through commands of a file',
  async (t) => {
    const cluster = await startCluster(t, { proxy: true });
    const file = writeHostsFile(cluster);
    const hosts = ['--target', 'hosts', '--hosts', file];
    const documented = [...hosts, '--dialect', 'oceanbase'];
    const encryption = (what: string, ...options: readonly string[]) =>
      cluster.controller('encryption', what, '--json', ...options);
    const load = await Load.start({
      ...{ host: '127.0.0.1', ports: [cluster.proxy?.sql_port ?? 0] },
      ...{ writers: 2, pauseMs: 5 },
    });

    await t.test('a command that fails stops the run with its own words', async (t) => {
      const good = readFileSync(file, 'utf8');
      writeFileSync(file, good.replace(/cd .*?controller\.pid; \}/, 'echo the unit is masked >&2; exit 4'));
      const failed = await encryption('enable', '--yes', ...PATIENT, ...documented);
      t.equal(failed.code, 1);
      t.match(failed.stderr, /start of observer-\d \(sh …\) ended with 4: the unit is masked/);
      writeFileSync(file, good);
    });

    await t.test('the next run goes on, with documented SQL alone', async (t) => {
      const enabled = await encryption('enable', '--yes', ...PATIENT, ...documented);
      t.equal(enabled.code, 0, enabled.stderr);
      t.match(JSON.parse(enabled.stdout), { target: 'hosts', plain_links: 0, encrypted_links: 6 });
      const rolled = (await cluster.status()).nodes.map(({ pid }) => pid);
      t.notOk(
        cluster.nodes.some(({ pid }) => rolled.includes(pid)),
        'every node runs as another process, which the commands have started',
      );
      t.equal((await encryption('verify', ...documented)).code, 0);
      t.equal((await encryption('verify', '--kind', 'rpc', ...hosts)).code, 0, 'the ledgers say the same');
    });

    await t.test('wallets are exchanged through a shell, the proxy’s too', async (t) => {
      const leaf = () =>
        readFileSync(join(cluster.baseDirectory, 'obproxy', 'wallet', 'server-cert.pem'), 'utf8');
      const before = leaf();
      const authority = join(cluster.baseDirectory, 'certificates');
      const rotated = await cluster.controller(
        'certs',
        'rotate',
        '--authority',
        authority,
        '--json',
        ...hosts,
      );
      t.equal(rotated.code, 0, rotated.stderr);
      t.match(JSON.parse(rotated.stdout), { over: true, link_ends: 12, link_ends_on_current: 12 });
      t.not(leaf(), before);
      const refused = await cluster.controller('certs', 'rotate', ...documented);
      t.match(refused.stderr, /they have no --dialect oceanbase/);
    });

    await t.test('and back, with documented SQL alone', async (t) => {
      const disabled = await encryption('disable', '--yes', ...PATIENT, ...documented);
      t.equal(disabled.code, 0, disabled.stderr);
      t.match(JSON.parse(disabled.stdout), { plain_links: 6, encrypted_links: 0 });
      t.match(await cluster.status(), { plain_links: 6, encrypted_links: 0 }, 'the ledgers say the same');
      t.equal((await encryption('verify', ...documented)).code, 1);
    });

    await t.test('whatever was sent is on the page, as documented', async (t) => {
      const page = readFileSync(join(ROOT, 'docs', 'operations', 'conformance.md'), 'utf8');
      const listed = [...page.matchAll(/^\| `(.+?)` \| (?!our own)/gm)].map(([, shape]) => shape);
      const log = readFileSync(join(cluster.baseDirectory, 'hosts', 'controller', 'controller.log'), 'utf8');
      const sent = new Set([...log.matchAll(/"statement":"(.+?)","msg"/g)].map(([, shape]) => shape));
      t.ok(sent.size > 15, `${sent.size} kinds of statements`);
      t.same(
        [...sent].filter((shape) => !listed.includes(shape)),
        [],
      );
    });

    const result = await load.stop();
    t.comment(`${result.acknowledged.length} rows, longest pause in writing ${result.longestGapMs} ms`);
    t.same(result.failures, {}, 'no statement failed through the proxy');
  },
);

/** Each process is started again with the command line that it has now. */
function writeHostsFile(cluster: TestCluster): string {
  const { baseDirectory, nodes, proxy } = cluster;
  const entry = (name: string, pid: number) => {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    writeFileSync(
      join(baseDirectory, name, 'command.sh'),
      `exec ${command.map((part) => `'${part.replaceAll("'", `'\\''`)}'`).join(' ')}\n`,
    );
    return { name, values: { directory: join(baseDirectory, name) } };
  };
  const shell = (script: string) => ['sh', '-c', script, 'sh', '{directory}'];
  const file = join(baseDirectory, 'hosts.json');
  const contents = {
    cluster: 'sealane',
    ca: 'certificates/ca.pem',
    defaults: {
      wallet: '{directory}/wallet',
      log: '{directory}/log/observer.log',
      commands: {
        status: shell(
          'pid=$(cat "$1/run/controller.pid" 2>/dev/null) || exit 0; awk \'$3 != "Z" {{ print $1, $22 }\' "/proc/$pid/stat" 2>/dev/null || true',
        ),
        stop: shell('kill "$(cat "$1/run/controller.pid")"'),
        start: shell(
          'cd "$1" && {{ setsid sh command.sh </dev/null >>log/hosts.out 2>log/hosts.err & echo $! > run/controller.pid; }',
        ),
        last_words: shell('tail -n 20 "$1/log/hosts.err"'),
        shell: ['sh', '-s'],
      },
    },
    nodes: nodes.map(({ name, pid, svr_ip, svr_port, sql_port, zone }) => ({
      ...entry(name, pid),
      ...{ server: `${svr_ip}:${svr_port}`, sql: `${svr_ip}:${sql_port}`, zone },
    })),
    proxies:
      proxy === null
        ? []
        : [
            {
              ...entry(proxy.name, proxy.pid),
              sql: `${proxy.host}:${proxy.sql_port}`,
              identity: '127.0.0.1',
            },
          ],
  };
  writeFileSync(file, JSON.stringify(contents, undefined, 2));
  return file;
}
