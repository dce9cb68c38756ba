import { ObError } from '@sealane/errors';
import type { TableName } from '../../ast.ts';
import type { ColumnDefinition, TableDefinition } from '../../catalog.ts';
import { hiddenKey, isAccountTable, quoteSqlite, refuseVirtual, storedName } from '../../ddl/names.ts';
import { tablePlace } from '../relation.ts';
import { notSupported, type Translation } from '../statement.ts';
import type { TableUse, WritePrivilege } from '../table-use.ts';

/** A table that a statement writes, with what every row needs. Rows are arrays of stored values in column order. */
export interface WriteTarget {
  readonly table: TableDefinition;
  /** Quoted, `"d.t"`. */
  readonly name: string;
  /** Every column, the hidden key too. */
  readonly columns: readonly ColumnDefinition[];
  /** Places of the columns that make up the key. */
  readonly key: readonly number[];
  /** Place of the AUTO_INCREMENT column; -1 for none. */
  readonly autoIncrement: number;
}

const targets = new WeakMap<TableDefinition, WriteTarget>();

/** @throws 1146, 1044 of the system's tables, 1235 of a view and of what shows accounts */
export function writeTarget(node: TableName, translation: Translation, verb: string): WriteTarget {
  const { database, name } = tablePlace(node, translation);
  const { catalog, session } = translation.environment;
  refuseVirtual(database, session);
  if (isAccountTable({ database, name })) throw notSupported('DML operation on Inner Table');
  const relation = catalog.relation(database, name);
  if (relation === undefined) {
    const details = { database, table: name, command: verb };
    if (catalog.database(database) === undefined)
      throw new ObError('OB_ERR_BAD_DATABASE', [database], { details });
    throw new ObError('OB_TABLE_NOT_EXIST', [database, name], { details });
  }
  if (relation.kind === 'view') throw notSupported(`${verb} on a view`);
  return targetOf(relation);
}

/** Notes what is done to the table's rows, and to which columns. */
export function noteWrite(
  { table }: WriteTarget,
  privileges: readonly WritePrivilege[],
  translation: Translation,
  columns: readonly string[] = [],
): void {
  const use = translation.use(table.database, table.name, privileges);
  for (const column of columns) use.columns.add(column.toLowerCase());
}

/** Where columns are noted that WHERE or an assignment reads of a table that is written. */
export function noteRead({ table }: WriteTarget, translation: Translation): TableUse {
  const use = translation.use(table.database, table.name, ['SELECT']);
  use.always = false;
  return use;
}

export function targetOf(table: TableDefinition): WriteTarget {
  let target = targets.get(table);
  if (target === undefined) {
    target = makeTarget(table);
    targets.set(table, target);
  }
  return target;
}

function makeTarget(table: TableDefinition): WriteTarget {
  const hidden = table.columns.find((column) => column.hidden === true || column.name === hiddenKey);
  const columns =
    table.primaryKey.length === 0 && hidden === undefined ? [...table.columns, hiddenColumn] : table.columns;
  const keyNames = table.primaryKey.length === 0 ? [hidden?.name ?? hiddenKey] : table.primaryKey;
  return {
    table,
    name: storedName(table.database, table.name),
    columns,
    key: keyNames.map((name) => placeOfColumn(columns, name)),
    autoIncrement: columns.findIndex((column) => column.autoIncrement === true),
  };
}

const hiddenColumn: ColumnDefinition = {
  name: hiddenKey,
  type: { name: 'bigint' },
  nullable: false,
  comment: '',
  hidden: true,
};

/** @returns -1 for none */
export function placeOfColumn(columns: readonly ColumnDefinition[], name: string): number {
  const lower = name.toLowerCase();
  return columns.findIndex((column) => column.name.toLowerCase() === lower);
}

/** A column that a statement may name. @throws 1054 */
export function namedPlace(target: WriteTarget, name: string, clause = 'field list'): number {
  const place = placeOfColumn(target.columns, name);
  if (place < 0 || isHidden(target.columns[place]))
    throw new ObError('OB_ERR_BAD_FIELD_ERROR', [name, clause]);
  return place;
}

export function isHidden(column: ColumnDefinition | undefined): boolean {
  return column?.hidden === true || column?.name === hiddenKey;
}

/** `"a" = ? AND "b" = ?` over the key. */
export function keyCondition(target: WriteTarget): string {
  return target.key.map((place) => `${quoteSqlite(target.columns[place]?.name ?? '')} = ?`).join(' AND ');
}
