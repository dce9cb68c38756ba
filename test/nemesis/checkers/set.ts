import type { Operation } from '../history.ts';
import type { SetRow } from '../workloads/set.ts';
import { Findings, type Verdict } from './verdict.ts';

/**
 * At the end, through each node: every acknowledged element once and under the number that its insert was told, none
 * that was refused, none that nobody inserted.
 */
export function checkSet(operations: readonly Operation[]): Verdict {
  const findings = new Findings();
  const adds = operations.filter(({ f }) => f === 'add') as Operation<number, number>[];
  const finals = operations.filter(({ f, outcome }) => f === 'final' && outcome === 'ok') as Operation<
    null,
    readonly SetRow[]
  >[];
  if (finals.length === 0) findings.add('no final read', 'nobody read the set after the faults');
  const lost = new Set<number>();
  let revived = 0;
  for (const { result: rows = [], node } of finals) {
    const numbers = Map.groupBy(rows, ([, element]) => element);
    const known = new Set<number>();
    for (const add of adds) {
      const element = add.value;
      known.add(element);
      const there = numbers.get(element) ?? [];
      if (add.outcome === 'ok' && there.length === 0) {
        lost.add(element);
        findings.add(
          'lost element',
          `${element}, acknowledged at ${Math.round(add.endMs)} ms by ${add.node}, not at ${node}`,
        );
      }
      if (there.length > 1)
        findings.add('twice', `${element} (${add.outcome}) at ${node}: rows ${there.map(([n]) => n)}`);
      if (add.outcome === 'fail' && there.length > 0) {
        findings.add(
          'refused and there',
          `${element} (${add.error}, ${Math.round(add.endMs)} ms) at ${node}`,
        );
      }
      if (add.outcome === 'ok' && there.length === 1 && there[0]?.[0] !== add.result) {
        findings.add(
          'another number',
          `${element} was told ${add.result} and is ${there[0]?.[0]} at ${node}`,
        );
      }
      if (add.outcome === 'info' && there.length > 0) revived += 1;
    }
    for (const element of numbers.keys())
      if (!known.has(element)) findings.add('from nowhere', `${element} at ${node}`);
  }
  checkSame(finals, findings);
  const unknown = adds.filter((add) => add.outcome === 'info').length;
  return {
    valid: findings.violations().length === 0,
    lost: lost.size,
    violations: findings.violations(),
    notes: [
      `of ${unknown} elements of unknown fate ${Math.round(revived / Math.max(1, finals.length))} are there`,
    ],
  };
}

function checkSame(finals: readonly Operation<null, readonly SetRow[]>[], findings: Findings): void {
  const [first, ...others] = finals;
  for (const other of others) {
    if (JSON.stringify(other.result) === JSON.stringify(first?.result)) continue;
    findings.add('nodes differ', `${first?.node} and ${other.node} give different sets`);
  }
}
