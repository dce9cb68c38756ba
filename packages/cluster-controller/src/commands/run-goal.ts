import { createInterface } from 'node:readline/promises';
import { ObError } from '@sealane/errors';
import { goalName } from '../goal.ts';
import { Journal } from '../journal.ts';
import { takeLocalLease } from '../lease/local-lease.ts';
import { withClusterLease } from '../lease/with-lease.ts';
import { waive } from '../override.ts';
import { describeFinding, type Finding } from '../preflight/finding.ts';
import { type Preflight, preflight, preflightWallets } from '../preflight/preflight.ts';
import { planText, resultJson, resultText } from '../report.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { climb, optionsOf, type RunRequest, unfinishedName } from './climb.ts';
import { nextSteps, withNextSteps } from './next-steps.ts';
import { type Cluster, paintFor, printJson, type Surroundings } from './surroundings.ts';

/** Looks, asks if it may, climbs the ladder, reports. @returns the exit code */
export async function runGoal(around: Surroundings, cluster: Cluster, request: RunRequest): Promise<number> {
  const startedAt = performance.now();
  const { goal } = request;
  const paths = pathsUnder(around.baseDirectory);
  const giveBack = takeLocalLease(paths.lease);
  try {
    const journal = new Journal(paths.journal);
    const resumes = unfinishedName(journal) === goalName(goal);
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
