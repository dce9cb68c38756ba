import { accountStatements } from './accounts/stored-tables.ts';
import type { Catalog, DatabaseDefinition, RelationDefinition, TableDefinition } from './catalog.ts';
import { logDefinitions } from './ddl/log-tables.ts';
import { tableStatements } from './ddl/sqlite-schema.ts';
import type { StoredStatement } from './plan.ts';
import type { SqlValue } from './values.ts';

/**
 * The catalog as rows. Table `__catalog` of each tenant's file:
 *
 *  column      type  meaning
 *  kind        TEXT  database | table | view
 *  database    TEXT  in lower case
 *  name        TEXT  in lower case; '' for a database
 *  definition  TEXT  JSON of the definition without kind, database and name; 64-bit integers as text
 */
export const catalogTable = '__catalog';

export const catalogSchema =
  `CREATE TABLE IF NOT EXISTS "${catalogTable}" (kind TEXT NOT NULL, database TEXT NOT NULL, name TEXT NOT NULL, ` +
  `definition TEXT NOT NULL, PRIMARY KEY (kind, database, name)) WITHOUT ROWID`;

/** Reads what buildCatalog takes. */
export const catalogQuery = `SELECT kind, database, name, definition FROM "${catalogTable}"`;

/** A table with what only showing it needs. */
export interface StoredTable extends TableDefinition {
  /** MySQL text, `PARTITION BY …`: kept and shown. Rows aren't parted. */
  readonly partitioning?: string;
}

/** Databases that are there without a row: their tables are virtual. */
const virtualDatabases: readonly DatabaseDefinition[] = ['information_schema', 'oceanbase'].map((name) => ({
  name,
  charset: 'utf8mb4',
  collation: 'utf8mb4_general_ci',
}));

/** @param rows answers of catalogQuery @param version grows with each DDL statement */
export function buildCatalog(rows: readonly (readonly SqlValue[])[], version: number): Catalog {
  const databases = new Map(virtualDatabases.map((database) => [database.name, database]));
  const relations = new Map<string, Map<string, RelationDefinition>>();
  for (const [kind, database, name, definition] of rows) {
    if (kind === 'database') {
      databases.set(String(database), { ...parse<DatabaseDefinition>(definition), name: String(database) });
    } else {
      const relation = relationOf(String(kind), String(database), String(name), definition);
      const siblings = relations.get(relation.database) ?? new Map<string, RelationDefinition>();
      siblings.set(relation.name, relation);
      relations.set(relation.database, siblings);
    }
  }
  const sortedDatabases = [...databases.values()].sort(byName);
  const sortedRelations = new Map(
    [...relations].map(([name, set]) => [name, [...set.values()].sort(byName)]),
  );
  return {
    version,
    database: (name) => databases.get(name.toLowerCase()),
    databases: () => sortedDatabases,
    relation: (database, name) => relations.get(database.toLowerCase())?.get(name.toLowerCase()),
    relations: (database) => sortedRelations.get(database.toLowerCase()) ?? [],
  };
}

export function putDatabase({ name, ...definition }: DatabaseDefinition): StoredStatement {
  return put('database', name, '', definition);
}

export function putRelation({ kind, database, name, ...definition }: RelationDefinition): StoredStatement {
  return put(kind, database, name, definition);
}

export function removeDatabase(name: string): StoredStatement {
  return { sql: `DELETE FROM "${catalogTable}" WHERE database = ?`, binds: [name] };
}

export function removeRelation(relation: RelationDefinition): StoredStatement {
  return {
    sql: `DELETE FROM "${catalogTable}" WHERE kind = ? AND database = ? AND name = ?`,
    binds: [relation.kind, relation.database, relation.name],
  };
}

/**
 * What a new tenant begins with: the catalog, the databases `mysql` and `test`, the tables of accounts, which the
 * catalog doesn't know, and root@'%' without a password. The same on every node, so it may run before the log begins.
 */
export function initialStatements(): readonly StoredStatement[] {
  return [
    { sql: catalogSchema, binds: [] },
    ...['mysql', 'test'].map((name) =>
      putDatabase({ name, charset: 'utf8mb4', collation: 'utf8mb4_general_ci' }),
    ),
    ...logDefinitions().flatMap((table) => [...tableStatements(table), putRelation(table)]),
    ...accountStatements(),
  ];
}

function put(kind: string, database: string, name: string, definition: object): StoredStatement {
  const text = JSON.stringify(definition, (_, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return {
    sql: `INSERT OR REPLACE INTO "${catalogTable}" (kind, database, name, definition) VALUES (?, ?, ?, ?)`,
    binds: [kind, database, name, text],
  };
}

interface Parsed {
  readonly text: string;
  readonly relation: RelationDefinition;
}

/** Definitions as they were last read: a DDL statement changes few of them. */
const parsedRelations = new Map<string, Parsed>();
const parsedRelationsMax = 20_000;

function relationOf(
  kind: string,
  database: string,
  name: string,
  definition: SqlValue | undefined,
): RelationDefinition {
  const key = `${kind}\0${database}\0${name}`;
  const text = String(definition);
  const known = parsedRelations.get(key);
  if (known?.text === text) return known.relation;
  const relation = parseRelation(kind, database, name, definition);
  if (parsedRelations.size >= parsedRelationsMax) parsedRelations.clear();
  parsedRelations.set(key, { text, relation });
  return relation;
}

function parseRelation(
  kind: string,
  database: string,
  name: string,
  definition: SqlValue | undefined,
): RelationDefinition {
  if (kind === 'view')
    return { ...parse<RelationDefinition & { kind: 'view' }>(definition), kind, database, name };
  const table = parse<TableDefinition>(definition);
  const autoIncrementStart = BigInt(table.autoIncrementStart);
  return { ...table, kind: 'table', database, name, autoIncrementStart };
}

function parse<T>(definition: SqlValue | undefined): T {
  return JSON.parse(String(definition)) as T;
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
