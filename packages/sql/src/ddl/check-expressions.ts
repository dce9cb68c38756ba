import { isObError, ObError } from '@sealane/errors';
import type { StoredTable } from '../catalog-rows.ts';
import { withCatalog, withoutSqlMode } from '../derived-context.ts';
import type { ExecutionContext, PlanEnvironment } from '../plan.ts';
import { quoteName } from '../types/type-text.ts';
import { overlayCatalog } from './catalog-overlay.ts';
import type { SelectPlanner } from './select-planner.ts';

/**
 * Resolves the expressions that a table's definition keeps as text, over the table itself.
 * @throws 1054 for an unknown column, 1305 for an unknown function
 */
export function checkExpressions(
  table: StoredTable,
  { catalog }: ExecutionContext,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): void {
  const generated = table.columns.flatMap((column) => column.generated?.text ?? []);
  const checks = table.checks.map((check) => check.text);
  if (generated.length + checks.length === 0) return;
  const plain = { ...table, columns: table.columns.map(({ generated: _, ...column }) => column), checks: [] };
  const within = withoutSqlMode(withCatalog(environment, overlayCatalog(catalog, { put: [plain] })));
  const resolve = (text: string, clause: string): void => {
    try {
      planner.resultColumns(
        `SELECT (${text}) FROM ${quoteName(table.database)}.${quoteName(table.name)}`,
        within,
      );
    } catch (error) {
      if (!isObError(error, 'OB_ERR_BAD_FIELD_ERROR')) throw error;
      const name = /'([^']*)'/.exec(error.message)?.[1] ?? '';
      throw new ObError('OB_ERR_BAD_FIELD_ERROR', [name, clause], { cause: error });
    }
  };
  for (const text of generated) resolve(text, 'generated column function');
  for (const text of checks) resolve(text, 'check constraint expression');
}
