import { createInterface } from 'node:readline/promises';
import { ObError } from '@sealane/errors';
import { type ExecutionResult, execute } from '../execute.ts';
import { type Goal, goalName } from '../goal.ts';
import { Journal } from '../journal.ts';
import { takeLease } from '../lease.ts';
import { LoggedProgress } from '../logged-progress.ts';
import { describeFinding, type Finding } from '../preflight/finding.ts';
import { type Preflight, preflight, preflightWallets } from '../preflight/preflight.ts';
import type { Progress } from '../progress.ts';
import { RecordedProgress } from '../recorded-progress.ts';
import { planText, resultJson, resultText } from '../report.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { recordRun } from './record-run.ts';
import { type Cluster, paintFor, printJson, progressFor, type Surroundings } from './surroundings.ts';

/** Looks, asks if it may, climbs the ladder, reports. */
export async function runGoal(
  around: Surroundings,
  cluster: Cluster,
  goal: Goal,
  yes: boolean,
): Promise<number> {
  const startedAt = performance.now();
  const paths = pathsUnder(around.baseDirectory);
  const giveBack = takeLease(paths.lease);
  try {
    const journal = new Journal(paths.journal);
    const unfinished = journal.unfinishedRoll();
    const resumes = unfinished?.goal === goalName(goal);
    const looked = resumes
      ? { view: await cluster.observe(), findings: [], pairs: [] }
      : await lookFirst(around, cluster, goal, { yes, mending: unfinished !== undefined });
    const plan = { goal, resumes, ...looked };
    const result = await recordRun(paths.runs, cluster, plan, (record) =>
      climb(around, cluster, goal, journal, new RecordedProgress(record, looked.view, progressFor(around))),
    );
    const elapsedMs = performance.now() - startedAt;
    if (around.options.json === true) printJson(around, resultJson(cluster.target, result, elapsedMs));
    else around.output.write(resultText(goal, result, elapsedMs, paintFor(around)));
    return 0;
  } finally {
    giveBack();
  }
}

async function climb(
  around: Surroundings,
  cluster: Cluster,
  goal: Goal,
  journal: Journal,
  watcher: Progress,
): Promise<ExecutionResult> {
  const progress = new LoggedProgress(around.openLog(), watcher);
  try {
    const unfinished = journal.unfinishedRoll();
    if (unfinished !== undefined)
      progress.say(`"${unfinished.goal}" was interrupted; taking it up where it was`);
    const steps = { target: cluster.target, sql: cluster.sql };
    const options = { soakMs: 1_000, errorBudget: 5 };
    return await execute({ goal, journal, progress, steps, observe: cluster.observe, options });
  } finally {
    progress.close();
  }
}

/** @throws ObError OB_OP_NOT_ALLOW when something is missing or the person says no */
async function lookFirst(
  around: Surroundings,
  cluster: Cluster,
  goal: Goal,
  { yes, mending }: { yes: boolean; mending: boolean },
): Promise<Preflight> {
  // What another, interrupted run left behind (a stopped node) is mended before this goal's own first step.
  const found = mending ? await preflightWallets(goal, cluster) : await preflight(goal, cluster);
  const { view, findings } = found;
  const missing = findings.filter((finding) => !finding.fits);
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
