import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { HostsTarget } from '../src/targets/hosts.ts';
import { parseHostsFile } from '../src/targets/hosts-file.ts';
import { runCommand, runToSuccess } from '../src/targets/run-command.ts';
import { installScript } from '../src/targets/wallet-scripts.ts';

const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const SERVER = '10.0.0.1:2882';
const commands = { status: ['s', '{name}'], start: ['a'], stop: ['b'] };
const node = { name: 'one', server: SERVER, sql: 'h:2881', zone: 'z1' };
const KEY = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----';

function parse(file: object, pem = ''): ReturnType<typeof parseHostsFile> {
  return parseHostsFile(JSON.stringify(file), () => pem);
}

t.test('a hosts file is read, its defaults and values filled in', async (t) => {
  const file = parse(
    {
      cluster: 'bank',
      ca: 'ca.pem',
      defaults: {
        commands: { ...commands, shell: ['ssh', 'admin@{ip}', 'sh', '-s'] },
        deadlines_s: { stop: 90 },
        wallet: '{home}/wallet',
        values: { home: '/home/admin/oceanbase' },
      },
      nodes: [
        node,
        {
          ...{ name: 'two', server: '10.0.0.2:2882', sql: '10.0.0.2:2881' },
          ...{
            values: { home: '/data' },
            commands: { stop: ['echo', '{{x} {rpc_port} {sql_port} {server}'] },
          },
        },
      ],
      proxies: [{ name: 'front', sql: '10.0.0.9:2883', identity: 'proxy.example' }],
    },
    'PEM',
  );

  t.match(file, { cluster: 'bank', ca: 'PEM' });
  const [one, two] = file.nodes;
  t.match(one, { member: SERVER, wallet: '/home/admin/oceanbase/wallet', zone: 'z1' });
  t.strictSame(one?.commands.status, ['s', 'one']);
  t.strictSame(one?.commands.shell, ['ssh', 'admin@10.0.0.1', 'sh', '-s']);
  t.match(one?.deadlinesMs, { stop: 90_000, status: 10_000 });
  t.equal(two?.wallet, '/data/wallet', 'its own value goes before the default one');
  t.strictSame(two?.commands.stop, ['echo', '{x} 2882 2881 10.0.0.2:2882']);
  t.match(file.proxies, [
    { member: 'front', identity: 'proxy.example', sql: { host: '10.0.0.9', port: 2883 } },
  ]);
});

t.test('the examples of the page are good', async (t) => {
  const page = readFileSync(join(ROOT, 'docs', 'operations', 'hosts.md'), 'utf8');
  const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const file = parseHostsFile(example, () => 'PEM');
  t.equal(file.nodes.length, 3);
  t.strictSame(file.nodes[0]?.commands.stop?.slice(-2), [
    'admin@10.0.0.1',
    'sudo -n systemctl stop observer',
  ]);
  t.equal(file.proxies[0]?.wallet, '/home/admin/obproxy/wallet');

  const rows = [...page.matchAll(/`(\["(?:ssh|docker|kubectl).*?\])`/g)].map(
    ([, text = '']) => JSON.parse(text.replaceAll('\\|', '|')) as string[],
  );
  const one = { ...node, values: { home: '/h' }, commands };
  const filled = rows.map((status) => parse({ nodes: [{ ...one, commands: { ...commands, status } }] }));
  const inspect = filled
    .map(({ nodes }) => nodes[0]?.commands.status)
    .find((parts) => parts?.includes('inspect'));
  t.ok(inspect?.includes('{{.State.Pid}} {{.State.StartedAt}}'), 'as docker wants it');
});

