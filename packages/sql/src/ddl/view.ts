import { ObError } from '@sealane/errors';
import type { CreateViewStatement, DropViewStatement } from '../ast.ts';
import type { ViewDefinition } from '../catalog.ts';
import { putRelation, removeRelation } from '../catalog-rows.ts';
import { withCatalog, withoutSqlMode } from '../derived-context.ts';
import type { ExecutionContext, PlanEnvironment } from '../plan.ts';
import { type Compiled, done } from './compiled.ts';
import { expandStars } from './expand-stars.ts';
import { checkName, placeOf, refuseSystemTable, refuseVirtual, sameName } from './names.ts';
import { qualifyTables } from './qualify-tables.ts';
import type { SelectPlanner } from './select-planner.ts';
import { withoutMode } from './stored-text.ts';
import { editText } from './text-edit.ts';

/** CREATE [OR REPLACE] VIEW and ALTER VIEW. @throws 1050, 1060, 1146, 1347, 1353 and what the SELECT throws */
export function createView(
  statement: CreateViewStatement,
  text: string,
  context: ExecutionContext,
  environment: PlanEnvironment,
  planner: SelectPlanner,
): Compiled {
  const { catalog, session } = context;
  const place = placeOf(statement.view, context);
  checkName('table', place.name);
  refuseVirtual(place.database, session);
  refuseSystemTable(place);
  const old = catalog.relation(place.database, place.name);
  if (old?.kind === 'table' && (statement.orReplace || statement.alter)) {
    throw new ObError('OB_ERR_WRONG_OBJECT', [place.database, place.name, 'VIEW']);
  }
  if (old === undefined && statement.alter)
    throw new ObError('OB_TABLE_NOT_EXIST', [place.database, place.name]);
  if (old !== undefined && !statement.orReplace && !statement.alter) {
    const error = new ObError('OB_ERR_TABLE_EXIST', [place.name]);
    if (!statement.ifNotExists) throw error;
    context.warn('Note', error.errno, error.message);
    return done([]);
  }
  const within = withCatalog(environment, catalog);
  const edits = [
    ...qualifyTables(statement.query, session.database),
    ...expandStars(statement.query, text, (part) =>
      planner.resultColumns(part, within).map((column) => column.name),
    ),
  ];
  const sqlMode = String(context.variable('sql_mode', 'session') ?? '');
  const query = withoutMode(editText(text, statement.query, edits), sqlMode);
  const answered = planner.resultColumns(query, withoutSqlMode(within));
  checkColumns(
    statement,
    answered.map((column) => column.name),
  );
  const view: ViewDefinition = {
    kind: 'view',
    ...place,
    columnNames: statement.columns,
    text: query,
    definer: definerOf(statement, context),
    ...(statement.security === 'INVOKER' ? { security: 'INVOKER' } : {}),
    checkOption: statement.checkOption,
  };
  return done([putRelation(view)]);
}

/** Nothing is dropped if one is missing, unless IF EXISTS says so. @throws 1051, 1347 */
export function dropView(statement: DropViewStatement, context: ExecutionContext): Compiled {
  const { catalog } = context;
  const places = statement.views.map((view) => placeOf(view, context));
  const found = places.map((place) => catalog.relation(place.database, place.name));
  const table = found.find((relation) => relation?.kind === 'table');
  if (table !== undefined) throw new ObError('OB_ERR_WRONG_OBJECT', [table.database, table.name, 'VIEW']);
  const missing = places
    .filter((_, at) => found[at] === undefined)
    .map(({ database, name }) => `${database}.${name}`);
  if (missing.length > 0 && !statement.ifExists) throw new ObError('OB_ERR_BAD_TABLE', [missing.join(',')]);
  for (const name of missing) {
    const { errno, message } = new ObError('OB_ERR_BAD_TABLE', [name]);
    context.warn('Note', errno, message);
  }
  return done(found.flatMap((view) => (view === undefined ? [] : [removeRelation(view)])));
}

function checkColumns(statement: CreateViewStatement, answered: readonly string[]): void {
  if (statement.columns.length > 0 && statement.columns.length !== answered.length) {
    throw new ObError('OB_ERR_VIEW_WRONG_LIST');
  }
  const names = statement.columns.length > 0 ? statement.columns : answered;
  const twice = names.find((name, at) => names.findIndex((other) => sameName(other, name)) !== at);
  if (twice !== undefined) throw new ObError('OB_ERR_COLUMN_DUPLICATE', [twice]);
}

function definerOf({ definer }: CreateViewStatement, { session }: ExecutionContext): string {
  if (definer === undefined || definer.current) return `${session.user}@${session.accountHost}`;
  return `${definer.user}@${definer.host ?? '%'}`;
}
