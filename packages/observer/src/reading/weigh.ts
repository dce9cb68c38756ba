import type { PlanSteps } from '@sealane/sql';

/** `short`: a few rows; `long`: certainly many; `unclear`: what the plan doesn't tell. */
export type Weight = 'short' | 'unclear' | 'long';

/** Rows that SQLite may visit on the SQL thread without looking further: a millisecond or less. */
const shortRowsMax = 4_000;
/** Rows from which a read goes to another process at once: some ten milliseconds. */
export const longRowsMin = 20_000;

/**
 * Judges a read by SQLite's own plan.
 *
 * @param rowsIn how many rows a table has, `longRowsMin` or more for any that has as many
 */
export function weigh({ steps, hasLimit, unbounded }: PlanSteps, rowsIn: (table: string) => number): Weight {
  if (unbounded) return 'long';
  const visits = new Map<number, number>();
  let isClear = true;
  let sorts = false;
  for (const { parent, detail, table } of steps) {
    if (detail.startsWith('USE TEMP B-TREE')) sorts = true;
    else if (table !== undefined && detail.startsWith('SCAN ')) {
      // Tables of one level are loops within each other.
      visits.set(parent, (visits.get(parent) ?? 1) * Math.max(1, rowsIn(table)));
    } else if (!isOneRow(detail)) isClear = false;
  }
  const most = Math.max(0, ...visits.values());
  // With a LIMIT it may end after few rows, if nothing has to be sorted first.
  if (most >= longRowsMin) return hasLimit && !sorts ? 'unclear' : 'long';
  return isClear && most <= shortRowsMax ? 'short' : 'unclear';
}

function isOneRow(detail: string): boolean {
  return detail.endsWith('USING INTEGER PRIMARY KEY (rowid=?)') || detail === 'SCAN CONSTANT ROW';
}