t.test('what is wrong in a hosts file is named with its place', async (t) => {
  const faults: readonly (readonly [string, object, RegExp])[] = [
    ['no node', { nodes: [] }, /nodes: there must be one/],
    ['a key that is none', { nodes: [node], node: 1 }, /"node" is not known here/],
    [
      'no stop',
      { nodes: [{ ...node, commands: { status: ['s'], start: ['a'] } }] },
      /nodes\[0\]\.commands\.stop/,
    ],
    [
      'one text',
      { nodes: [{ ...node, commands: { ...commands, stop: 'systemctl stop x' } }] },
      /stop: wants a list/,
    ],
    ['an address', { nodes: [{ ...node, commands, server: '10.0.0.1' }] }, /server: wants "ip:rpc_port"/],
    ['an option', { nodes: [{ ...node, commands, sql: '-oProxyCommand=x:1' }] }, /sql: wants/],
    [
      'a blank',
      { nodes: [node], defaults: { commands: { ...commands, stop: ['x', '{nme}'] } } },
      /\{nme\} is not/,
    ],
    [
      'a shell’s words',
      { nodes: [{ ...node, commands, values: { u: 'a; rm -rf /' } }] },
      /values\.u: a text of/,
    ],
    ['an option as value', { nodes: [{ ...node, commands, values: { u: '-x' } }] }, /doesn't begin with -/],
    ['twice', { nodes: [node, node], defaults: { commands } }, /name one is there twice/],
    [
      'a deadline',
      { nodes: [{ ...node, commands, deadlines_s: { stop: 0 } }] },
      /deadlines_s\.stop: seconds/,
    ],
    [
      'a proxy like a server',
      { nodes: [node], proxies: [{ name: 'a:1', sql: 'h:1' }], defaults: { commands } },
      /colon/,
    ],
  ];
  for (const [what, file, message] of faults) t.throws(() => parse(file), { message }, what);
  t.throws(() => parseHostsFile('{', () => ''), /it is not JSON/);
});

t.test('a command gets its arguments as they are, and says in an error what it said', async (t) => {
  const odd = `a 'b' "c" $HOME \`d\` ; e\n*`;
  const command = ['sh', '-c', 'printf %s "$1"', 'sh', odd];
  t.equal(await runToSuccess({ what: 'test', command, timeoutMs: 5_000 }), odd);

  const failing = ['sh', '-c', 'echo to stdout; echo no such unit >&2; exit 5', 'sh', '--password=hunter2'];
  const failure = await runToSuccess({ what: 'stop of one', command: failing, timeoutMs: 5_000 }).catch(
    String,
  );
  t.match(failure, /stop of one \(sh …\) ended with 5: no such unit/);
  t.notMatch(failure, /hunter2/, 'arguments may be secrets');

  const leaking = ['sh', '-c', `cat; exit 1`];
  const request = { what: 'shell', command: leaking, timeoutMs: 5_000, input: KEY };
  const words = [
    await runToSuccess(request).catch(String),
    await runToSuccess({ ...request, secret: true }).catch(String),
    await runToSuccess({ ...request, command: ['sh', '-c', 'cat >&2; exit 1'], secret: true }).catch(String),
  ];
  t.notMatch(words.join(), /c2VjcmV0/, 'a key is never shown, whoever printed it');
  await t.rejects(runCommand({ what: 'start', command: ['/no/such/program'], timeoutMs: 5_000 }), {
    name: 'OB_INVALID_CONFIG',
    message: /start: \/no\/such\/program can't be started/,
  });
});

t.test('a command that hangs is killed at its deadline, with what it started', async (t) => {
  const directory = temporary(t);
  const pidFile = join(directory, 'pid');
  const command = ['sh', '-c', 'echo working >&2; sleep 600 & echo $! > "$1"; wait', 'sh', pidFile];

  await t.rejects(runCommand({ what: 'stop of one', command, timeoutMs: 500 }), {
    name: 'OB_TIMEOUT',
    message: /did not end within 0\.5 s and was killed: working/,
  });
  const pid = Number(readFileSync(pidFile, 'utf8'));
  await until(() => !isAlive(pid));
  t.notOk(isAlive(pid));
});

t.test('what a command leaves running in the background is not waited for', async (t) => {
  const directory = temporary(t);
  const pidFile = join(directory, 'pid');
  const command = ['sh', '-c', 'sleep 600 & echo $! > "$1"; echo started', 'sh', pidFile];

  t.equal(await runToSuccess({ what: 'start', command, timeoutMs: 20_000 }), 'started\n');

  const pid = Number(readFileSync(pidFile, 'utf8'));
  t.ok(isAlive(pid));
  process.kill(pid, 'SIGKILL');
});

t.test('status tells one start from another, and a failure from a process that is not there', async (t) => {
  const directory = temporary(t);
  const said = join(directory, 'said');
  const target = await openWith(directory, { status: ['cat', said] });
  const saying = async (text: string) => {
    writeFileSync(said, text);
    return target.processOf(SERVER);
  };

  t.match(await saying('4711\n12345\n'), { running: true, pid: 4711, instance: '4711 12345' });
  t.match(await saying('4711\n99999\n'), { running: true, instance: '4711 99999' });
  t.match(await saying('0\n0\n'), { running: false, instance: undefined });
  t.match(await saying(''), { running: false });
  await t.rejects(saying('active (running)'), { message: /status wants a process id/ });
  rmSync(said);
  await t.rejects(target.processOf(SERVER), {
    message: /status of one \(cat …\) ended with 1: .*No such file/,
  });
});

t.test('stop is over when status says so, and has a deadline for that', async (t) => {
  const directory = temporary(t);
  const said = join(directory, 'said');
  writeFileSync(said, '1\n');
  const options = { status: ['cat', said], deadlines_s: { stop: 1 } };
  const deaf = await openWith(directory, { ...options, stop: ['true'] });
  await t.rejects(deaf.stop(SERVER), { name: 'OB_TIMEOUT', message: /the process still runs after 1 s/ });

  const good = await openWith(directory, { ...options, stop: ['sh', '-c', ': > "$1"', 'sh', said] });
  await good.stop(SERVER);
  t.match(await good.processOf(SERVER), { running: false });
  t.resolves(good.stop(SERVER), 'it is gone already');
});

t.test('a wallet is read and installed through a shell, keys by its input only', async (t) => {
  const directory = temporary(t);
  const wallet = join(directory, 'wallet');
  const target = await openWith(directory, { shell: ['sh', '-s'], wallet });
  await t.rejects(target.walletOf(SERVER), { message: /reading the wallet of one \(sh …\) ended with/ });

  const files = { ca: 'CA\nCA\n', certificate: 'leaf\n', key: `${KEY}\n`, crl: 'list\n' };
  await target.installWallet(SERVER, files);
  t.strictSame(await target.walletOf(SERVER), files);
  t.equal(statSync(join(wallet, 'server-key.pem')).mode & 0o777, 0o600);
  await target.installWallet(SERVER, { ...files, crl: undefined });
  t.strictSame(await target.walletOf(SERVER), { ...files, crl: undefined });
  t.strictSame(readdirSync(wallet).toSorted(), ['ca.pem', 'server-cert.pem', 'server-key.pem']);

  const early = { ...files, ca: 'CA\nEND-OF-PEM\ntouch /tmp/oops' };
  t.throws(() => installScript(wallet, early), /ca\.pem is no PEM file/);
  t.notOk(existsSync('/tmp/oops'));
});

t.test('what a file has no command for is said when it is needed', async (t) => {
  const target = await openWith(temporary(t), {});
  t.equal(await target.lastWords(SERVER), '');
  await t.rejects(target.walletOf(SERVER), { message: /names no "wallet" for one/ });
});

function openWith(directory: string, options: Readonly<Record<string, unknown>>): Promise<HostsTarget> {
  const { wallet, deadlines_s, ...given } = options;
  const ca = join(directory, 'ca.pem');
  writeFileSync(ca, 'CA');
  const file = join(directory, 'hosts.json');
  const own = {
    ...(wallet === undefined ? {} : { wallet }),
    ...(deadlines_s === undefined ? {} : { deadlines_s }),
  };
  const all = { status: ['true'], start: ['true'], stop: ['true'], ...given };
  writeFileSync(file, JSON.stringify({ ca, nodes: [{ ...node, ...own, commands: all }] }));
  return HostsTarget.open(file);
}

function temporary(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'sealane-hosts-'));
  mkdirSync(directory, { recursive: true });
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function isAlive(pid: number): boolean {
  try {
    // One that nobody has waited for is dead as well.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!holds() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
}
