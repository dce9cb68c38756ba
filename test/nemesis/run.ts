import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@sealane/consensus';
import { runProgram } from '@sealane/testkit';
import type { WorkloadReport } from './checkers/check-history.ts';
import { NamespaceNetwork } from './cluster/namespaces.ts';
import { NemesisCluster } from './cluster/nemesis-cluster.ts';
import type { Network } from './cluster/network.ts';
import { RelayNetwork } from './cluster/relays.ts';
import { replicasAgree } from './cluster/replicas-agree.ts';
import { EncryptionRolls, Gate } from './faults/administration.ts';
import { SmallDisk } from './faults/disks.ts';
import type { Fault } from './faults/fault.ts';
import { allFaults, isWanted, Schedule } from './faults/schedule.ts';
import { HistoryWriter, type WorkloadName } from './history.ts';
import { AppendWorkload } from './workloads/append.ts';
import { BankWorkload } from './workloads/bank.ts';
import { Clients, setUpAll } from './workloads/clients.ts';
import { RegisterWorkload } from './workloads/register.ts';
import { SetWorkload } from './workloads/set.ts';
import type { Random, Workload } from './workloads/workload.ts';

const CHECK = fileURLToPath(new URL('./check.ts', import.meta.url));
const CHECK_TIMEOUT_MS = 300_000;
const NODES = 3;
/** Enough for a long run: the filler takes the rest of it, in memory. */
const SMALL_DISK_MIB = 512;

export interface RunOptions {
  readonly minutes: number;
  readonly workloads: readonly WorkloadName[];
  readonly seed: number;
  readonly intervalMs: number;
  readonly clients: number;
  readonly pauseMs: number;
  readonly encryption: boolean;
  readonly network: 'namespaces' | 'relays';
  /** One node's store lies on a small disk in memory that can be filled; needs root. */
  readonly fullDisk: boolean;
  /** Where histories, logs and data lie; a temporary directory when not given. */
  readonly directory?: string;
  /** Fewer successful operations a second, of a workload, make the run invalid. */
  readonly floorPerSecond: number;
  /** For a shorter bag. */
  readonly faults?: readonly Fault[];
  /** Only kinds that contain one of these; all of them when empty. */
  readonly faultWords: readonly string[];
  readonly say: (text: string) => void;
  /** Ends the run early, everything in order. */
  readonly signal?: AbortSignal;
}

export interface RunReport {
  readonly directory: string;
  readonly history: string;
  readonly workloads: readonly WorkloadReport[];
  readonly faults: Readonly<Record<string, number>>;
  readonly rolls: { readonly completed: number; readonly failed: number };
  /** Terms of the users' log stream that were begun while it ran. */
  readonly elections: number;
  readonly refusals: Readonly<Record<string, number>>;
  /** What makes the run a failure; empty when all is well. */
  readonly reasons: readonly string[];
}

const MAKERS: Readonly<Record<WorkloadName, (random: Random) => Workload>> = {
  register: (random) => new RegisterWorkload(random),
  append: (random) => new AppendWorkload(random),
  bank: (random) => new BankWorkload(random),
  set: (random) => new SetWorkload(random),
};

/** One whole run: cluster, load, faults, the end, the check. Everything is stopped when it returns or throws. */
export async function run(options: RunOptions): Promise<RunReport> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'sealane-nemesis-'));
  mkdirSync(directory, { recursive: true });
  if (readdirSync(directory).length > 0) throw new Error(`--directory ${directory} is not empty`);
  const network = await openNetwork(options.network);
  let cluster: NemesisCluster | undefined;
  let disk: SmallDisk | undefined;
  try {
    options.say(`${NODES} observers in ${directory}, seed ${options.seed}; ${network.kind}`);
    const home = join(directory, 'cluster');
    cluster = await NemesisCluster.start(home, network, (nodes) => {
      const node = nodes[options.seed % nodes.length];
      if (options.fullDisk && node !== undefined) disk = SmallDisk.mount(home, node, SMALL_DISK_MIB);
    });
    const known = [...(options.faults ?? allFaults()), ...(disk === undefined ? [] : [disk.fault])];
    const faults = known.filter(({ kind }) => isWanted(kind, options.faultWords));
    // Mounting may have been refused.
    if (faults.length === 0) throw new Error(`no fault of ${known.map(({ kind }) => kind).join('; ')}`);
    return await load(options, directory, cluster, faults);
  } finally {
    await cluster?.stop();
    disk?.unmount();
    await network.close();
  }
}

/** Takes away what a run without a finding has left. */
export function removeRun(report: RunReport): void {
  rmSync(report.directory, { recursive: true, force: true });
}

