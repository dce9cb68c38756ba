import type { Operation } from '../history.ts';
import type { AppendValue, Step } from '../workloads/append.ts';

export type AppendOperation = Operation<AppendValue, AppendValue>;

/** Steps that are promised to happen at one moment. */
export interface Unit {
  readonly operation: AppendOperation;
  readonly steps: readonly Step[];
  readonly startMs: number;
  readonly endMs: number;
  /** Units of one transaction follow one another. */
  readonly position: number;
}

/**
 * What READ COMMITTED and REPEATABLE READ promise here, put as units that must be strictly serializable:
 *
 * - A statement alone is a unit.
 * - From its first write on, a transaction keeps every other writer out and sees what is committed: all that is one unit.
 * - Reads before it: under READ COMMITTED each is a unit of its own, under REPEATABLE READ they see one state together.
 */
export function unitsOf(operation: AppendOperation): readonly Unit[] {
  const { startMs, endMs } = operation;
  const { mode, steps } = operation.result ?? operation.value;
  // Of a transaction whose end nobody knows only the appends can be seen.
  const known = operation.outcome === 'ok' ? steps : steps.filter((step) => step.f === 'append');
  const groups = mode === 'alone' ? [known] : split(known, mode);
  return groups
    .filter((group) => group.length > 0)
    .map((group, position) => ({ operation, steps: group, startMs, endMs, position }));
}

/** A transaction as a whole: stronger than what is promised. */
export function wholeOf(operation: AppendOperation): readonly Unit[] {
  const { startMs, endMs } = operation;
  const { steps } = operation.result ?? operation.value;
  const known = operation.outcome === 'ok' ? steps : steps.filter((step) => step.f === 'append');
  return [{ operation, steps: known, startMs, endMs, position: 0 }];
}

function split(steps: readonly Step[], mode: AppendValue['mode']): readonly (readonly Step[])[] {
  const firstWrite = steps.findIndex((step) => step.f === 'append');
  const reads = firstWrite < 0 ? steps : steps.slice(0, firstWrite);
  const rest = firstWrite < 0 ? [] : steps.slice(firstWrite);
  return mode === 'REPEATABLE READ' ? [reads, rest] : [...reads.map((step) => [step]), rest];
}
