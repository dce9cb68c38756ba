import { ObError } from '@sealane/errors';
import type { ForeignKeyDefinition, TableDefinition } from '../../catalog.ts';
import { quoteSqlite, storedName } from '../../ddl/names.ts';
import type { ExecutionContext } from '../../plan.ts';
import { textOf } from '../../types/store-rules.ts';
import { quoteName } from '../../types/type-text.ts';
import type { SqlValue } from '../../values.ts';
import { notSupported } from '../statement.ts';
import { cellOfStored } from './row-slot.ts';
import { placeOfColumn, type WriteTarget } from './target.ts';

/** A unique key: the primary one or an index. */
export interface UniqueKey {
  readonly name: string;
  /** Places of its columns, and how many characters count. */
  readonly parts: readonly { readonly place: number; readonly prefixLength: number | undefined }[];
}

const keysOf = new WeakMap<WriteTarget, readonly UniqueKey[]>();

/** The primary key first, then unique indexes as defined: MySQL's order of checking. */
export function uniqueKeys(target: WriteTarget): readonly UniqueKey[] {
  let keys = keysOf.get(target);
  if (keys === undefined) {
    const { table, columns } = target;
    const primary: UniqueKey[] =
      table.primaryKey.length === 0
        ? []
        : [{ name: 'PRIMARY', parts: target.key.map((place) => ({ place, prefixLength: undefined })) }];
    const indexes = table.indexes
      .filter((index) => index.unique)
      .map((index) => ({
        name: index.name,
        parts: index.columns.map(({ name, prefixLength }) => ({
          place: placeOfColumn(columns, name),
          prefixLength,
        })),
      }));
    keys = [...primary, ...indexes];
    keysOf.set(target, keys);
  }
  return keys;
}

/** What SQLite refused; undefined for an error of another kind. */
export type Refusal = 'unique' | 'foreign-key';

export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof ObError || !(error instanceof Error)) return undefined;
  const message = error.cause instanceof Error ? error.cause.message : error.message;
  if (message.includes('UNIQUE constraint failed')) return 'unique';
  return message.includes('FOREIGN KEY constraint failed') ? 'foreign-key' : undefined;
}

/** A row that stands in the way of a new one: the key it clashes on, and the stored row. */
export interface Clash {
  readonly key: UniqueKey;
  readonly row: SqlValue[];
}

/** Finds the first row with a unique key of the new one. @param except the stored key of a row that doesn't count */
export function findClash(
  target: WriteTarget,
  row: readonly SqlValue[],
  context: ExecutionContext,
  except?: readonly SqlValue[],
): Clash | undefined {
  const list = target.columns.map(({ name }) => quoteSqlite(name)).join(', ');
  for (const key of uniqueKeys(target)) {
    const values = key.parts.map(({ place }) => row[place] ?? null);
    if (values.includes(null)) continue;
    const conditions = key.parts.map(({ place, prefixLength }) => {
      const name = quoteSqlite(target.columns[place]?.name ?? '');
      return prefixLength === undefined
        ? `${name} = ?`
        : `substr(${name}, 1, ${prefixLength}) = substr(?, 1, ${prefixLength})`;
    });
    const others =
      except === undefined
        ? ''
        : ` AND NOT (${target.key.map((place) => `${quoteSqlite(target.columns[place]?.name ?? '')} = ?`).join(' AND ')})`;
    const sql = `SELECT ${list} FROM ${target.name} WHERE ${conditions.join(' AND ')}${others} LIMIT 1`;
    const [found] = context.handle.all(sql, [...values, ...(except ?? [])]);
    if (found !== undefined) return { key, row: found };
  }
  return undefined;
}

/** 1062 with the values of the new row. */
export function duplicateError(
  target: WriteTarget,
  key: UniqueKey,
  row: readonly SqlValue[],
  context: ExecutionContext,
): ObError {
  const shown = key.parts.map(({ place, prefixLength }) => {
    const type = target.columns[place]?.type ?? { name: 'null' };
    const text = textOf(cellOfStored(type, row[place] ?? null, context));
    return prefixLength === undefined ? text : text.slice(0, prefixLength);
  });
  return new ObError('OB_ERR_PRIMARY_KEY_DUPLICATE', [shown.join('-'), key.name]);
}

