import { ObError } from '@sealane/errors';
import type { TableName } from '../ast.ts';
import type { Catalog, ColumnDefinition, RelationDefinition, TableDefinition } from '../catalog.ts';
import type { StoredTable } from '../catalog-rows.ts';
import type { SessionState } from '../session-state.ts';

/** Most characters of a name. */
const nameLengthMax = 64;

/** A table's place, in lower case: `lower_case_table_names` is 1. */
export interface Place {
  readonly database: string;
  readonly name: string;
}

/** What naming needs of an execution context. */
export interface NameContext {
  readonly catalog: Catalog;
  readonly session: SessionState;
}

export function quoteSqlite(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The SQLite table of a MySQL table, quoted: `"d.t"`. */
export function storedName(database: string, table: string): string {
  return quoteSqlite(`${database}.${table}`);
}

/** The SQLite index of a MySQL index, quoted: `"d.t.i"`. */
export function storedIndexName(database: string, table: string, index: string): string {
  return quoteSqlite(`${database}.${table}.${index.toLowerCase()}`);
}

/** @throws 1046 without a default database, 1049 if the database isn't there */
export function placeOf(table: TableName, { catalog, session }: NameContext): Place {
  const database = (table.database ?? session.database)?.toLowerCase();
  if (database === undefined) throw new ObError('OB_ERR_NO_DB_SELECTED');
  if (catalog.database(database) === undefined) throw new ObError('OB_ERR_BAD_DATABASE', [database]);
  return { database, name: table.name.toLowerCase() };
}

/** @throws 1044 where users neither make nor write tables */
export function refuseVirtual(database: string, session: SessionState): void {
  if (database !== 'information_schema' && database !== 'oceanbase') return;
  if (database === 'oceanbase' && session.internal === true) return;
  throw new ObError('OB_ERR_NO_DB_PRIVILEGE', [session.user, session.accountHost, database]);
}

/** What shows accounts is no table of its own. @throws 4179 */
export function refuseSystemTable({ database, name }: Place): void {
  if (!isAccountTable({ database, name })) return;
  throw new ObError('OB_OP_NOT_ALLOW', [`changing the definition of ${database}.${name}`]);
}

export function isAccountTable({ database, name }: Place): boolean {
  return database === 'mysql' && accountTableNames.has(name);
}

const accountTableNames: ReadonlySet<string> = new Set([
  'user',
  'db',
  'tables_priv',
  'columns_priv',
  'procs_priv',
  'role_edges',
  'default_roles',
]);

/** @throws 1146 if there is no such table or view */
export function relationAt({ database, name }: Place, catalog: Catalog): RelationDefinition {
  const relation = catalog.relation(database, name);
  if (relation === undefined) throw new ObError('OB_TABLE_NOT_EXIST', [database, name]);
  return relation;
}

/** @throws 1146 if there is nothing, 1347 if it is a view */
export function tableAt(place: Place, catalog: Catalog): StoredTable {
  const relation = relationAt(place, catalog);
  if (relation.kind === 'table') return relation;
  throw new ObError('OB_ERR_WRONG_OBJECT', [place.database, place.name, 'BASE TABLE']);
}

/** @throws 1059 for a name over 64 characters, 1235 for one with a point, 1102, 1103 or 1166 for an empty one or one that ends with a space */
export function checkName(kind: 'database' | 'table' | 'column', name: string): void {
  if ([...name].length > nameLengthMax) throw new ObError('OB_ERR_TOO_LONG_IDENT', [name]);
  // `"d.t"` has to tell whose table it is.
  if (kind !== 'column' && name.includes('.'))
    throw new ObError('OB_NOT_SUPPORTED', [`a point in a ${kind}'s name`]);
  if (name !== '' && !name.endsWith(' ')) return;
  const wrong = {
    database: 'OB_WRONG_DB_NAME',
    table: 'OB_WRONG_TABLE_NAME',
    column: 'OB_WRONG_COLUMN_NAME',
  } as const;
  throw new ObError(wrong[kind], [name]);
}

/** Column names are compared without regard to case. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Whether the table has rows whose key the database made: then it has no key of its own. */
export function hasHiddenKey(table: TableDefinition): boolean {
  return table.primaryKey.length === 0;
}

export const hiddenKey = '__pk_increment';

/** Where the rows' key is the database's own affair. */
export const hiddenColumn: ColumnDefinition = {
  name: hiddenKey,
  type: { name: 'bigint' },
  nullable: false,
  comment: '',
  hidden: true,
};