async function openNetwork(kind: RunOptions['network']): Promise<Network> {
  if (kind === 'relays') return new RelayNetwork(NODES);
  const network = new NamespaceNetwork(NODES);
  try {
    await network.open();
  } catch (error) {
    await network.close();
    throw error;
  }
  return network;
}

async function load(
  options: RunOptions,
  directory: string,
  cluster: NemesisCluster,
  faults: readonly Fault[],
): Promise<RunReport> {
  const { say, seed } = options;
  const random = seededRandom(seed);
  const history = new HistoryWriter(join(directory, 'history.jsonl'));
  const termBefore = (await cluster.leader())?.term ?? 0;
  const workloads = options.workloads.map((name, ordinal) => MAKERS[name](seededRandom(seed + ordinal + 1)));
  await setUpAll(cluster.node('observer-1'), workloads);
  const { clients: count, pauseMs } = options;
  const common = { nodes: cluster.nodes, count, sleepers: count + 2, pauseMs, history };
  const clients = workloads.map((workload, ordinal) =>
    Clients.start({ ...common, ordinal, workload, random: seededRandom(seed + 100 + ordinal) }),
  );
  const told = (text: string): void => say(`${(history.now() / 1000).toFixed(1).padStart(6)} s  ${text}`);
  const gate = new Gate();
  const rolls = options.encryption ? new EncryptionRolls(cluster, gate, told) : undefined;
  const schedule = new Schedule({
    cluster,
    faults,
    random,
    intervalMs: options.intervalMs,
    history,
    gate,
    say: told,
  });
  const reasons: string[] = [];
  const failed = schedule.failed.catch((error: unknown) => {
    reasons.push(`a fault could not be undone: ${String(error)}`);
  });
  const over = delay(options.minutes * 60_000, undefined, { signal: options.signal }).catch(() => {
    reasons.push('it was interrupted');
  });
  await Promise.race([over, failed]);
  told('the faults end');
  await schedule.stop().catch(() => undefined);
  await rolls?.stop();
  await recover(cluster, reasons);
  told('the cluster is whole again');
  await Promise.all(clients.map((each) => each.stop()));
  try {
    for (const each of clients) await each.readFinally();
    await replicasAgree(cluster, options.workloads);
  } catch (error) {
    reasons.push(String(error));
  }
  history.close();
  const termAfter = (await cluster.leader())?.term ?? 0;
  const reports = await check(history.file);
  return {
    directory,
    history: history.file,
    workloads: reports,
    faults: Object.fromEntries(schedule.counts),
    rolls: rolls?.counts ?? { completed: 0, failed: 0 },
    elections: termAfter - termBefore,
    refusals: sum(clients.map((each) => each.refusals)),
    reasons: [
      ...reasons,
      ...reports.flatMap((each) => reasonsIn(each, options.floorPerSecond * options.minutes * 60)),
      ...[...clients.flatMap((each) => [...each.unexpected])].map(
        ([error, count]) => `unexpected error, ${count}×: ${error}`,
      ),
      ...(rolls !== undefined && rolls.counts.completed === 0
        ? ['no rolling change of encryption came to its end']
        : []),
    ],
  };
}

/** All processes run and serve, whatever was left. */
async function recover(cluster: NemesisCluster, reasons: string[]): Promise<void> {
  for (const node of cluster.nodes) cluster.signal(node, 'SIGCONT');
  cluster.clearSlowDisks();
  await cluster.network.heal();
  try {
    await cluster.up();
  } catch (error) {
    reasons.push(`the cluster did not recover: ${String(error)}`);
  }
}

/** In a process of its own, which sees nothing but the file. */
async function check(file: string): Promise<readonly WorkloadReport[]> {
  const { code, stdout, stderr } = await runProgram(
    process.execPath,
    ['--max-old-space-size=4096', CHECK, '--json', file],
    { timeoutMs: CHECK_TIMEOUT_MS },
  );
  if (code !== 0 && code !== 1) throw new Error(`the check of ${file} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as WorkloadReport[];
}

function reasonsIn({ workload, ok, verdict }: WorkloadReport, floor: number): string[] {
  const reasons: string[] = [];
  if (verdict.valid === 'unknown') reasons.push(`${workload}: not decided (${verdict.notes.join('; ')})`);
  if (verdict.valid === false) {
    const kinds = new Map(verdict.violations.map(({ kind, count = 1 }) => [kind, count]));
    reasons.push(`${workload}: ${[...kinds].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  }
  if (ok < floor)
    reasons.push(
      `${workload}: only ${ok} successful operations, too few to tell anything (${Math.round(floor)})`,
    );
  return reasons;
}

function sum(counts: readonly ReadonlyMap<string, number>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((each) => [...each])) total[name] = (total[name] ?? 0) + count;
  return total;
}
