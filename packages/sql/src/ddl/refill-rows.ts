import { ObError } from '@sealane/errors';
import type { ColumnDefinition } from '../catalog.ts';
import type { StoredTable } from '../catalog-rows.ts';
import { withCatalog, withoutSqlMode } from '../derived-context.ts';
import type { DmlPlan, ExecutionContext, PlanEnvironment } from '../plan.ts';
import type { OkResult } from '../result.ts';
import { quoteName } from '../types/type-text.ts';
import type { AlterDraft } from './alter-draft.ts';
import { overlayCatalog } from './catalog-overlay.ts';
import { keepsStoredValues } from './convert-stored.ts';
import { sameName } from './names.ts';
import type { SelectPlanner } from './select-planner.ts';

/**
 * What is left to do on the rows after ALTER TABLE's statements, by statements of MySQL: computing columns whose
 * values follow from others, and trying new CHECKs. @returns undefined if there is nothing. @throws 3819 when it runs
 */
export function refillRows(
  table: StoredTable,
  draft: AlterDraft,
  environment: PlanEnvironment,
  planner: SelectPlanner,
  result: OkResult,
): DmlPlan | undefined {
  const columns = computedColumns(draft);
  const checks = table.checks.filter(
    (check) => !draft.original.checks.some((old) => sameName(old.name, check.name)),
  );
  if (columns.length === 0 && checks.length === 0) return undefined;
  const name = `${quoteName(table.database)}.${quoteName(table.name)}`;
  const run = (sql: string, context: ExecutionContext): bigint => {
    const catalog = overlayCatalog(context.catalog, { put: [asPlain(table)] });
    const plan = planner.plan(sql, withoutSqlMode(withCatalog(environment, catalog)));
    if (plan.kind !== 'query' && plan.kind !== 'dml')
      throw new ObError('OB_NOT_SUPPORTED', ['this expression']);
    const answer = plan.run(context);
    return answer.kind === 'rows' ? BigInt(answer.rows.length) : answer.affectedRows;
  };
  return {
    kind: 'dml',
    virtualTables: [],
    run: (context) => {
      if (columns.length > 0) run(`UPDATE ${name} SET ${columns.map(assignment).join(', ')}`, context);
      for (const check of checks) {
        const broken = run(`SELECT 1 FROM ${name} WHERE NOT (${check.text}) LIMIT 1`, context);
        if (broken > 0n) throw new ObError('ER_CHECK_CONSTRAINT_VIOLATED', [check.name]);
      }
      return result;
    },
  };
}

/** Generated columns that are new, changed, or follow from values that were converted; new ones with a computed default. */
function computedColumns(draft: AlterDraft): readonly ColumnDefinition[] {
  const converted = draft.columns.some(
    ({ definition, source }) => source !== undefined && !keepsStoredValues(source.type, definition.type),
  );
  return draft.columns
    .filter(({ definition, source }) => {
      if (definition.generated === undefined) return source === undefined && isComputed(definition);
      return converted || source?.generated?.text !== definition.generated.text;
    })
    .map(({ definition }) => definition);
}

function isComputed({ defaultText }: ColumnDefinition): boolean {
  return defaultText?.startsWith('(') === true;
}

function assignment(column: ColumnDefinition): string {
  const value = column.generated === undefined ? column.defaultText : `(${column.generated.text})`;
  return `${quoteName(column.name)} = ${value}`;
}

/** The table with columns that an UPDATE may set to any value, and that change nothing else by themselves. */
function asPlain(table: StoredTable): StoredTable {
  const columns = table.columns.map(({ generated: _, onUpdateNow: __, ...column }) => column);
  return { ...table, columns, checks: [] };
}
