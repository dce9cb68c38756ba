import type { SqliteFunction } from '../../functions/definition.ts';
import { currentExecution } from '../../functions/execution-scope.ts';

/** Calls between two looks: a fraction of a millisecond of SQLite's work. */
const ticksPerLook = 256;

let count = 0;

/**
 * SQLite in Node can't be interrupted from outside. Each loop over a table therefore calls this for each of its rows,
 * so that a statement can end itself.
 *
 * @throws whatever the statement's checkpoint throws
 */
function tick(): bigint {
  count += 1;
  if (count % ticksPerLook === 0) currentExecution()?.checkpoint?.();
  return 1n;
}

export const tickFunctions: readonly SqliteFunction[] = [
  { name: 'sx_tick', deterministic: false, call: tick },
];
