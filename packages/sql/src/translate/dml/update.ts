import { isObError, ObError } from '@sealane/errors';
import type { Assignment, Expression, UpdateStatement } from '../../ast.ts';
import { withWriting } from '../../functions/execution-scope.ts';
import type { DmlPlan, ExecutionContext, PlanEnvironment } from '../../plan.ts';
import type { OkResult } from '../../result.ts';
import type { SqlValue } from '../../values.ts';
import { translators } from '../query.ts';
import { readRows } from '../query-plan.ts';
import type { ScopeRelation } from '../scope.ts';
import type { FinishedSql, Translation } from '../statement.ts';
import { requirementsOf } from '../table-use.ts';
import { Variants } from '../variants.ts';
import { walkExpression } from '../walk.ts';
import { Assignments, assignedPlace } from './assignments.ts';
import type { StoredSource } from './default-source.ts';
import { columnAt } from './insert-rows.ts';
import { RowSlot, timeZoneOf } from './row-slot.ts';
import { checkSafeUpdates } from './safe-updates.ts';
import { keyText, type Selection, selectTargets, storedColumns, targetBehind } from './selected-targets.ts';
import { noteWrite, type WriteTarget } from './target.ts';
import { storableCell } from './value-source.ts';
import { watchedRows } from './watched-rows.ts';
import { storeCell, type WriteRules, writeRules } from './write-rules.ts';

/** One table of an UPDATE: its columns stand at `offset` in each selected row. */
interface UpdatedTable {
  readonly target: WriteTarget;
  readonly assignments: Assignments;
  readonly offset: number;
}

export interface PreparedUpdate extends FinishedSql {
  readonly tables: readonly UpdatedTable[];
  /** The selected row that is being worked on: assignments read their values from it. */
  readonly selected: { row: readonly SqlValue[] };
  readonly translation: Translation;
  readonly ignore: boolean;
  readonly hasLimit: boolean;
}

export function planUpdate(
  statement: UpdateStatement,
  text: string,
  environment: PlanEnvironment,
  parameterCount: number,
): DmlPlan {
  const variants = new Variants({
    statement,
    text,
    environment,
    translate: (translation) => prepareUpdate(statement, translation),
  });
  const { translation } = variants.first(parameterCount);
  return {
    kind: 'dml',
    virtualTables: [...translation.virtualTables],
    requires: requirementsOf(translation.uses),
    run: (context) => withWriting(context, statement.ignore, () => runUpdate(variants.of(context), context)),
  };
}

export function prepareUpdate(statement: UpdateStatement, translation: Translation): PreparedUpdate {
  const isMany = statement.tables.length > 1 || statement.tables[0]?.kind !== 'table';
  if (isMany && statement.orderBy.length > 0) throw new ObError('ER_WRONG_USAGE', ['UPDATE', 'ORDER BY']);
  if (isMany && statement.limit !== undefined) throw new ObError('ER_WRONG_USAGE', ['UPDATE', 'LIMIT']);
  const selection = selectTargets(statement, translation);
  const selected: PreparedUpdate['selected'] = { row: [] };
  const columns: string[] = [];
  const groups = groupByTable(statement, selection, translation);
  const tables = groups.map(({ target, relation, nodes }): UpdatedTable => {
    const offset = columns.length;
    noteWrite(
      target,
      ['UPDATE'],
      translation,
      nodes.map(({ column }) => column.name),
    );
    if (relation.use !== undefined) relation.use.always = false;
    columns.push(...storedColumns(target, relation));
    return {
      target,
      offset,
      assignments: assignmentsOf(nodes, { target, relation, selection, columns, selected, translation }),
    };
  });
  return {
    ...translation.finish(`${selection.prefix}SELECT ${columns.join(', ')}${selection.tail}`),
    tables,
    selected,
    translation,
    ignore: statement.ignore,
    hasLimit: statement.limit !== undefined,
  };
}

interface TableGroup {
  readonly target: WriteTarget;
  readonly relation: ScopeRelation;
  readonly nodes: Assignment[];
}

/** Assignments by the table they change, in order. */
function groupByTable(
  statement: UpdateStatement,
  selection: Selection,
  translation: Translation,
): TableGroup[] {
  const groups: TableGroup[] = [];
  for (const node of statement.assignments) {
    const relation = relationOf(node, selection);
    let group = groups.find((each) => each.relation === relation);
    if (group === undefined) {
      const { target } = targetBehind(
        relation.alias,
        undefined,
        selection,
        statement.tables,
        translation,
        'UPDATE',
      );
      group = { target, relation, nodes: [] };
      groups.push(group);
    }
    group.nodes.push(node);
  }
  return groups;
}

