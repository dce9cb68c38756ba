import type { SelectQuery } from '../ast.ts';
import type { ScopeRelation } from './scope.ts';

/**
 * Conditions that are always true and look at the clock, one for each loop: SQLite tests a condition in the loop of the
 * table that it names. They come first, since SQLite stops at the first one that is false, and so that they can be
 * taken out again (see withoutTicks).
 */
export function tickConditions(relations: readonly ScopeRelation[]): string[] {
  return relations.flatMap(({ columns }) => {
    const sql = columns[0]?.typed.sql ?? '';
    // A plain column only: `t1."id"` gives t1, and any index has the row's id.
    const alias = /^(t\d+)\./.exec(sql)?.[1];
    if (alias === undefined) return [];
    return [/^t\d+\.c\d+$/.test(sql) ? `sx_tick(${sql})` : `sx_tick(${alias}.rowid)`];
  });
}

/** COUNT(*), MIN or MAX of a whole table: without a condition SQLite reads no rows one by one for them. */
export function countsOnly({ from, where, groupBy, having, items, limit }: SelectQuery): boolean {
  if (from.length !== 1 || from[0]?.kind !== 'table' || limit !== undefined) return false;
  if (where !== undefined || groupBy.length > 0 || having !== undefined) return false;
  return items.every(
    ({ expression }) => expression.kind === 'aggregate' && /^(COUNT|MIN|MAX)$/.test(expression.name),
  );
}

const ticked = /"(?:[^"]|"")*"|'(?:[^']|'')*'| WHERE (?:sx_tick\([\w.]+\) AND )*sx_tick\([\w.]+\)( AND )?/g;

/** The same statement for whoever has no checkpoint: a call for each row may cost more than the row. */
export function withoutTicks(sql: string): string {
  if (!sql.includes('sx_tick')) return sql;
  return sql.replace(ticked, (found, and: string | undefined) => {
    if (!found.startsWith(' WHERE')) return found;
    return and === undefined ? '' : ' WHERE ';
  });
}
