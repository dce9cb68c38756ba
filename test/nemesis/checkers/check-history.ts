import {
  type HistoryLine,
  type Operation,
  operationsIn,
  readHistory,
  type WorkloadName,
} from '../history.ts';
import { checkAppend } from './append.ts';
import { checkBank } from './bank.ts';
import { checkRegister } from './register.ts';
import { checkSet } from './set.ts';
import type { Verdict } from './verdict.ts';

/** Everything that a history tells about one workload. */
export interface WorkloadReport {
  readonly workload: WorkloadName;
  readonly operations: number;
  readonly ok: number;
  readonly okWrites: number;
  /** Certainly without effect, by class. */
  readonly failures: Readonly<Record<string, number>>;
  /** Nobody knows, by class. */
  readonly unknown: Readonly<Record<string, number>>;
  /** The longest time without a successful write. */
  readonly longestGapMs: number;
  readonly verdict: Verdict;
}

const CHECKERS: Readonly<Record<WorkloadName, (operations: readonly Operation[]) => Verdict>> = {
  register: checkRegister,
  append: checkAppend,
  bank: checkBank,
  set: checkSet,
};

/** Reads the file that a run has left; knows nothing else of that run. */
export function checkHistory(file: string): readonly WorkloadReport[] {
  const lines = readHistory(file);
  const present = new Set(lines.map((line) => line.workload));
  return (Object.keys(CHECKERS) as WorkloadName[])
    .filter((workload) => present.has(workload))
    .map((workload) => reportOf(workload, lines));
}

function reportOf(workload: WorkloadName, lines: readonly HistoryLine[]): WorkloadReport {
  const operations = operationsIn(lines, workload);
  const writes = operations.filter((operation) => operation.outcome === 'ok' && isWrite(operation));
  return {
    workload,
    operations: operations.length,
    ok: operations.filter(({ outcome }) => outcome === 'ok').length,
    okWrites: writes.length,
    failures: countByError(operations, 'fail'),
    unknown: countByError(operations, 'info'),
    longestGapMs: longestGap(writes),
    verdict: CHECKERS[workload](operations),
  };
}

function isWrite({ f, value }: Operation): boolean {
  if (f === 'txn') return (value as { steps: { f: string }[] }).steps.some((step) => step.f === 'append');
  return !/read$|^final$/.test(f);
}

function countByError(operations: readonly Operation[], outcome: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const operation of operations) {
    if (operation.outcome !== outcome) continue;
    const name = operation.error ?? 'the history ends';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function longestGap(writes: readonly Operation[]): number {
  const ends = writes.map((write) => write.endMs).toSorted((a, b) => a - b);
  let longest = 0;
  for (const [index, end] of ends.entries()) longest = Math.max(longest, end - (ends[index - 1] ?? end));
  return Math.round(longest);
}
