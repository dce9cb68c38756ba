import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DirectNetwork } from './cluster/direct.ts';
import { missingForNamespaces } from './cluster/namespaces.ts';
import { NemesisCluster } from './cluster/nemesis-cluster.ts';
import { goalsMissed, measure, measuredLines } from './failover/measure.ts';
import { diskFullKind } from './faults/disks.ts';
import { allFaults, isWanted } from './faults/schedule.ts';
import type { WorkloadName } from './history.ts';
import { reportLines } from './report.ts';
import { type RunOptions, removeRun, run } from './run.ts';

const WORKLOADS: readonly WorkloadName[] = ['register', 'append', 'bank', 'set'];

const USAGE = `npm run nemesis -- [options]

  --minutes N        how long the faults go on (1)
  --workload W       register, append, bank, set, or all of them on one cluster (all)
  --seed S           for the order of faults (random; printed)
  --interval S       seconds from one fault to the next (10)
  --faults WORDS     only kinds of faults that contain one of these words, separated by commas (all)
  --encryption       rolling encryption enable, disable, … while everything runs
  --network N        namespaces (root), relays, or auto (auto)
  --no-full-disk     no disk in memory under one node (as root there is one, to be filled)
  --clients N        for each workload (4 with all, otherwise 8)
  --pause MS         of each client between two operations, on average (20)
  --floor N          fewer successful operations a second of a workload make the run invalid (5)
  --directory D      keep everything there, whatever the end
  --measure          nothing of the above but --directory: how long writes stand still when the leader is killed, switched, stopped
  --times N          how often each, for --measure (5)

Exit code 0 when all is well, 1 when something is wrong, 2 for wrong options.
`;

interface MeasureOptions {
  readonly times: number;
  readonly directory: string | undefined;
}

process.exit(await main());

async function main(): Promise<number> {
  let options: RunOptions | MeasureOptions;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if ('times' in options) return measureAll(options);
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const report = await run({ ...options, signal: interrupted.signal });
  process.stdout.write(`${reportLines(report).join('\n')}\n`);
  const wrong = report.reasons.length > 0;
  if (wrong || options.directory !== undefined) {
    process.stdout.write(`kept          ${report.history}, ${report.directory}/cluster/observer-*/log\n`);
  } else {
    removeRun(report);
  }
  process.stdout.write(wrong ? 'something is wrong\n' : 'all is well\n');
  return wrong ? 1 : 0;
}

/** Kills, switches and stops the leader of a cluster in which nothing else goes wrong. */
async function measureAll({ times, directory }: MeasureOptions): Promise<number> {
  const home = directory ?? mkdtempSync(join(tmpdir(), 'sealane-failover-'));
  const cluster = await NemesisCluster.start(join(home, 'cluster'), new DirectNetwork(3));
  const missed: string[] = [];
  try {
    for (const change of ['none', 'switch', 'stop', 'restart', 'kill'] as const) {
      const results = await measure(cluster, change, times);
      process.stdout.write(`${measuredLines(results).join('\n')}\n`);
      missed.push(...goalsMissed(results));
    }
  } finally {
    await cluster.stop();
  }
  for (const each of missed) process.stdout.write(`WRONG    ${each}\n`);
  if (directory === undefined && missed.length === 0) rmSync(home, { recursive: true, force: true });
  else process.stdout.write(`kept     ${home}\n`);
  return missed.length === 0 ? 0 : 1;
}

function readOptions(): RunOptions | MeasureOptions {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      workload: { type: 'string', default: 'all' },
      seed: { type: 'string' },
      interval: { type: 'string', default: '10' },
      encryption: { type: 'boolean', default: false },
      network: { type: 'string', default: 'auto' },
      clients: { type: 'string' },
      pause: { type: 'string', default: '20' },
      faults: { type: 'string', default: '' },
      floor: { type: 'string', default: '5' },
      'no-full-disk': { type: 'boolean', default: false },
      directory: { type: 'string' },
      measure: { type: 'boolean', default: false },
      times: { type: 'string', default: '5' },
    },
  });
  if (values.measure) return { times: number('times', values.times), directory: values.directory };
  const workloads = WORKLOADS.filter((name) => values.workload === 'all' || values.workload === name);
  if (workloads.length === 0) throw new Error(`--workload: there is no ${values.workload}`);
  const fullDisk = !values['no-full-disk'] && process.platform === 'linux' && process.getuid?.() === 0;
  return {
    minutes: number('minutes', values.minutes),
    workloads,
    seed: number('seed', values.seed ?? String(randomInt(2 ** 31))),
    intervalMs: number('interval', values.interval) * 1000,
    clients: number('clients', values.clients ?? (workloads.length > 1 ? '4' : '8')),
    pauseMs: number('pause', values.pause),
    floorPerSecond: number('floor', values.floor),
    encryption: values.encryption,
    faultWords: faultWordsOf(values.faults, fullDisk),
    network: networkOf(values.network),
    fullDisk,
    ...(values.directory === undefined ? {} : { directory: values.directory }),
    say: (text) => process.stdout.write(`${text}\n`),
  };
}

/** Each of them means something. */
function faultWordsOf(text: string, fullDisk: boolean): readonly string[] {
  const words = text.split(',').filter((word) => word !== '');
  const kinds = [...allFaults().map(({ kind }) => kind), ...(fullDisk ? [diskFullKind] : [])];
  const unknown = words.find((word) => !kinds.some((kind) => isWanted(kind, [word])));
  if (unknown === undefined) return words;
  throw new Error(`--faults: no kind contains "${unknown}"; there are ${kinds.join('; ')}`);
}

function networkOf(name: string): RunOptions['network'] {
  if (name === 'relays') return 'relays';
  if (name !== 'namespaces' && name !== 'auto') throw new Error(`--network: there is no ${name}`);
  const missing = missingForNamespaces();
  if (missing === undefined) return 'namespaces';
  if (name === 'namespaces') throw new Error(`--network namespaces: ${missing}`);
  process.stdout.write(`no network namespaces here (${missing}): relays instead\n`);
  return 'relays';
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new Error(`--${name} ${text} is no number`);
}
