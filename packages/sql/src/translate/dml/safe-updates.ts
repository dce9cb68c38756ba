import { ObError } from '@sealane/errors';
import type { ExecutionContext } from '../../plan.ts';
import { bindValues } from '../query-plan.ts';
import type { FinishedSql } from '../statement.ts';

/** sql_safe_updates: an UPDATE or DELETE without LIMIT must find its rows by a key. @throws 1175 */
export function checkSafeUpdates(finding: FinishedSql, hasLimit: boolean, context: ExecutionContext): void {
  if (hasLimit || Number(context.variable('sql_safe_updates', 'session') ?? 0) === 0) return;
  const steps = context.handle.all(`EXPLAIN QUERY PLAN ${finding.sql}`, bindValues(finding.binds, context));
  // No step at all: SQLite empties the table.
  if (steps.length === 0 || steps.some((step) => String(step[3]).startsWith('SCAN '))) {
    throw new ObError('ER_UPDATE_WITHOUT_KEY_IN_SAFE_MODE');
  }
}
