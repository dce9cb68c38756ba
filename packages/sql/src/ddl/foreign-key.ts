import { ObError } from '@sealane/errors';
import type { ForeignKeyNode, ReferenceOption } from '../ast.ts';
import type {
  Catalog,
  ColumnDefinition,
  ForeignKeyDefinition,
  IndexDefinition,
  ReferentialAction,
  TableDefinition,
} from '../catalog.ts';
import { storedForm } from '../types/sqlite-column.ts';
import { keyColumns } from './index-definition.ts';
import { sameName } from './names.ts';

export interface ForeignKeyContext {
  readonly catalog: Catalog;
  /** The table that is being made, as far as it is settled: it may refer to itself. */
  readonly table: TableDefinition;
  /** The variable foreign_key_checks: off, the parent may be missing yet. */
  readonly checks: boolean;
}

/** @throws 1072, 1215, 1239, 1822, 1824, 1826, 1830 */
export function foreignKeyDefinition(node: ForeignKeyNode, context: ForeignKeyContext): ForeignKeyDefinition {
  const { table } = context;
  const columns = keyColumns(node.columns, table.columns);
  const name = node.name ?? `${table.name}_ibfk_${nextNumber(table)}`;
  const parentColumns = node.references.columns;
  if (parentColumns.length !== columns.length) {
    throw new ObError('OB_ERR_WRONG_FK_DEF', [
      node.name ?? 'foreign key without name',
      "Key reference and table reference don't match",
    ]);
  }
  checkName(name, context);
  const key: ForeignKeyDefinition = {
    name,
    columns,
    parentDatabase: (node.references.table.database ?? table.database).toLowerCase(),
    parentTable: node.references.table.name.toLowerCase(),
    parentColumns,
    onDelete: action(node.references.onDelete),
    onUpdate: action(node.references.onUpdate),
  };
  refuseSetNull(key, table);
  return withParent(key, context);
}

/** The index that a foreign key needs on its own columns, unless one begins with them. */
export function supportingIndex(
  key: ForeignKeyDefinition,
  table: TableDefinition,
): IndexDefinition | undefined {
  const keys = [table.primaryKey, ...table.indexes.map((index) => index.columns.map((part) => part.name))];
  if (keys.some((list) => key.columns.every((column, at) => sameName(list[at] ?? '', column))))
    return undefined;
  return {
    name: key.name,
    unique: false,
    kind: 'btree',
    columns: key.columns.map((name) => ({ name })),
    comment: '',
  };
}

/** The foreign keys, of all tables, that refer to a table; each with its own table. */
export function references(
  to: { readonly database: string; readonly name: string },
  catalog: Catalog,
): readonly { readonly child: TableDefinition; readonly key: ForeignKeyDefinition }[] {
  return catalog
    .databases()
    .flatMap((database) => catalog.relations(database.name))
    .filter((relation) => relation.kind === 'table')
    .flatMap((child) => child.foreignKeys.map((key) => ({ child, key })))
    .filter(({ key }) => key.parentDatabase === to.database && key.parentTable === to.name);
}

function withParent(
  key: ForeignKeyDefinition,
  { catalog, table, checks }: ForeignKeyContext,
): ForeignKeyDefinition {
  const own = key.parentDatabase === table.database && key.parentTable === table.name;
  const parent = own ? table : catalog.relation(key.parentDatabase, key.parentTable);
  if (parent === undefined || parent.kind !== 'table') {
    if (!checks && parent === undefined) return key;
    throw new ObError('ER_FK_CANNOT_OPEN_PARENT', [key.parentTable]);
  }
  const parents = key.parentColumns.map((name) => find(parent.columns, name));
  const children = key.columns.map((name) => find(table.columns, name));
  if (!children.every((child, at) => fits(child, parents[at])))
    throw new ObError('OB_ERR_CANNOT_ADD_FOREIGN');
  const names = parents.map((column) => column?.name ?? '');
  if (!isUnique(parent, names)) throw new ObError('ER_FK_NO_INDEX_PARENT', [key.name, key.parentTable]);
  return { ...key, parentColumns: names };
}

/** SQLite finds the parent's row by an index on exactly these columns. */
function isUnique(parent: TableDefinition, names: readonly string[]): boolean {
  const keys = [
    parent.primaryKey,
    ...parent.indexes
      .filter((index) => index.unique && index.columns.every((part) => part.prefixLength === undefined))
      .map((index) => index.columns.map((part) => part.name)),
  ];
  return keys.some((list) => list.length === names.length && names.every((name) => list.includes(name)));
}

function fits(child: ColumnDefinition | undefined, parent: ColumnDefinition | undefined): boolean {
  if (child === undefined || parent === undefined) return false;
  const form = storedForm(child.type);
  if (form !== storedForm(parent.type)) return false;
  return (
    form !== 'decimal' ||
    (child.type.length === parent.type.length && child.type.decimals === parent.type.decimals)
  );
}

function refuseSetNull(key: ForeignKeyDefinition, table: TableDefinition): void {
  if (key.onDelete !== 'SET NULL' && key.onUpdate !== 'SET NULL') return;
  const fixed = key.columns.find((name) => find(table.columns, name)?.nullable === false);
  if (fixed !== undefined) throw new ObError('OB_ERR_FK_COLUMN_NOT_NULL', [fixed, key.name]);
}

/** Names of foreign keys are unique in a database. */
function checkName(name: string, { catalog, table }: ForeignKeyContext): void {
  if ([...name].length > 64) throw new ObError('OB_ERR_TOO_LONG_IDENT', [name]);
  const taken = catalog
    .relations(table.database)
    .filter((relation) => relation.kind === 'table')
    .filter((relation) => relation.name !== table.name)
    .concat(table)
    .some((relation) => relation.foreignKeys.some((key) => sameName(key.name, name)));
  if (taken) throw new ObError('ER_FK_DUP_NAME', [name]);
}

function nextNumber(table: TableDefinition): number {
  const prefix = `${table.name}_ibfk_`;
  const numbers = table.foreignKeys.map(({ name }) =>
    name.startsWith(prefix) ? Number(name.slice(prefix.length)) || 0 : 0,
  );
  return 1 + Math.max(0, ...numbers);
}

function action(option: ReferenceOption | undefined): ReferentialAction {
  if (option === 'SET DEFAULT') throw new ObError('OB_NOT_SUPPORTED', ['SET DEFAULT of a foreign key']);
  return option ?? 'RESTRICT';
}

function find(columns: readonly ColumnDefinition[], name: string): ColumnDefinition | undefined {
  return columns.find((column) => sameName(column.name, name));
}
