import { ObError } from '@sealane/errors';
import { goalName } from '../goal.ts';
import type { RunOptions } from '../journal.ts';
import type { OverrideRequest } from '../override.ts';
import { StopRequests } from '../stop-request.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { runGoal } from './run-goal.ts';
import { type Cluster, printJson, type Surroundings } from './surroundings.ts';
import { atWork, unfinishedRun } from './under-way.ts';

/**
 * Goes on with the run that was begun last and is not over: with its goal, and its options where no others are given. A pause that has
 * not taken effect yet is withdrawn.
 *
 * @returns the exit code
 */
export async function resume(
  around: Surroundings,
  cluster: Cluster,
  options: Partial<RunOptions>,
  override: OverrideRequest | undefined,
): Promise<number> {
  const holder = atWork(around);
  if (holder !== undefined) return withdrawPause(around, holder);
  const run = unfinishedRun(around);
  const request = { goal: run.goal, options: { ...run.options, ...options }, override, yes: true };
  return runGoal(around, cluster, request);
}

function withdrawPause(around: Surroundings, holder: number): number {
  const requests = new StopRequests(pathsUnder(around.baseDirectory).stopRequest);
  if (requests.pending(holder) !== 'pause') {
    const message = `another controller (process ${holder}) is at work on this cluster, and nobody asked it to pause`;
    throw new ObError('OB_OP_NOT_ALLOW', [], { message, details: { holder } });
  }
  requests.withdraw();
  const text = `the pause is withdrawn; process ${holder} goes on with ${goalName(unfinishedRun(around).goal)}`;
  if (around.options.json === true) printJson(around, { resumed: true, text });
  else around.output.write(`${text}\n`);
  return 0;
}
