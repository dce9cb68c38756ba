import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Connection, createConnection } from 'mysql2/promise';
import { freePorts, startCluster, startProxy, type TestCluster } from '../packages/testkit/src/index.ts';

/**
 * Point selects a second: directly at a server, through obproxy, and through HAProxy (TCP mode) where there is one; in clear
 * and with TLS on every hop. Then the memory that idle clients cost.
 * Run: node bench/proxy.ts [--seconds 2] [--rounds 3] [--connections 1,8,32] [--warm-up 4] [--idle 1000]
 */
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '1,8,32' },
    'warm-up': { type: 'string', default: '4' },
    idle: { type: 'string', default: '1000' },
  },
});

const rowCount = 1_000;
const modes = ['clear', 'TLS'] as const;
type Mode = (typeof modes)[number];

/** A way to the server, by its port in each mode. */
interface Path {
  readonly name: string;
  readonly ports: Readonly<Record<Mode, number>>;
  /** Of the process between client and server in each mode. */
  readonly pids?: Readonly<Record<Mode, number>>;
}

interface Figures {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** CPU time of what stands between, user and system, for one select: less a matter of who else is at work. */
  readonly betweenUs: number;
  /** Of the server and of the client. */
  readonly endsUs: number;
}

const undo: (() => Promise<void> | void)[] = [];
const owner = { teardown: (step: () => Promise<void> | void) => void undo.push(step) };

try {
  await main();
} finally {
  for (const step of undo.reverse()) await step();
}

async function main(): Promise<void> {
  const cluster = await startCluster(owner, { nodes: 1 });
  const [node] = cluster.nodes;
  if (node === undefined) throw new Error('no node');
  await fill(node.sql_port);
  const wallet = ['--wallet', join(cluster.directoryOf(node), 'wallet')];
  const plain = await startProxy(owner, cluster);
  const secure = await startProxy(owner, cluster, [...wallet, '--enable-client-ssl', '--enable-server-ssl']);
  const between = await startHaproxy(node.sql_port);
  const paths: readonly Path[] = [
    { name: 'direct', ports: both(node.sql_port) },
    {
      name: 'obproxy',
      ports: { clear: plain.port, TLS: secure.port },
      pids: { clear: plain.pid, TLS: secure.pid },
    },
    ...(between === undefined
      ? []
      : [{ name: 'HAProxy', ports: both(between.port), pids: both(between.pid) }]),
  ];
  for (const path of paths)
    for (const mode of modes) await run(cluster, path, mode, 8, Number(options['warm-up']));
  for (const count of options.connections.split(',').map(Number))
    for (const mode of modes) await compare(cluster, paths, mode, count);
  await idleClients(plain);
}

/** Paths take turns, round after round; medians of the rounds. */
async function compare(
  cluster: TestCluster,
  paths: readonly Path[],
  mode: Mode,
  count: number,
): Promise<void> {
  const rounds = new Map<string, Figures[]>(paths.map(({ name }) => [name, []]));
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const path of paths)
      rounds.get(path.name)?.push(await run(cluster, path, mode, count, Number(options.seconds)));
  }
  const rates = new Map(
    [...rounds].map(([name, figures]) => [name, median(figures.map(({ perSecond }) => perSecond))]),
  );
  for (const [name, figures] of rounds) {
    const ratio = (rates.get(name) ?? 0) / (rates.get('direct') ?? 1);
    const of = (what: keyof Figures): number => median(figures.map((each) => each[what]));
    console.log(
      `${String(count).padStart(4)}  ${mode.padEnd(6)} ${name.padEnd(8)} ${(rates.get(name) ?? 0).toFixed(0).padStart(7)} selects/s  ` +
        `${ratio.toFixed(2)} of direct  p50 ${of('medianMs').toFixed(2)} ms  p99 ${of('p99Ms').toFixed(2)} ms  ` +
        `CPU a select: ${of('betweenUs').toFixed(0)} µs between, ${of('endsUs').toFixed(0)} µs at the ends`,
    );
  }
}

