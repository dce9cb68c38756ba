import type { Goal } from '../goal.ts';
import type { RunOptions, UnfinishedRun } from '../journal.ts';
import { runGoal } from './run-goal.ts';
import type { Cluster, Surroundings } from './surroundings.ts';
import { askToStop, unfinishedRun } from './under-way.ts';

/**
 * Leads the cluster back to where the run that is under way found it, from whatever rung that has reached. A controller that is at
 * work on it hands over; the node it had in hand is brought back first.
 *
 * @returns the exit code
 */
export async function backOut(
  around: Surroundings,
  cluster: Cluster,
  options: Partial<RunOptions>,
): Promise<number> {
  unfinishedRun(around); // Refuses before anybody is stopped.
  await askToStop(around, 'hand over');
  const run = unfinishedRun(around);
  const goal = backOf(run);
  return runGoal(around, cluster, { goal, options: { ...run.options, ...options }, yes: true });
}

function backOf({ goal, before }: UnfinishedRun): Goal {
  if (goal.kind === 'back-out') return goal;
  const strategy = goal.kind === 'restart' ? undefined : goal.strategy;
  return { kind: 'back-out', of: goal.kind, before, ...(strategy === undefined ? {} : { strategy }) };
}
