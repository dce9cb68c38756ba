import { isObError } from '@sealane/errors';
import type { ClusterView } from '../cluster-view.ts';
import type { ExecutionResult } from '../execute.ts';
import { readLinkRows } from '../link-rows.ts';
import { statusJson } from '../report.ts';
import { type RunOutcome, type RunPlan, type RunReading, RunRecord } from '../run-record.ts';
import type { Cluster } from './surroundings.ts';

/**
 * Runs it, and keeps what was planned, seen before, done, and seen after: nodes begin their ledgers anew when they are restarted,
 * so that nobody else could tell later what went in clear before.
 *
 * @param runs  the directory of all runs
 */
export async function recordRun(
  runs: string,
  cluster: Cluster,
  plan: RunPlan,
  run: (record: RunRecord) => Promise<ExecutionResult>,
): Promise<ExecutionResult> {
  const record = RunRecord.begin(runs, plan, await readingOf(cluster, plan.view));
  try {
    const result = await run(record);
    const { stopped, view } = result;
    const outcome = stopped === undefined ? 'done' : 'stopped';
    record.end({ outcome, reason: stopped?.reason ?? null }, await readingOf(cluster, view));
    return result;
  } catch (error) {
    record.end(failureOf(error), await lastReading(cluster));
    throw error;
  }
}

async function readingOf(cluster: Cluster, view: ClusterView): Promise<RunReading> {
  const { target, sql } = cluster;
  return { status: statusJson(target, view), ledgers: await readLinkRows(view, sql, target.proxies) };
}

async function lastReading(cluster: Cluster): Promise<RunReading | undefined> {
  try {
    return await readingOf(cluster, await cluster.observe());
  } catch {
    return undefined; // What ended the run is what people want to know of, not this.
  }
}

function failureOf(error: unknown): RunOutcome {
  const reason = error instanceof Error ? error.message : String(error);
  return { outcome: isObError(error) ? error.name : 'failed', reason };
}
