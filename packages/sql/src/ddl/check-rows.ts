import { ObError } from '@sealane/errors';
import type { ForeignKeyDefinition } from '../catalog.ts';
import type { StoredTable } from '../catalog-rows.ts';
import type { ExecutionContext } from '../plan.ts';
import { fromStored } from '../types/from-stored.ts';
import { textOf } from '../types/store-rules.ts';
import type { SqlValue } from '../values.ts';
import type { AlterDraft, DraftColumn } from './alter-draft.ts';
import { isOn, sessionRules } from './compiled.ts';
import { convertStored, keepsStoredValues } from './convert-stored.ts';
import { quoteSqlite, sameName, storedName } from './names.ts';

/**
 * Looks, on the leader, whether the rows there are fit the new table: the statements that follow run on
 * every node and must not fail there. @throws 1062, 1138, 1264, 1265, 1292, 1366, 1406, 1452
 */
export function checkRows(draft: AlterDraft, table: StoredTable, context: ExecutionContext): void {
  for (const column of draft.columns) {
    if (column.source !== undefined) checkColumn(draft.original, column, context);
  }
  for (const { name, columns } of newUniqueKeys(draft, table)) checkUnique(draft, name, columns, context);
  if (!isOn(context, 'foreign_key_checks')) return;
  for (const key of table.foreignKeys) {
    if (!draft.original.foreignKeys.some((old) => sameName(old.name, key.name)))
      checkParents(draft, key, context);
  }
}

function checkColumn(
  table: StoredTable,
  { definition, source }: DraftColumn,
  context: ExecutionContext,
): void {
  if (source === undefined) return;
  const from = `FROM ${storedName(table.database, table.name)}`;
  const name = quoteSqlite(source.name);
  const rules = sessionRules(context);
  if (source.nullable && !definition.nullable && rules.strict) {
    const [row] = context.handle.all(`SELECT 1 ${from} WHERE ${name} IS NULL LIMIT 1`);
    if (row !== undefined) throw new ObError('OB_ER_INVALID_USE_OF_NULL');
  }
  if (keepsStoredValues(source.type, definition.type)) return;
  const timeZone = String(context.variable('time_zone', 'session') ?? '+00:00');
  const warn: ExecutionContext['warn'] = (level, errno, message) => context.warn(level, errno, message);
  let row = 0;
  for (const value of columnValues(context, `${name} ${from}`)) {
    row += 1;
    const store = { rules, timeZone, column: definition.name, row, warn };
    convertStored(source.type, definition.type, value, store);
  }
}

const valuesAtOnce = 5000;

/** A column's values a part at a time, so that a big table needn't be in memory. */
function* columnValues({ handle }: ExecutionContext, nameFrom: string): Generator<SqlValue> {
  const sql = `SELECT rowid, ${nameFrom} WHERE rowid > ? ORDER BY rowid LIMIT ${valuesAtOnce}`;
  let after: SqlValue = -(2n ** 63n);
  for (;;) {
    const rows = handle.all(sql, [after]);
    for (const [, value] of rows) yield value ?? null;
    if (rows.length < valuesAtOnce) return;
    after = rows.at(-1)?.[0] ?? after;
  }
}

interface UniqueKey {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly prefixLength?: number }[];
}

function newUniqueKeys(draft: AlterDraft, table: StoredTable): readonly UniqueKey[] {
  const { original } = draft;
  const indexes = table.indexes
    .filter((index) => index.unique)
    .filter((index) => !original.indexes.some((old) => old.unique && sameName(old.name, index.name)));
  const primary =
    JSON.stringify(original.primaryKey) !== JSON.stringify(table.primaryKey) && table.primaryKey.length > 0;
  return primary
    ? [{ name: 'PRIMARY', columns: table.primaryKey.map((name) => ({ name })) }, ...indexes]
    : indexes;
}

/** Only over columns that were there: what is added is unique by its making, or fails on the leader. */
function checkUnique(
  draft: AlterDraft,
  key: string,
  parts: UniqueKey['columns'],
  context: ExecutionContext,
): void {
  const sources = parts.map(
    (part) => draft.columns.find(({ definition }) => definition.name === part.name)?.source,
  );
  if (sources.some((source) => source === undefined)) return;
  const columns = sources.flatMap((source) => (source === undefined ? [] : [source]));
  const names = columns.map((column, at) => {
    const prefix = parts[at]?.prefixLength;
    return prefix === undefined
      ? quoteSqlite(column.name)
      : `substr(${quoteSqlite(column.name)}, 1, ${prefix})`;
  });
  const { database, name } = draft.original;
  const [twice] = context.handle.all(
    `SELECT ${names.join(', ')} FROM ${storedName(database, name)} WHERE ${names.map((column) => `${column} IS NOT NULL`).join(' AND ')} ` +
      `GROUP BY ${names.join(', ')} HAVING COUNT(*) > 1 LIMIT 1`,
  );
  if (twice === undefined) return;
  const shown = twice.map((value, at) => shownKey(columns[at], value));
  throw new ObError('OB_ERR_PRIMARY_KEY_DUPLICATE', [shown.join('-'), key]);
}

function shownKey(column: StoredTable['columns'][number] | undefined, value: SqlValue): string {
  return column === undefined ? '' : textOf(fromStored(column.type, value, '+00:00'));
}

function checkParents(
  draft: AlterDraft,
  key: ForeignKeyDefinition,
  { handle, catalog }: ExecutionContext,
): void {
  const { database, name } = draft.original;
  const own = key.parentDatabase === database && key.parentTable === name;
  if (!own && catalog.relation(key.parentDatabase, key.parentTable) === undefined) return;
  const old = key.columns.map(
    (column) => draft.columns.find(({ definition }) => definition.name === column)?.source?.name,
  );
  const children = old.flatMap((column) => (column === undefined ? [] : [`child.${quoteSqlite(column)}`]));
  if (children.length !== key.columns.length) return;
  const match = key.parentColumns
    .map((column, at) => `parent.${quoteSqlite(column)} = ${children[at]}`)
    .join(' AND ');
  const [orphan] = handle.all(
    `SELECT 1 FROM ${storedName(database, name)} AS child WHERE ${children.map((column) => `${column} IS NOT NULL`).join(' AND ')} ` +
      `AND NOT EXISTS (SELECT 1 FROM ${storedName(key.parentDatabase, key.parentTable)} AS parent WHERE ${match}) LIMIT 1`,
  );
  if (orphan !== undefined)
    throw new ObError('OB_ERR_NO_REFERENCED_ROW', [
      `\`${database}\`.\`${name}\`, CONSTRAINT \`${key.name}\``,
    ]);
}
