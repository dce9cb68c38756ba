import type { SqlHandle } from './values.ts';

/** A table that belongs to a copy, not to the data. */
export const appliedTable = '__applied';

/** @returns the LSN of the last log entry whose changes the handle sees; 0 when nothing was ever applied */
export function readAppliedLsn(handle: Pick<SqlHandle, 'all'>): number {
  return Number(handle.all(`SELECT lsn FROM "${appliedTable}"`)[0]?.[0] ?? 0n);
}
