import { goalName } from '../goal.ts';
import { Journal } from '../journal.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { nextSteps } from './next-steps.ts';
import { runGoal } from './run-goal.ts';
import { type Cluster, printJson, type Surroundings } from './surroundings.ts';
import { askToStop, atWork, unfinishedRun } from './under-way.ts';

/**
 * Stops the run that is under way where no node is down. A run whose controller died is brought to such a place first.
 *
 * @returns the exit code
 */
export async function pause(around: Surroundings, cluster: Cluster): Promise<number> {
  if (atWork(around) === undefined) return bringToSafety(around, cluster);
  await askToStop(around, 'pause');
  const journal = new Journal(pathsUnder(around.baseDirectory).journal);
  const run = journal.unfinishedRun();
  const paused = run?.end?.outcome === 'stopped';
  const text =
    run === undefined
      ? 'nothing is under way: the run had not begun yet, or is over'
      : paused
        ? `${goalName(run.goal)} is paused, no node is down`
        : `${goalName(run.goal)} ended before it could be paused: ${run.end?.reason ?? 'its controller was killed'}`;
  if (around.options.json === true) printJson(around, { paused, text });
  else around.output.write(`${[text, nextSteps(around, journal)].filter(Boolean).join('\n')}\n`);
  return run === undefined || paused ? 0 : 1;
}

async function bringToSafety(around: Surroundings, cluster: Cluster): Promise<number> {
  const { goal, options } = unfinishedRun(around);
  const onlyToSafety = { when: 'safely', reason: 'it was paused' } as const;
  return runGoal(around, cluster, { goal, options, yes: true, onlyToSafety });
}
