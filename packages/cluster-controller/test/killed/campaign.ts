import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute } from '../../src/execute.ts';
import { type Goal, goalName } from '../../src/goal.ts';
import { Journal } from '../../src/journal.ts';
import { observe } from '../../src/observe.ts';
import { SqlAccess } from '../../src/sql-access.ts';
import { TenantProbe } from '../../src/tenant-probe.ts';
import { silent } from '../../src/watchers.ts';
import { FakeClock } from '../fake-clock.ts';
import type { FakeCluster } from '../fake-cluster.ts';
import { DEATHS, type Death, MortalJournal } from './mortal-journal.ts';
import type { Scenario } from './scenarios.ts';

/** Three readings of this make the longest window of gates.ts. */
const READING_INTERVAL_MS = 250;
/** A run has fewer lines than this. */
const LINES_MAX = 1_000;

export interface CampaignResult {
  /** Lines of an undisturbed run. */
  readonly positions: number;
  /** Sentences about what was not as it should be, and where the controller had died. */
  readonly wrong: readonly string[];
}

/** Kills the controller at every line of its journal, before it, amid it and after it, and goes on as the scenario says. */
export async function killEverywhere(scenario: Scenario): Promise<CampaignResult> {
  const files = new Files();
  try {
    const positions = await linesOf(scenario, files.next());
    const wrong: string[] = [];
    for (let position = 1; position <= positions; position += 1) {
      for (const death of scenario.deaths ?? DEATHS)
        wrong.push(...(await killOnce(scenario, files.next(), { position, positions, death })));
    }
    return { positions, wrong };
  } finally {
    files.remove();
  }
}

async function killOnce(
  scenario: Scenario,
  file: string,
  at: { readonly position: number; readonly positions: number; readonly death: Death },
): Promise<readonly string[]> {
  const { position, positions, death } = at;
  const cluster = await clusterOf(scenario);
  await dieAt(cluster, scenario.goal, new MortalJournal(file, position, death));
  // With the last line on disk the run is over: starting again would be another one.
  const over = position === positions && death === 'after';
  if (over && scenario.next !== undefined) return [];
  const second = over ? undefined : secondGoal(scenario, new Journal(file));
  if (second === undefined && !over && cluster.changes.length > 0)
    return [`${death} line ${position}: what was changed is in no journal`];
  if (second !== undefined) {
    // Dies once more where that is asked for, at a line that differs from one position to the next.
    if (scenario.diesTwice === true)
      await dieAt(cluster, second, new MortalJournal(file, 1 + (position % 40), death));
    await run(cluster, scenario.last ?? second, new Journal(file));
  }
  const faults = faultsOf(cluster, scenario);
  if (!over && new Journal(file).unfinishedRun() !== undefined)
    faults.push('the journal has no end of the run');
  return faults.map((fault) => `${death} line ${position}: ${fault}`);
}

/** Undefined when there is nothing to go on with: the controller died before it had begun. */
function secondGoal({ goal, next }: Scenario, journal: Journal): Goal | undefined {
  if (next !== 'back out') return next ?? goal;
  const begun = journal.unfinishedRun();
  if (begun === undefined) return undefined;
  if (goal.kind === 'back-out') return goal;
  return { kind: 'back-out', of: goal.kind, before: begun.before };
}

async function run(cluster: FakeCluster, goal: Goal, journal: Journal): Promise<void> {
  const sql = new SqlAccess(cluster.dial);
  const probe = new TenantProbe(cluster.dial);
  await execute({
    goal,
    journal,
    progress: silent,
    steps: { target: cluster, sql },
    observe: (depth) => observe(cluster, sql, probe, depth),
    clock: new FakeClock(),
    readingIntervalMs: READING_INTERVAL_MS,
    options: { soakMs: 500, errorBudget: 0 },
  });
}

/** A run that is over before its death has come to its end, and no harm. */
async function dieAt(cluster: FakeCluster, goal: Goal, journal: MortalJournal): Promise<void> {
  try {
    await run(cluster, goal, journal);
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'killed') throw error;
  }
}

async function clusterOf({ cluster, after }: Scenario): Promise<FakeCluster> {
  const made = cluster();
  if (after === undefined) return made;
  const files = new Files();
  await run(made, after, new Journal(files.next()));
  files.remove();
  made.changes.length = 0;
  return made;
}

async function linesOf(scenario: Scenario, file: string): Promise<number> {
  const journal = new MortalJournal(file, LINES_MAX, 'before');
  await run(await clusterOf(scenario), scenario.goal, journal);
  return LINES_MAX - journal.left;
}

function faultsOf(cluster: FakeCluster, { goal, end, starts }: Scenario): string[] {
  const found = JSON.stringify(stateOf(cluster));
  const started = JSON.stringify(cluster.members.map((node) => node.starts));
  const faults = [...cluster.violations];
  if (found !== JSON.stringify(end)) faults.push(`${goalName(goal)} led to ${found}`);
  if (starts !== undefined && started !== JSON.stringify(starts))
    faults.push(`nodes were started ${started} times`);
  return faults;
}

function stateOf(cluster: FakeCluster): Scenario['end'] {
  return {
    modes: [...new Set(cluster.linkModes())],
    linkCount: cluster.linkModes().length,
    parameters: [...new Set(cluster.members.map(({ parameters }) => JSON.stringify(parameters)))],
    requires: [...cluster.requiresTls.values()],
    proxies: cluster.fronts.map(({ config }) => config),
    downCount: cluster.members.filter(({ running, stopTime }) => !running || stopTime !== null).length,
  };
}

/** Journals, in memory where there is a place for it: some ten thousand lines are forced to disk. */
class Files {
  readonly #directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sealane-killed-'));
  #count = 0;

  next(): string {
    this.#count += 1;
    return join(this.#directory, `${this.#count}.jsonl`);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
