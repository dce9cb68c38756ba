import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startCluster, type TestCluster } from '../packages/testkit/src/index.ts';
import { MixedLoad, type MixedLoadResult } from './rolls/mixed-load.ts';
import { hasSysbench, prepareSysbench, runSysbench } from './rolls/sysbench.ts';

/**
 * What 32 clients notice of a whole `encryption enable` and a whole `encryption disable`: through obproxy, and without one.
 * README.md says what the figures are.
 */
const { values: options } = parseArgs({
  options: {
    times: { type: 'string', default: '3' },
    'pause-ms': { type: 'string', default: '5' },
    clients: { type: 'string', default: 'proxy,direct' },
    loads: { type: 'string', default: 'mysql2,sysbench' },
    /** Handed to enable and disable as they are: --strategy=recycle, --soak=0 … */
    with: { type: 'string', default: '' },
  },
});

type Way = 'proxy' | 'direct';
type Direction = 'enable' | 'disable';

const THREADS = 32;
const WARM_UP_MS = 2_000;
/** Longer than a roll: what is left of it afterwards is calm. */
const SYSBENCH_SECONDS = 20;

const undo: (() => Promise<void> | void)[] = [];
const owner = { teardown: (step: () => Promise<void> | void) => void undo.push(step) };

try {
  await main();
} finally {
  for (const step of undo.reverse()) await step();
}

async function main(): Promise<void> {
  const cluster = await startCluster(owner, { proxy: true });
  const proxyPort = cluster.proxy?.sql_port ?? 0;
  const portsOf = (way: Way) => (way === 'proxy' ? [proxyPort] : cluster.nodes.map((node) => node.sql_port));
  const ways = options.clients.split(',') as Way[];
  if (options.loads.includes('mysql2')) {
    console.log(
      '| Clients | Roll | Wall time | Failed | Lost connections | Rolled back, told once | Acknowledged | Lost | Longest gap in writes | Longest statement |',
    );
    console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
    await eachRoll(ways, async (way, direction) => rollUnderMixedLoad(cluster, way, portsOf(way), direction));
  }
  if (!options.loads.includes('sysbench')) return;
  if (!hasSysbench()) throw new Error('sysbench is not installed (Debian: sysbench); or --loads mysql2');
  console.log(
    '\n| sysbench through | Roll | Wall time | Exit code | Transactions | Begun again | Reconnects | Longest |',
  );
  console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  await eachRoll(ways, async (way, direction) => rollUnderSysbench(cluster, way, portsOf(way), direction));
}

async function eachRoll(
  ways: readonly Way[],
  body: (way: Way, direction: Direction) => Promise<void>,
): Promise<void> {
  for (const way of ways) {
    for (let time = 0; time < Number(options.times); time++) {
      await body(way, 'enable');
      await body(way, 'disable');
    }
  }
}

async function rollUnderMixedLoad(
  cluster: TestCluster,
  way: Way,
  ports: readonly number[],
  direction: Direction,
): Promise<void> {
  const load = await MixedLoad.start({
    host: '127.0.0.1',
    ports,
    writers: THREADS / 2,
    transactions: THREADS / 4,
    readers: THREADS / 4,
    pauseMs: Number(options['pause-ms']),
  });
  await delay(WARM_UP_MS);
  load.beginMeasuring();
  const ms = await roll(cluster, direction);
  const result = await load.stop();
  console.log(mixedRow(way, direction, ms, result));
  for (const [error, count] of result.errors) console.error(`  ${count} × ${error}`);
}

function mixedRow(way: Way, direction: Direction, ms: number, result: MixedLoadResult): string {
  return `| ${[
    way === 'proxy' ? 'through obproxy' : 'at the nodes',
    direction,
    `${(ms / 1000).toFixed(1)} s`,
    result.failed,
    result.lostConnections,
    result.rolledBack,
    result.acknowledged,
    result.lost,
    `${result.longestGapMs} ms`,
    `${result.longestStatementMs} ms`,
  ].join(' | ')} |`;
}

/** sysbench knows one address and ends at the first lost connection: without a proxy, when that node restarts. */
async function rollUnderSysbench(
  cluster: TestCluster,
  way: Way,
  [port]: readonly number[],
  direction: Direction,
): Promise<void> {
  const target = { host: '127.0.0.1', port: port ?? 0, threads: THREADS };
  await prepareSysbench(target);
  const running = runSysbench(target, SYSBENCH_SECONDS);
  await delay(WARM_UP_MS);
  const ms = await roll(cluster, direction);
  const { exitCode, transactions, retried, reconnects, longestTransactionMs, output } = await running;
  const cells = [way, direction, `${(ms / 1000).toFixed(1)} s`, exitCode, transactions, retried, reconnects];
  console.log(`| ${[...cells, `${longestTransactionMs} ms`].join(' | ')} |`);
  if (exitCode !== 0) console.error(`  ${fatalLine(output)}`);
}

/** @returns its wall time in milliseconds; @throws Error with the controller's words when it doesn't end with 0 */
async function roll(cluster: TestCluster, direction: Direction): Promise<number> {
  const startedAt = performance.now();
  const more = options.with.split(' ').filter((each) => each !== '');
  const { code, stderr } = await cluster.controller('encryption', direction, '--yes', ...more);
  if (code !== 0) throw new Error(`encryption ${direction} ended with ${code}: ${stderr}`);
  return performance.now() - startedAt;
}

function fatalLine(output: string): string {
  return output.split('\n').find((line) => line.includes('FATAL')) ?? output.slice(-400);
}
