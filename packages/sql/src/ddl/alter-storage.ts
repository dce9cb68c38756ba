import type { Catalog, ColumnDefinition, IndexDefinition, TableDefinition } from '../catalog.ts';
import type { StoredTable } from '../catalog-rows.ts';
import type { ExecutionContext, StoredStatement } from '../plan.ts';
import { sqliteColumn } from '../types/sqlite-column.ts';
import type { AlterDraft, DraftColumn } from './alter-draft.ts';
import { sessionRules } from './compiled.ts';
import { conversionOf, keepsStoredValues } from './convert-stored.ts';
import { filling } from './filling.ts';
import { references } from './foreign-key.ts';
import { hasHiddenKey, hiddenKey, quoteSqlite, sameName, storedIndexName, storedName } from './names.ts';
import { createTable, indexStatements, sqliteColumnClause } from './sqlite-schema.ts';

/**
 * The SQLite statements that turn the stored table into the new one: as little as serves. Most changes
 * of columns need a new table, filled from the old one, in its place.
 */
export function changeStorage(
  draft: AlterDraft,
  table: StoredTable,
  context: ExecutionContext,
): readonly StoredStatement[] {
  const { original } = draft;
  if (needsRebuild(draft, table)) return rebuild(draft, table, context);
  const added = draft.columns.filter(({ source }) => source === undefined);
  const gone = original.indexes.filter((index) => !table.indexes.some((other) => sameIndex(index, other)));
  const made = table.indexes.filter((index) => !original.indexes.some((other) => sameIndex(index, other)));
  return [
    ...gone.flatMap((index) => dropIndex(original, index)),
    ...renames(draft),
    ...added.map(({ definition }) => addColumn(table, definition, context)),
    ...made.flatMap((index) => indexStatements(table, index)),
  ];
}

/** The tables whose foreign keys name a column that has another name now. */
export function childrenOf(
  draft: AlterDraft,
  table: StoredTable,
  catalog: Catalog,
): readonly TableDefinition[] {
  const names = new Map(
    draft.columns.flatMap(({ definition, source }) =>
      source === undefined || source.name === definition.name
        ? []
        : [[source.name, definition.name] as const],
    ),
  );
  if (names.size === 0) return [];
  const children = references(table, catalog)
    .map(({ child }) => child)
    .filter((child) => child.name !== table.name || child.database !== table.database);
  return [...new Set(children)].map((child) => ({
    ...child,
    foreignKeys: child.foreignKeys.map((key) =>
      key.parentDatabase === table.database && key.parentTable === table.name
        ? { ...key, parentColumns: key.parentColumns.map((name) => names.get(name) ?? name) }
        : key,
    ),
  }));
}

function needsRebuild(draft: AlterDraft, table: StoredTable): boolean {
  const { original } = draft;
  if (original.primaryKey.length !== table.primaryKey.length) return true;
  if (JSON.stringify(keyNames(original, draft)) !== JSON.stringify(table.primaryKey)) return true;
  if (JSON.stringify(foreignKeysOf(original, draft)) !== JSON.stringify(table.foreignKeys)) return true;
  const kept = draft.columns.filter(({ source }) => source !== undefined);
  if (kept.length !== original.columns.filter((column) => column.hidden !== true).length) return true;
  if (kept.some((column) => !keepsColumn(column))) return true;
  // What is added without a rebuild is added at the end, and its value is the same in every row.
  const added = draft.columns.slice(kept.length);
  const inOrder = draft.columns.slice(0, kept.length).every(({ source }) => source !== undefined);
  return !inOrder || added.some(({ definition }) => filling(definition) === 'numbered');
}

function keepsColumn({ definition, source }: DraftColumn): boolean {
  if (source === undefined) return false;
  return (
    definition.nullable === source.nullable &&
    sqliteColumn(definition.type) === sqliteColumn(source.type) &&
    keepsStoredValues(source.type, definition.type)
  );
}

/** The original's key under the columns' new names. */
function keyNames(original: StoredTable, draft: AlterDraft): readonly string[] {
  return original.primaryKey.map((name) => newName(name, draft));
}

function foreignKeysOf(original: StoredTable, draft: AlterDraft): StoredTable['foreignKeys'] {
  return original.foreignKeys.map((key) => ({
    ...key,
    columns: key.columns.map((name) => newName(name, draft)),
  }));
}

function newName(name: string, draft: AlterDraft): string {
  return draft.columns.find(({ source }) => source?.name === name)?.definition.name ?? name;
}

