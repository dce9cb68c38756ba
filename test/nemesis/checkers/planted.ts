import type { Operation, Outcome, WorkloadName } from '../history.ts';
import type { Verdict } from './verdict.ts';

/** For tests: histories written by hand. */

/** An operation in short: [process, from, to, f, value, outcome, result]. */
export type Short = readonly [
  process: number,
  startMs: number,
  endMs: number,
  f: string,
  value: unknown,
  outcome: Outcome,
  result?: unknown,
];

export function history(workload: WorkloadName, shorts: readonly Short[]): Operation[] {
  return shorts.map(([process, startMs, endMs, f, value, outcome, result], index) => ({
    index,
    process,
    workload,
    f,
    node: `observer-${(process % 3) + 1}`,
    value,
    result: outcome === 'ok' ? result : undefined,
    outcome,
    error: outcome === 'ok' ? undefined : 'planted',
    startMs,
    endMs: outcome === 'info' ? Infinity : endMs,
  }));
}

export function kinds(verdict: Verdict): readonly string[] {
  return [...new Set(verdict.violations.map(({ kind }) => kind))].toSorted();
}
