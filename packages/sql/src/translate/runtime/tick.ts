import { ObError } from '@sealane/errors';
import type { SqliteFunction } from '../../functions/definition.ts';
import { currentExecution } from '../../functions/execution-scope.ts';
import type { ExecutionContext } from '../../plan.ts';

/** Calls between two looks at the clock: a fraction of a millisecond of SQLite's work. */
const ticksPerLook = 1024;
/** ob_query_timeout where the session doesn't know it: OceanBase's default, in microseconds. */
const timeoutUsDefault = 10_000_000;

let execution: ExecutionContext | undefined;
let count = 0;
let startedMs = 0;

/**
 * SQLite in Node can't be interrupted from outside. Where rows are joined, each loop therefore calls this for each of
 * its rows: the statement that takes longer than ob_query_timeout ends itself.
 */
function tick(): bigint {
  const running = currentExecution();
  if (running !== execution) {
    execution = running;
    count = 0;
    startedMs = performance.now();
  }
  count += 1;
  if (count % ticksPerLook === 0 && running !== undefined) look(running);
  return 1n;
}

/** @throws 4012 */
function look(running: ExecutionContext): void {
  const timeoutUs = Number(running.variable('ob_query_timeout', 'session') ?? timeoutUsDefault);
  if ((performance.now() - startedMs) * 1000 > timeoutUs) throw new ObError('OB_TIMEOUT');
}

export const tickFunctions: readonly SqliteFunction[] = [
  { name: 'sx_tick', deterministic: false, call: tick },
];
