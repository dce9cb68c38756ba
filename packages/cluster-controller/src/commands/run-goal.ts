import { createInterface } from 'node:readline/promises';
import { ObError } from '@sealane/errors';
import { type ClientCounts, ClientWatch } from '../client-watch.ts';
import { type ExecutionResult, execute, type StopReason } from '../execute.ts';
import { type Goal, goalName } from '../goal.ts';
import { Journal, type RunOptions } from '../journal.ts';
import { takeLocalLease } from '../lease/local-lease.ts';
import { withClusterLease } from '../lease/with-lease.ts';
import { LoggedProgress } from '../logged-progress.ts';
import { type OverrideRequest, overrideOf, waive } from '../override.ts';
import { describeFinding, type Finding } from '../preflight/finding.ts';
import { type Preflight, preflight, preflightWallets } from '../preflight/preflight.ts';
import { RecordedProgress } from '../recorded-progress.ts';
import { planText, resultJson, resultText } from '../report.ts';
import { StopRequests } from '../stop-request.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { nextSteps, withNextSteps } from './next-steps.ts';
import { recordRun } from './record-run.ts';
import { StopSwitch } from './stop-switch.ts';
import { type Cluster, paintFor, printJson, progressFor, type Surroundings } from './surroundings.ts';

export interface RunRequest {
  readonly goal: Goal;
  /** Ask nothing. */
  readonly yes: boolean;
  readonly options?: Partial<RunOptions> | undefined;
  /** The one node whose restart is its cure. */
  readonly override?: OverrideRequest | undefined;
  /** Go no further than to where no node is down. */
  readonly onlyToSafety?: StopReason;
}

/** One second shows a crash right after the start; whoever has the time says more. */
export const DEFAULT_OPTIONS: RunOptions = { soakMs: 1_000, errorBudget: 5 };

/** Looks, asks if it may, climbs the ladder, reports. @returns the exit code */
export async function runGoal(around: Surroundings, cluster: Cluster, request: RunRequest): Promise<number> {
  const startedAt = performance.now();
  const { goal } = request;
  const paths = pathsUnder(around.baseDirectory);
  const giveBack = takeLocalLease(paths.lease);
  try {
    const journal = new Journal(paths.journal);
    const resumes = isUnfinished(journal, goal);
    const looked =
      resumes || goal.kind === 'back-out'
        ? { view: await cluster.observe(), findings: [], pairs: [] }
        : await lookFirst(around, cluster, request, journal.unfinishedRoll() !== undefined);
    const { result, clients } = await withNextSteps(around, journal, () =>
      withClusterLease(cluster, goalName(goal), (observe) =>
        climb(around, { ...cluster, observe }, { ...request, resumes }, journal, looked),
      ),
    );
    const elapsedMs = performance.now() - startedAt;
    if (around.options.json === true)
      printJson(around, { ...resultJson(cluster.target, result, elapsedMs), clients });
    else around.output.write(resultText(goal, result, { elapsedMs, clients, paint: paintFor(around) }));
    if (result.stopped === undefined || request.onlyToSafety !== undefined) return 0;
    if (around.options.json !== true) around.output.write(`${nextSteps(around, journal)}\n`);
    return 1;
  } finally {
    giveBack();
  }
}

function isUnfinished(journal: Journal, goal: Goal): boolean {
  const name = journal.unfinishedRoll()?.goal ?? goalNameOf(journal.unfinishedRun()?.goal);
  return name === goalName(goal) || goalNameOf(journal.unfinishedRun()?.goal) === goalName(goal);
}

function goalNameOf(goal: Goal | undefined): string | undefined {
  return goal === undefined ? undefined : goalName(goal);
}