/** @throws 1054, 1052 */
function relationOf({ column }: Assignment, { relations }: Selection): ScopeRelation {
  const table = column.table?.toLowerCase();
  const name = column.name.toLowerCase();
  const found = relations.filter(
    (relation) =>
      (table === undefined || relation.alias.toLowerCase() === table) &&
      relation.columns.some((each) => each.hidden !== true && each.name.toLowerCase() === name),
  );
  const shown = column.table === undefined ? column.name : `${column.table}.${column.name}`;
  if (found[0] === undefined) throw new ObError('OB_ERR_BAD_FIELD_ERROR', [shown, 'field list']);
  if (found.length > 1) throw new ObError('OB_NON_UNIQ_ERROR', [shown, 'field list']);
  return found[0];
}

interface AssignmentPlace {
  readonly target: WriteTarget;
  readonly relation: ScopeRelation;
  readonly selection: Selection;
  readonly columns: string[];
  readonly selected: PreparedUpdate['selected'];
  readonly translation: Translation;
}

/** Values that don't depend on an earlier assignment are computed by the SELECT that finds the rows. */
function assignmentsOf(nodes: readonly Assignment[], at: AssignmentPlace): Assignments {
  const { target, relation, selection, translation } = at;
  const ready = new Map<number, StoredSource>();
  const assigned = new Set<string>();
  for (const [index, node] of nodes.entries()) {
    const { value } = node;
    const place = assignedPlace(node, target);
    if (value.kind !== 'default' && value.kind !== 'default-of' && !refersTo(value, assigned)) {
      ready.set(index, selectedSource(value, place, at));
    }
    assigned.add(node.column.name.toLowerCase());
  }
  const slot = new RowSlot(target);
  const scope = slot.scope(relation.alias, selection.context.scope, relation.use);
  return new Assignments(nodes, { target, slot, scope, translation }, ready);
}

function selectedSource(value: Expression, place: number, at: AssignmentPlace): StoredSource {
  const { target, selection, columns, selected, translation } = at;
  const column = columnAt(target, place);
  const typed = translators.expression(value, selection.context);
  const decode = storableCell(typed, column.type);
  const { constant } = typed;
  if (constant !== undefined) {
    return (row, write, context) => {
      const cell = constant(context);
      return storeCell(column, decode === undefined ? cell : decode(cell, ''), row, write);
    };
  }
  const index = columns.length;
  columns.push(translation.raw(typed));
  return (row, write, context) => {
    const cell = selected.row[index] ?? null;
    return storeCell(column, decode === undefined ? cell : decode(cell, timeZoneOf(context)), row, write);
  };
}

function refersTo(value: Expression, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  let found = false;
  walkExpression(value, (expression) => {
    if (expression.kind === 'column' && names.has(expression.name.toLowerCase())) found = true;
    return !found;
  });
  return found;
}

function runUpdate(prepared: PreparedUpdate, context: ExecutionContext): OkResult {
  const write = writeRules(context, prepared.ignore);
  checkSafeUpdates(prepared, prepared.hasLimit, context);
  const before = context.session.lastInsertId;
  const rows = readRows(prepared, context);
  const counts = { matched: 0, changed: 0 };
  for (const { target, assignments, offset } of prepared.tables) {
    const seen =
      prepared.tables.length > 1 || prepared.translation.virtualTables.size > 0 || rows.length > 1
        ? new Set<string>()
        : undefined;
    for (const row of watchedRows(rows, context)) {
      const old = row.slice(offset, offset + target.columns.length);
      if (isRepeated(target, old, seen)) continue;
      counts.matched += 1;
      prepared.selected.row = row;
      if (updateOne(assignments, old, counts.matched, write, context)) counts.changed += 1;
    }
  }
  const info = `Rows matched: ${counts.matched}  Changed: ${counts.changed}  Warnings: ${write.warnings}`;
  // SET id = LAST_INSERT_ID(id + 1): a client reads the number from the OK packet.
  const { lastInsertId } = context.session;
  return {
    kind: 'ok',
    affectedRows: BigInt(counts.changed),
    lastInsertId: lastInsertId === before ? 0n : lastInsertId,
    info,
  };
}

/** A join may bring a row more than once, or none for a table on its outer side. */
function isRepeated(target: WriteTarget, row: readonly SqlValue[], seen: Set<string> | undefined): boolean {
  if (target.key.some((place) => (row[place] ?? null) === null)) return true;
  if (seen === undefined) return false;
  const key = keyText(target, row);
  if (seen.has(key)) return true;
  seen.add(key);
  return false;
}

function updateOne(
  assignments: Assignments,
  old: readonly SqlValue[],
  number: number,
  write: WriteRules,
  context: ExecutionContext,
): boolean {
  try {
    return assignments.apply(old, number, write, context);
  } catch (error) {
    const isRefusal =
      isObError(error, 'OB_ERR_PRIMARY_KEY_DUPLICATE') ||
      isObError(error, 'OB_ERR_NO_REFERENCED_ROW') ||
      isObError(error, 'OB_ERR_ROW_IS_REFERENCED');
    if (!write.ignore || !isRefusal) throw error;
    write.warn('Warning', error.errno, error.message);
    return false;
  }
}