function renames(draft: AlterDraft): readonly StoredStatement[] {
  const { database, name } = draft.original;
  return draft.columns.flatMap(({ definition, source }) => {
    if (source === undefined || source.name === definition.name) return [];
    const change = `RENAME COLUMN ${quoteSqlite(source.name)} TO ${quoteSqlite(definition.name)}`;
    return [{ sql: `ALTER TABLE ${storedName(database, name)} ${change}`, binds: [] }];
  });
}

function addColumn(table: StoredTable, column: ColumnDefinition, context: ExecutionContext): StoredStatement {
  const fill = filling(column, { rules: sessionRules(context), context });
  const defaultClause = fill === null || typeof fill !== 'object' ? '' : ` DEFAULT ${fill.literal}`;
  const clause = `${sqliteColumnClause(column)}${defaultClause}`;
  return { sql: `ALTER TABLE ${storedName(table.database, table.name)} ADD COLUMN ${clause}`, binds: [] };
}

function dropIndex(table: StoredTable, index: IndexDefinition): readonly StoredStatement[] {
  if (index.kind === 'fulltext') return [];
  return [{ sql: `DROP INDEX ${storedIndexName(table.database, table.name, index.name)}`, binds: [] }];
}

/** Equal for SQLite: its columns follow a renaming by themselves. */
function sameIndex(a: IndexDefinition, b: IndexDefinition): boolean {
  return sameName(a.name, b.name) && a.unique === b.unique && a.kind === b.kind && sameParts(a, b);
}

function sameParts(a: IndexDefinition, b: IndexDefinition): boolean {
  return JSON.stringify(a.columns) === JSON.stringify(b.columns);
}

/**
 * Makes the new table beside the old one, fills it, and puts it in the old one's place. Foreign keys must
 * be off: dropping the old table would count as deleting its rows.
 */
function rebuild(
  draft: AlterDraft,
  table: StoredTable,
  context: ExecutionContext,
): readonly StoredStatement[] {
  const { original } = draft;
  const place = storedName(table.database, table.name);
  // No other table's name has a point.
  const beside = storedName(table.database, `.${table.name}`);
  const referenced = references(original, context.catalog).length > 0;
  // Children's REFERENCES follow a renaming of the old table's columns, not what the new one says.
  const first = referenced ? renames(draft) : [];
  const numbering = rowNumber(original, draft, referenced);
  const binds: StoredStatement['binds'][number][] = [];
  const parts = draft.columns.map((column) => {
    const from = referenced ? column.definition.name : (column.source?.name ?? '');
    const { sql, values } = valueOfColumn(column, from, numbering, context);
    binds.push(...values);
    return { name: quoteSqlite(column.definition.name), sql };
  });
  if (hasHiddenKey(table)) {
    const sql = hasHiddenKey(original) ? quoteSqlite(hiddenKey) : numbering;
    parts.push({ name: quoteSqlite(hiddenKey), sql });
  }
  const names = parts.map((part) => part.name).join(', ');
  const values = parts.map((part) => part.sql).join(', ');
  return [
    ...first,
    createTable(table, beside),
    { sql: `INSERT INTO ${beside} (${names}) SELECT ${values} FROM ${place}`, binds },
    { sql: `DROP TABLE ${place}`, binds: [] },
    { sql: `ALTER TABLE ${beside} RENAME TO ${place}`, binds: [] },
    ...table.indexes.flatMap((index) => indexStatements(table, index)),
  ];
}

/** Numbers the rows in the order of their key: SQLite's own order may differ between nodes. */
function rowNumber(original: StoredTable, draft: AlterDraft, renamed: boolean): string {
  const key = hasHiddenKey(original) ? [hiddenKey] : original.primaryKey;
  const names = renamed ? key.map((name) => newName(name, draft)) : key;
  return `ROW_NUMBER() OVER (ORDER BY ${names.map(quoteSqlite).join(', ')})`;
}

function valueOfColumn(
  { definition, source }: DraftColumn,
  from: string,
  numbering: string,
  context: ExecutionContext,
): { readonly sql: string; readonly values: StoredStatement['binds'] } {
  const rules = sessionRules(context);
  if (source === undefined) {
    const fill = filling(definition, { rules, context });
    if (fill === 'numbered') return { sql: numbering, values: [] };
    return { sql: fill === null ? 'NULL' : fill.literal, values: [] };
  }
  const conversion = keepsStoredValues(source.type, definition.type)
    ? { sql: quoteSqlite(from), values: [] }
    : conversionOf(
        { column: definition.name, from: source.type, to: definition.type, name: quoteSqlite(from) },
        context,
      );
  if (definition.nullable || !source.nullable) return conversion;
  const { defaultText: _, ...plain } = definition;
  const fill = filling(plain, { rules, context });
  const instead = fill === null || fill === 'numbered' ? '0' : fill.literal;
  return { sql: `COALESCE(${conversion.sql}, ${instead})`, values: conversion.values };
}
