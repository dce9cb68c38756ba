import type { Goal } from '../goal.ts';
import type { RunOptions } from '../journal.ts';
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
  const goal: Goal =
    run.goal.kind === 'back-out' ? run.goal : { kind: 'back-out', of: run.goal.kind, before: run.before };
  return runGoal(around, cluster, { goal, options: { ...run.options, ...options }, yes: true });
}