/** The error that a client sees for what SQLite refused of a row written to `target`. */
export function writeError(
  error: unknown,
  target: WriteTarget,
  row: readonly SqlValue[],
  context: ExecutionContext,
  except?: readonly SqlValue[],
): unknown {
  const refusal = refusalOf(error);
  if (refusal === 'unique') {
    const clash = findClash(target, row, context, except);
    return clash === undefined ? error : duplicateError(target, clash.key, row, context);
  }
  if (error instanceof Error && error.message.includes('foreign key mismatch')) {
    return notSupported('a FOREIGN KEY to columns that are not unique');
  }
  if (refusal === 'foreign-key')
    return childError(target, row, context) ?? parentError(target.table, context);
  return error;
}

/** 1452, if a parent of the row is missing. */
function childError(
  target: WriteTarget,
  row: readonly SqlValue[],
  context: ExecutionContext,
): ObError | undefined {
  for (const key of target.table.foreignKeys) {
    const values = key.columns.map((name) => row[placeOfColumn(target.columns, name)] ?? null);
    if (values.includes(null)) continue;
    const conditions = key.parentColumns.map((name) => `${quoteSqlite(name)} = ?`).join(' AND ');
    const sql = `SELECT 1 FROM ${storedName(key.parentDatabase, key.parentTable)} WHERE ${conditions} LIMIT 1`;
    if (context.handle.all(sql, values).length === 0) {
      return new ObError('OB_ERR_NO_REFERENCED_ROW', [keyText(target.table, key)]);
    }
  }
  return undefined;
}

/** 1451, with the first key of a child that holds on. */
export function parentError(table: TableDefinition, { catalog }: ExecutionContext): ObError {
  for (const { name } of catalog.databases()) {
    for (const child of catalog.relations(name)) {
      if (child.kind !== 'table') continue;
      for (const key of child.foreignKeys) {
        if (key.parentDatabase !== table.database || key.parentTable !== table.name) continue;
        if (isHolding(key)) return new ObError('OB_ERR_ROW_IS_REFERENCED', [keyText(child, key)]);
      }
    }
  }
  return new ObError('OB_ERR_ROW_IS_REFERENCED', [`${quoteName(table.database)}.${quoteName(table.name)}`]);
}

function isHolding({ onDelete, onUpdate }: ForeignKeyDefinition): boolean {
  return [onDelete, onUpdate].some((action) => action === 'RESTRICT' || action === 'NO ACTION');
}

function keyText(child: TableDefinition, key: ForeignKeyDefinition): string {
  const names = (columns: readonly string[]): string => columns.map(quoteName).join(', ');
  const parent =
    key.parentDatabase === child.database
      ? quoteName(key.parentTable)
      : `${quoteName(key.parentDatabase)}.${quoteName(key.parentTable)}`;
  const actions = [
    ...(key.onDelete === 'RESTRICT' || key.onDelete === 'NO ACTION' ? [] : [` ON DELETE ${key.onDelete}`]),
    ...(key.onUpdate === 'RESTRICT' || key.onUpdate === 'NO ACTION' ? [] : [` ON UPDATE ${key.onUpdate}`]),
  ].join('');
  return (
    `${quoteName(child.database)}.${quoteName(child.name)}, CONSTRAINT ${quoteName(key.name)} ` +
    `FOREIGN KEY (${names(key.columns)}) REFERENCES ${parent} (${names(key.parentColumns)})${actions}`
  );
}

/** Runs a change of one row, with MySQL's error for what SQLite refuses. */
export function runWrite(
  sql: string,
  binds: readonly SqlValue[],
  target: WriteTarget,
  row: readonly SqlValue[],
  context: ExecutionContext,
  except?: readonly SqlValue[],
): void {
  try {
    context.handle.run(sql, binds);
  } catch (error) {
    throw writeError(error, target, row, context, except);
  }
}
