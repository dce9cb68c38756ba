import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Load, startCluster, type TestCluster, type TestStatus } from '@sealane/testkit';
import t from 'tap';

/** A cluster that is handled by commands of a file, as on other machines: here they act on processes of this one. */

const FILE_TIMEOUT_MS = 200_000;

t.setTimeout(FILE_TIMEOUT_MS);

t.test(
  'a whole enable, an exchange of certificates and a whole disable through commands of a file, one of which fails first',
  async (t) => {
    const cluster = await startCluster(t, { proxy: true });
    const file = writeHostsFile(cluster);
    const hosts = ['--target', 'hosts', '--hosts', file];
    const port = cluster.proxy?.sql_port ?? 0;
    const load = await Load.start({ host: '127.0.0.1', ports: [port], writers: 2, pauseMs: 5 });

    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.replace(/cd .*?controller\.pid; \}/, 'echo the unit is masked >&2; exit 4'));
    const failed = await cluster.controller('encryption', 'enable', '--yes', '--json', ...hosts);
    t.equal(failed.code, 1);
    t.match(failed.stderr, /start of observer-\d \(sh …\) ended with 4: the unit is masked/);
    writeFileSync(file, good);

    const enabled = await cluster.controller('encryption', 'enable', '--yes', '--json', ...hosts);
    t.equal(enabled.code, 0, `gone on with: ${enabled.stderr}`);
    t.match(JSON.parse(enabled.stdout), { target: 'hosts', plain_links: 0, encrypted_links: 6 });
    const rolled = await pidsOf(cluster);
    t.notOk(
      cluster.nodes.some(({ pid }) => rolled.includes(pid)),
      'every node runs as another process, which the commands have started',
    );

    const before = readFileSync(join(cluster.baseDirectory, 'obproxy', 'wallet', 'server-cert.pem'), 'utf8');
    const authority = join(cluster.baseDirectory, 'certificates');
    const rotated = await cluster.controller('certs', 'rotate', '--authority', authority, '--json', ...hosts);
    t.equal(rotated.code, 0, rotated.stderr);
    t.match(JSON.parse(rotated.stdout), { over: true, link_ends: 12, link_ends_on_current: 12 });
    t.not(readFileSync(join(cluster.baseDirectory, 'obproxy', 'wallet', 'server-cert.pem'), 'utf8'), before);

    const disabled = await cluster.controller('encryption', 'disable', '--yes', '--json', ...hosts);
    t.equal(disabled.code, 0, disabled.stderr);
    t.match(JSON.parse(disabled.stdout), { plain_links: 6, encrypted_links: 0 });
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

async function pidsOf(cluster: TestCluster): Promise<readonly number[]> {
  const status = JSON.parse((await cluster.controller('status', '--json')).stdout) as TestStatus;
  return status.nodes.map(({ pid }) => pid);
}
