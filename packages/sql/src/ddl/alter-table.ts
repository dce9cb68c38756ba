import { ObError } from '@sealane/errors';
import type { AlterTableAction, IndexNode, TableName } from '../ast.ts';
import { putRelation, type StoredTable } from '../catalog-rows.ts';
import type { ExecutionContext, PlanEnvironment, StoredStatement } from '../plan.ts';
import { applyAction } from './alter-actions.ts';
import { AlterDraft } from './alter-draft.ts';
import { changeStorage, childrenOf } from './alter-storage.ts';
import { overlayCatalog } from './catalog-overlay.ts';
import { checkExpressions } from './check-expressions.ts';
import { checkRows } from './check-rows.ts';
import { type Compiled, ok } from './compiled.ts';
import { renameTable } from './drop-table.ts';
import { placeOf, refuseSystemTable, refuseVirtual, sameName, tableAt } from './names.ts';
import { refillRows } from './refill-rows.ts';
import type { SelectPlanner } from './select-planner.ts';

export interface AlterInput {
  readonly table: TableName;
  readonly actions: readonly AlterTableAction[];
  readonly text: string;
  /** CREATE INDEX IF NOT EXISTS. */
  readonly ifNotExists: boolean;
  readonly environment: PlanEnvironment;
  readonly planner: SelectPlanner;
}

/** ALTER TABLE, CREATE INDEX and DROP INDEX: all actions together make one new table. */
export function alterTable(input: AlterInput, context: ExecutionContext): Compiled {
  const place = placeOf(input.table, context);
  refuseVirtual(place.database, context.session);
  refuseSystemTable(place);
  if (onlyRenames(input, context)) return renameOnly(input, context);
  const original = tableAt(place, context.catalog);
  const draft = new AlterDraft(original);
  for (const action of input.actions) {
    if (input.ifNotExists && action.kind === 'add-index' && indexExists(draft, action.index)) {
      return skipped(action.index, context);
    }
    applyAction(draft, action, input.text, context);
  }
  const table = draft.finish();
  checkExpressions(table, context, input.environment, input.planner);
  checkRows(draft, table, context);
  const children = childrenOf(draft, table, context.catalog);
  const changed = [...changeStorage(draft, table, context), ...[table, ...children].map(putRelation)];
  const catalog = overlayCatalog(context.catalog, { put: [table, ...children] });
  const renamed =
    draft.renameTo === undefined
      ? { statements: [] }
      : renameTable(place, draft.renameTo, { catalog, session: context.session });
  return finish([...changed, ...renamed.statements], draft, table, input);
}

/** A view may be renamed too. */
function onlyRenames({ actions, table }: AlterInput, context: ExecutionContext): boolean {
  const place = placeOf(table, context);
  const view = context.catalog.relation(place.database, place.name)?.kind === 'view';
  return view && actions.every((action) => action.kind === 'rename-table');
}

function renameOnly({ actions, table }: AlterInput, context: ExecutionContext): Compiled {
  const from = placeOf(table, context);
  const target = actions.findLast((action) => action.kind === 'rename-table');
  if (target === undefined) return { statements: [], result: ok() };
  const to = placeOf({ ...target.table, database: target.table.database ?? from.database }, context);
  return { statements: renameTable(from, to, context).statements, result: ok() };
}

/** What needs expressions (generated columns, defaults in parentheses, new CHECKs) follows on the changed table. */
function finish(
  statements: readonly StoredStatement[],
  draft: AlterDraft,
  table: StoredTable,
  { environment, planner }: AlterInput,
): Compiled {
  const result = ok(0n, 'Records: 0  Duplicates: 0  Warnings: 0');
  const place = draft.renameTo ?? { database: table.database, name: table.name };
  const refill = refillRows({ ...table, ...place }, draft, environment, planner, result);
  // biome-ignore lint/suspicious/noThenProperty: DdlPlan calls it so, and it is no function.
  return refill === undefined ? { statements, result } : { statements, then: refill, result };
}

function indexExists(draft: AlterDraft, index: IndexNode): boolean {
  const { name } = index;
  return name !== undefined && draft.indexes.some((other) => sameName(other.name, name));
}

function skipped(index: IndexNode, context: ExecutionContext): Compiled {
  const { errno, message } = new ObError('OB_ERR_KEY_NAME_DUPLICATE', [index.name ?? '']);
  context.warn('Note', errno, message);
  return { statements: [], result: ok() };
}
