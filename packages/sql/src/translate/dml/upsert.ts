import { ObError } from '@sealane/errors';
import type { InsertStatement, SelectQuery } from '../../ast.ts';
import type { ExecutionContext } from '../../plan.ts';
import type { SqlValue } from '../../values.ts';
import type { Scope, ScopeColumn, ScopeRelation } from '../scope.ts';
import type { Translation } from '../statement.ts';
import type { TableUse } from '../table-use.ts';
import { Assignments } from './assignments.ts';
import type { Clash } from './constraint.ts';
import { RowSlot } from './row-slot.ts';
import { namedPlace, noteRead, noteWrite, placeOfColumn, type WriteTarget } from './target.ts';
import type { WriteRules } from './write-rules.ts';

/** Updates the row that stands in the way of a new one. @returns 2 for a changed row, 0 for one that stays; its key */
export type Upsert = (
  row: SqlValue[],
  clash: Clash,
  number: number,
  write: WriteRules,
  context: ExecutionContext,
) => { readonly affected: bigint; readonly key: bigint };

/** ON DUPLICATE KEY UPDATE: names mean the stored row, VALUES(c) and the row alias the new one. */
export function upsert(
  statement: InsertStatement,
  target: WriteTarget,
  newRow: RowSlot,
  translation: Translation,
): Upsert | undefined {
  if (statement.onDuplicateKeyUpdate.length === 0) return undefined;
  const stored = new RowSlot(target);
  noteWrite(
    target,
    ['UPDATE'],
    translation,
    statement.onDuplicateKeyUpdate.map(({ column }) => column.name),
  );
  const read = noteRead(target, translation);
  const scope = upsertScope(statement, target, { stored, newRow, read });
  const assignments = new Assignments(statement.onDuplicateKeyUpdate, {
    target,
    slot: stored,
    scope,
    translation,
    newRow: (column) => newRow.typed(namedPlace(target, column)),
  });
  return (row, clash, number, write, context) => {
    newRow.current = row;
    const changed = assignments.apply(clash.row, number, write, context);
    const value = stored.current[target.autoIncrement] ?? null;
    return { affected: changed ? 2n : 0n, key: typeof value === 'bigint' ? value : 0n };
  };
}

function upsertScope(
  statement: InsertStatement,
  target: WriteTarget,
  { stored, newRow, read }: { readonly stored: RowSlot; readonly newRow: RowSlot; readonly read: TableUse },
): Scope {
  const own = stored.scope(target.table.name, undefined, read);
  const { rowAlias } = statement;
  if (statement.query?.kind === 'select')
    return {
      ...own,
      relations: [...own.relations, ...selectedRelations(statement, statement.query, target, newRow)],
    };
  if (rowAlias === undefined) return own;
  const given = newRow.scope(rowAlias.name, undefined);
  const [relation] = given.relations;
  if (relation === undefined) return own;
  const names = rowAlias.columns;
  if (names.length === 0) return { ...own, relations: [...own.relations, relation] };
  const listed = statement.columns?.map(({ name }) => name) ?? target.columns.map(({ name }) => name);
  if (names.length !== listed.length) throw new ObError('OB_ERR_VIEW_WRONG_LIST');
  const columns = names.map((name, index) => ({
    name,
    typed: newRow.typed(placeOfColumn(target.columns, listed[index] ?? '')),
  }));
  return {
    relations: [...own.relations, { ...relation, columns }],
    visible: [...own.visible, ...columns.filter(({ name }) => placeOfColumn(target.columns, name) < 0)],
    parent: undefined,
  };
}

/** Of INSERT … SELECT s.a FROM s: `s.a` is what the new row got from it. */
function selectedRelations(
  statement: InsertStatement,
  query: SelectQuery,
  target: WriteTarget,
  newRow: RowSlot,
): ScopeRelation[] {
  const listed = statement.columns?.map(({ name }) => name) ?? target.columns.map(({ name }) => name);
  const [only] = query.from;
  const single = query.from.length === 1 && only?.kind === 'table' ? (only.alias ?? only.name) : undefined;
  const relations = new Map<string, ScopeColumn[]>();
  for (const [index, { expression }] of query.items.entries()) {
    if (expression.kind !== 'column') continue;
    const alias = expression.table ?? single;
    const place = placeOfColumn(target.columns, listed[index] ?? '');
    if (alias === undefined || place < 0) continue;
    const columns = relations.get(alias) ?? [];
    columns.push({ name: expression.name, typed: newRow.typed(place) });
    relations.set(alias, columns);
  }
  return [...relations].map(([alias, columns]) => ({ alias, database: undefined, columns }));
}