async function climb(
  around: Surroundings,
  cluster: Cluster,
  request: RunRequest & { readonly resumes: boolean },
  journal: Journal,
  looked: Preflight,
): Promise<{ result: ExecutionResult; clients: ClientCounts | null }> {
  const { goal, resumes } = request;
  const paths = pathsUnder(around.baseDirectory);
  const options = optionsOf(cluster, request);
  const requests = new StopRequests(paths.stopRequest);
  const plan = { goal, resumes, ...looked };
  let clients: ClientCounts | null = null;
  const result = await recordRun(paths.runs, cluster, plan, async (record) => {
    const progress = new LoggedProgress(
      around.openLog(),
      new RecordedProgress(record, looked.view, progressFor(around)),
    );
    const say = (text: string) => progress.say(text);
    sayWhatIsUnfinished(journal, goal, say);
    const watch = await watchClients(cluster, say);
    const stop = new StopSwitch({ requests, watch, errorBudget: options.errorBudget, say });
    try {
      return await execute({
        goal,
        journal,
        progress,
        steps: { target: cluster.target, sql: cluster.sql },
        observe: cluster.observe,
        options,
        stopWanted: () => request.onlyToSafety ?? stop.wanted(),
      });
    } finally {
      stop.close();
      clients = (await watch?.end()) ?? null;
      progress.close();
    }
  });
  return { result, clients };
}

/** An override holds for the run that it is given to, and for no other that goes on with it. */
function optionsOf({ target }: Cluster, { options, override }: RunRequest): RunOptions {
  const { override: _earlier, ...rest } = { ...DEFAULT_OPTIONS, ...options };
  return override === undefined ? rest : { ...rest, override: overrideOf(target, override) };
}

function sayWhatIsUnfinished(journal: Journal, goal: Goal, say: (text: string) => void): void {
  const name = journal.unfinishedRoll()?.goal ?? goalNameOf(journal.unfinishedRun()?.goal);
  if (name === undefined) return;
  const same = name === goalName(goal);
  say(
    `"${name}" was interrupted; ${same ? 'taking it up where it was' : 'what it left down comes back first'}`,
  );
}

/** Without somebody to write the roll is as safe as before, only less is known of it. */
async function watchClients(cluster: Cluster, say: (text: string) => void): Promise<ClientWatch | undefined> {
  const { ways, throughProxy } = await cluster.clientWays();
  const watch = new ClientWatch(ways, !throughProxy);
  try {
    await watch.begin();
    return watch;
  } catch (error) {
    await watch.end();
    say(
      `no statement of the controller's own goes along: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

/** @throws ObError OB_OP_NOT_ALLOW when something is missing or the person says no */
async function lookFirst(
  around: Surroundings,
  cluster: Cluster,
  request: RunRequest,
  mending: boolean,
): Promise<Preflight> {
  const { goal, yes } = request;
  // What another, interrupted run left behind (a stopped node) is mended before this goal's own first step.
  const found = mending ? await preflightWallets(goal, cluster) : await preflight(goal, cluster);
  const { view, findings } = found;
  const { override } = optionsOf(cluster, request);
  const missing = waive(findings, cluster.target, override).filter((finding) => !finding.fits);
  if (missing.length > 0) throw refused(missing);
  if (yes) return found;
  if (around.input.isTTY !== true || around.options.json === true) {
    const message = 'nobody is there to be asked; add --yes to go on without a question';
    throw new ObError('OB_OP_NOT_ALLOW', [], { message });
  }
  around.output.write(`${planText(goal, view, findings, paintFor(around))}\n\n`);
  if (!(await agreed(around))) throw new ObError('OB_OP_NOT_ALLOW', [], { message: 'nothing was changed' });
  return found;
}

async function agreed(around: Surroundings): Promise<boolean> {
  const questions = createInterface({ input: around.input, output: around.output });
  try {
    return /^y(es)?$/i.test((await questions.question('Go on? [y/N] ')).trim());
  } finally {
    questions.close();
  }
}

function refused(missing: readonly Finding[]): ObError {
  const reasons = missing.map(describeFinding);
  return new ObError('OB_OP_NOT_ALLOW', [], { message: `nothing was changed. ${reasons.join('; ')}` });
}
