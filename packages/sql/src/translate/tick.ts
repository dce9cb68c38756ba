import type { ScopeRelation } from './scope.ts';

/**
 * Conditions that are always true and look at the clock, one for each loop of a join: SQLite tests a condition in the
 * loop of the table that it names. None for a single loop, which is as long as its table.
 *
 * @param isInner the query stands in another one, whose rows may each run it
 */
export function tickConditions(relations: readonly ScopeRelation[], isInner: boolean): string[] {
  if (relations.length < (isInner ? 1 : 2)) return [];
  return relations.flatMap(({ columns }) => {
    const sql = columns[0]?.typed.sql ?? '';
    // A plain column only: `t1."id"` gives t1, and any index has the row's id.
    const alias = /^(t\d+)\./.exec(sql)?.[1];
    if (alias === undefined) return [];
    return [/^t\d+\.c\d+$/.test(sql) ? `sx_tick(${sql})` : `sx_tick(${alias}.rowid)`];
  });
}
