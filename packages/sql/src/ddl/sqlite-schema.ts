import type { ColumnDefinition, ForeignKeyDefinition, IndexDefinition, TableDefinition } from '../catalog.ts';
import type { StoredStatement } from '../plan.ts';
import { sqliteColumn } from '../types/sqlite-column.ts';
import { hiddenKey, quoteSqlite, storedIndexName, storedName } from './names.ts';

/** The SQLite statements that make a table with its indexes, empty. */
export function tableStatements(table: TableDefinition): readonly StoredStatement[] {
  return [
    createTable(table, storedName(table.database, table.name)),
    ...table.indexes.flatMap((index) => indexStatements(table, index)),
  ];
}

/** @param name the quoted name, which may differ from the table's while it is rebuilt */
export function createTable(table: TableDefinition, name: string): StoredStatement {
  const parts = [
    ...table.columns.map(sqliteColumnClause),
    ...(table.primaryKey.length === 0 ? [] : [`PRIMARY KEY (${names(table.primaryKey)})`]),
    ...table.foreignKeys.map(foreignKeyClause),
  ];
  return { sql: `CREATE TABLE ${name} (${parts.join(', ')})`, binds: [] };
}

/** None for a FULLTEXT index: MATCH reads the rows. */
export function indexStatements(table: TableDefinition, index: IndexDefinition): readonly StoredStatement[] {
  if (index.kind === 'fulltext') return [];
  const columns = index.columns.map((column) => {
    const name = quoteSqlite(column.name);
    // A prefix matters where it decides what is equal; else the whole column serves as well.
    const key =
      index.unique && column.prefixLength !== undefined ? `substr(${name}, 1, ${column.prefixLength})` : name;
    return column.descending === true ? `${key} DESC` : key;
  });
  const on = `${storedName(table.database, table.name)} (${columns.join(', ')})`;
  const indexName = storedIndexName(table.database, table.name, index.name);
  return [{ sql: `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${indexName} ON ${on}`, binds: [] }];
}

/** `"c" TEXT COLLATE NOCASE NOT NULL`. Generated columns are plain ones: their values come with each row. */
export function sqliteColumnClause(column: ColumnDefinition): string {
  if (column.name === hiddenKey) return `${quoteSqlite(hiddenKey)} INTEGER PRIMARY KEY`;
  const declaration = `${quoteSqlite(column.name)} ${sqliteColumn(column.type)}`;
  return column.nullable ? declaration : `${declaration} NOT NULL`;
}

function foreignKeyClause(key: ForeignKeyDefinition): string {
  const parent = storedName(key.parentDatabase, key.parentTable);
  return (
    `CONSTRAINT ${quoteSqlite(key.name)} FOREIGN KEY (${names(key.columns)}) ` +
    `REFERENCES ${parent} (${names(key.parentColumns)}) ON DELETE ${key.onDelete} ON UPDATE ${key.onUpdate}`
  );
}

function names(columns: readonly string[]): string {
  return columns.map(quoteSqlite).join(', ');
}