async function run(
  cluster: TestCluster,
  path: Path,
  mode: Mode,
  count: number,
  seconds: number,
): Promise<Figures> {
  const port = path.ports[mode];
  const pid = path.pids?.[mode];
  const serverPid = cluster.nodes[0]?.pid ?? 0;
  const clients = await Promise.all(Array.from({ length: count }, () => open(cluster, port, mode)));
  const latencies: number[] = [];
  const endAt = performance.now() + seconds * 1_000;
  const one = async (client: Connection, start: number): Promise<void> => {
    for (let id = start; ; id = (id * 31 + 7) % rowCount) {
      const before = performance.now();
      if (before >= endAt) return;
      await client.query(`SELECT v FROM points WHERE id = ${id}`);
      latencies.push(performance.now() - before);
    }
  };
  const used = {
    between: pid === undefined ? 0 : cpuUsOf(pid),
    server: cpuUsOf(serverPid),
    client: process.cpuUsage(),
  };
  await Promise.all(clients.map(one));
  const client = process.cpuUsage(used.client);
  const between = pid === undefined ? 0 : cpuUsOf(pid) - used.between;
  const ends = cpuUsOf(serverPid) - used.server + client.user + client.system;
  for (const client of clients) client.destroy();
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return {
    perSecond: latencies.length / seconds,
    medianMs: at(0.5),
    p99Ms: at(0.99),
    betweenUs: between / latencies.length,
    endsUs: ends / latencies.length,
  };
}

/** What clients cost that do nothing: resident memory of the proxy before and after. */
async function idleClients({ port, pid }: { readonly port: number; readonly pid: number }): Promise<void> {
  const count = Number(options.idle);
  if (count === 0) return;
  const before = rssOf(pid);
  const clients: Connection[] = [];
  while (clients.length < count) {
    const some = Math.min(50, count - clients.length);
    const opened = Array.from({ length: some }, () =>
      createConnection({ host: '127.0.0.1', port, user: 'root@test' }),
    );
    clients.push(...(await Promise.all(opened)));
  }
  await delay(2_000);
  const after = rssOf(pid);
  console.log(
    `${count} idle clients: RSS ${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB with them, ${(((after - before) * 1024) / count).toFixed(1)} KiB each`,
  );
  for (const client of clients) client.destroy();
}

async function fill(port: number): Promise<void> {
  const root = await createConnection({ host: '127.0.0.1', port, user: 'root@sys' });
  await root.query('ALTER SYSTEM SET ssl_client_authentication = TRUE');
  await root.end();
  const client = await createConnection({ host: '127.0.0.1', port, user: 'root@test', database: 'test' });
  await client.query('CREATE TABLE points (id INT PRIMARY KEY, v VARCHAR(100))');
  const rows = Array.from({ length: rowCount }, (_, id) => `(${id}, '${'x'.repeat(100)}')`);
  await client.query(`INSERT INTO points VALUES ${rows.join(', ')}`);
  await client.end();
}

/** @returns undefined where there is none */
async function startHaproxy(
  serverPort: number,
): Promise<{ readonly port: number; readonly pid: number } | undefined> {
  const file = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy'].find(existsSync);
  if (file === undefined) {
    console.log('no haproxy here: compared with none (Debian: haproxy)');
    return undefined;
  }
  const [port = 0] = await freePorts(1);
  const directory = mkdtempSync(join(tmpdir(), 'sealane-haproxy-'));
  owner.teardown(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(
    join(directory, 'haproxy.cfg'),
    `defaults\n  mode tcp\n  timeout connect 2s\n  timeout client 60s\n  timeout server 60s\n` +
      `listen sql\n  bind 127.0.0.1:${port}\n  option tcp-smart-accept\n  server node 127.0.0.1:${serverPort}\n`,
  );
  const child = spawn(file, ['-db', '-f', join(directory, 'haproxy.cfg')], { stdio: 'ignore' });
  owner.teardown(() => void child.kill('SIGKILL'));
  await delay(500);
  return { port, pid: child.pid ?? 0 };
}

function open({ ca }: TestCluster, port: number, mode: Mode): Promise<Connection> {
  const tls = mode === 'TLS' ? { ssl: { ca: readFileSync(ca, 'utf8') } } : {};
  return createConnection({ host: '127.0.0.1', port, user: 'root@test', database: 'test', ...tls });
}

function both<Value>(value: Value): Readonly<Record<Mode, Value>> {
  return { clear: value, TLS: value };
}

/** User and system; clock ticks are 10 ms. */
function cpuUsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** In MiB. */
function rssOf(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}
