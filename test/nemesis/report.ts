import type { WorkloadReport } from './checkers/check-history.ts';
import type { RunReport } from './run.ts';

const VIOLATIONS_TOLD_MAX = 12;

/** What a run has shown, for people. */
export function reportLines(report: RunReport): readonly string[] {
  const faults = Object.entries(report.faults);
  const total = faults.reduce((sum, [, count]) => sum + count, 0);
  const { completed, failed } = report.rolls;
  return [
    '',
    ...report.workloads.flatMap(workloadLines),
    `faults        ${total}: ${faults.map(([kind, count]) => `${kind} ${count}`).join('; ')}`,
    ...(completed + failed === 0 ? [] : [`encryption    ${completed} rolls done, ${failed} not`]),
    `elections     ${report.elections}`,
    `refused       ${countsText(report.refusals)}`,
    ...report.reasons.map((reason) => `WRONG         ${reason}`),
  ];
}

export function workloadLines(report: WorkloadReport): readonly string[] {
  const { workload, operations, ok, verdict } = report;
  const { valid } = verdict;
  const name = valid === true ? 'valid' : valid === false ? 'INVALID' : 'NOT DECIDED';
  return [
    `${workload.padEnd(13)} ${operations} operations, ${ok} ok, acknowledged lost ${verdict.lost}: ${name} (${verdict.notes.join('; ')})`,
    `  failed      ${countsText(report.failures)}`,
    `  unknown     ${countsText(report.unknown)}`,
    `  longest gap ${report.longestGapMs} ms without a successful write`,
    ...verdict.violations
      .slice(0, VIOLATIONS_TOLD_MAX)
      .map(({ kind, what, count }) => `  ${kind} (${count ?? 1}): ${what}`),
  ];
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).toSorted((a, b) => b[1] - a[1]);
  if (entries.length === 0) return 'none';
  const total = entries.reduce((sum, [, count]) => sum + count, 0);
  return `${total}: ${entries.map(([name, count]) => `${name} ${count}`).join('; ')}`;
}
