import type { Operation } from '../history.ts';
import type { RegisterValue } from '../workloads/register.ts';
import { checkLinearizability, type Event } from './linearizability.ts';
import { Findings, type Verdict } from './verdict.ts';

type RegisterOperation = Operation<RegisterValue, number | boolean | null>;

/** No row. */
const ABSENT = -1;

/** Each key by itself must be a register: linearizability is local. */
export function checkRegister(operations: readonly Operation[], stepsMax?: number): Verdict {
  const findings = new Findings();
  let gaveUp = 0;
  const byKey = Map.groupBy(operations as RegisterOperation[], (operation) => operation.value.key);
  for (const [key, all] of byKey) {
    const relevant = all.filter(isRelevant);
    const slim = withoutUnseen(relevant);
    let result = checkLinearizability(slim.map(eventOf), ABSENT, stepsMax);
    // What was left out might be what explains it.
    if (result.kind !== 'linearizable' && slim.length < relevant.length) {
      result = checkLinearizability(relevant.map(eventOf), ABSENT, stepsMax);
    }
    if (result.kind === 'gave-up') gaveUp += 1;
    if (result.kind === 'impossible') {
      const order = result.order.slice(-8).join('; ');
      findings.add(
        'not linearizable',
        `key ${key}: after … ${order} — none of these can follow: ${result.stuck.join('; ')}`,
      );
    }
  }
  const impossible = findings.count('not linearizable');
  const notes = [`${byKey.size} keys`];
  if (gaveUp > 0) notes.push(`${gaveUp} keys were not decided: the search took too long`);
  const valid = impossible > 0 ? false : gaveUp > 0 ? 'unknown' : true;
  return { valid, lost: 0, violations: findings.violations(), notes };
}

/** What did not happen, and reads whose result nobody saw, say nothing. */
function isRelevant({ outcome, f }: RegisterOperation): boolean {
  return outcome === 'ok' || (outcome === 'info' && f !== 'read');
}

/** A write of unknown end whose value nobody saw could as well be last of all, after everything: it doesn't matter. */
function withoutUnseen(operations: readonly RegisterOperation[]): readonly RegisterOperation[] {
  const seen = new Set<unknown>();
  for (const { f, value, result } of operations) {
    if (f === 'read') seen.add(result);
    if (f === 'cas') seen.add(value.expected);
  }
  return operations.filter(({ outcome, value }) => outcome === 'ok' || seen.has(value.value));
}

function eventOf(operation: RegisterOperation): Event<number> {
  const { startMs, endMs } = operation;
  return { startMs, endMs, name: nameOf(operation), step: (state) => step(operation, state) };
}

function step({ f, value, result, outcome }: RegisterOperation, state: number): number | undefined {
  const written = value.value ?? ABSENT;
  switch (f) {
    case 'read':
      return (result ?? ABSENT) === state ? state : undefined;
    case 'write':
      return written;
    default:
      if (outcome === 'info') return value.expected === state ? written : state;
      if (result === true) return value.expected === state ? written : undefined;
      return value.expected === state ? undefined : state;
  }
}

function nameOf({ f, value, result, outcome, process, startMs, endMs, node }: RegisterOperation): string {
  const what =
    f === 'read'
      ? `read ${result ?? 'nothing'}`
      : f === 'write'
        ? `write ${value.value}`
        : `cas ${value.expected} to ${value.value} (${outcome === 'info' ? '?' : result})`;
  const end = endMs === Infinity ? '?' : Math.round(endMs);
  return `${what} [${Math.round(startMs)}–${end} ms, process ${process}, ${node}]`;
}
