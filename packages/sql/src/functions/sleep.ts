import { ObError } from '@sealane/errors';
import type { SqlValue } from '../values.ts';
import { define, intType } from './define.ts';
import type { ScalarFunction } from './definition.ts';
import { complain, currentExecution } from './execution-scope.ts';

/** @returns the seconds to wait. @throws 1210 for NULL and negative ones; not strict: 0 with a warning */
export function sleepSeconds(value: SqlValue): number {
  const seconds = value === null ? Number.NaN : Number(value);
  if (seconds >= 0) return seconds;
  const mode = String(currentExecution()?.variable('sql_mode', 'session') ?? '').toUpperCase();
  const error = new ObError('OB_INVALID_ARGUMENT', ['sleep']);
  if (/STRICT_|TRADITIONAL/.test(mode)) throw error;
  complain(error);
  return 0;
}

function sleep([value = null]: readonly SqlValue[]): SqlValue {
  const seconds = sleepSeconds(value);
  const execution = currentExecution();
  if (execution?.sleep !== undefined) return execution.sleep(seconds);
  // It would hold up everybody else.
  execution?.warn(
    'Warning',
    new ObError('OB_NOT_SUPPORTED').errno,
    'SLEEP() does not wait in this statement',
  );
  return 0n;
}

export const sleepFunctions: readonly ScalarFunction[] = [
  define('sleep', [1, 1], intType, sleep, {
    deterministic: false,
    strict: false,
    nullable: false,
    numeric: 'all',
    unbounded: () => true,
  }),
];
