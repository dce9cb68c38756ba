import { ObError } from '@sealane/errors';
import type { ColumnNode, CreateTableStatement, ForeignKeyNode, IndexNode } from '../ast.ts';
import type { Catalog, CheckDefinition, ColumnDefinition, TableDefinition } from '../catalog.ts';
import type { StoredTable } from '../catalog-rows.ts';
import type { StoreRules } from '../types/store-rules.ts';
import { columnDefinition } from './column-definition.ts';
import { type CharacterDefaults, characters } from './column-type.ts';
import { foreignKeyDefinition, supportingIndex } from './foreign-key.ts';
import { indexDefinition, keyColumns, sortIndexes } from './index-definition.ts';
import { mentions } from './mentions.ts';
import { checkName, hiddenColumn, type Place, sameName } from './names.ts';
import { storedText } from './stored-text.ts';
import { tableOptions } from './table-options.ts';

export interface TableContext {
  readonly catalog: Catalog;
  readonly place: Place;
  readonly text: string;
  readonly rules: StoreRules;
  readonly foreignKeyChecks: boolean;
  /** Of the database. */
  readonly defaults: CharacterDefaults;
  readonly nowMs: number;
}

/** SQLite's limit, less the hidden key. */
const columnsMax = 1999;

/** The columns that the statement's SELECT adds, settled by its plan. */
export type SelectedColumns = readonly ColumnDefinition[];

/** Settles CREATE TABLE (…). @throws 1060, 1068, 1075, 1113, 1117 and those of columns, indexes and keys */
export function tableDefinition(
  statement: CreateTableStatement,
  context: TableContext,
  selected: SelectedColumns = [],
): StoredTable {
  const options = tableOptions(statement.options);
  const defaults = characters(options.charset, options.collation, context.defaults);
  const primary = primaryParts(statement);
  const columns = settleColumns(statement.columns, primary, defaults, context, selected);
  const primaryKey = primary === undefined ? [] : keyColumns(primary, columns);
  let table: StoredTable = {
    kind: 'table',
    ...context.place,
    columns: primaryKey.length === 0 ? [...columns, hiddenColumn] : columns,
    primaryKey,
    indexes: [],
    foreignKeys: [],
    checks: checkDefinitions(statement, context),
    ...defaults,
    comment: options.comment ?? '',
    autoIncrementStart: options.autoIncrement ?? 1n,
    createdAtMs: context.nowMs,
    ...partitioningOf(statement, context.text),
  };
  for (const node of indexNodes(statement)) {
    table = { ...table, indexes: [...table.indexes, indexDefinition(node, table.columns, table.indexes)] };
  }
  for (const node of statement.foreignKeys) table = withForeignKey(table, node, context);
  table = { ...table, indexes: sortIndexes(table.indexes, table.columns) };
  checkAutoIncrement(table);
  checkGenerated(table.columns);
  return table;
}

export function withForeignKey<T extends TableDefinition>(
  table: T,
  node: ForeignKeyNode,
  context: { readonly catalog: Catalog; readonly foreignKeyChecks: boolean },
): T {
  const { catalog, foreignKeyChecks: checks } = context;
  const key = foreignKeyDefinition(node, { catalog, table, checks });
  const index = supportingIndex(key, table);
  return {
    ...table,
    foreignKeys: [...table.foreignKeys, key],
    indexes: index === undefined ? table.indexes : [...table.indexes, index],
  };
}

/** @throws 1075 unless there is at most one AUTO_INCREMENT column, and it begins a key */
export function checkAutoIncrement(table: TableDefinition): void {
  const generated = table.columns.filter((column) => column.autoIncrement === true);
  const [column] = generated;
  if (column === undefined) return;
  const keys = [table.primaryKey[0], ...table.indexes.map((index) => index.columns[0]?.name)];
  if (generated.length > 1 || !keys.some((name) => name !== undefined && sameName(name, column.name))) {
    throw new ObError('OB_ERR_WRONG_AUTO_KEY');
  }
}

/** @throws 3107, 3109 for a generated column that follows from a later one, or from a generated key */
export function checkGenerated(columns: readonly ColumnDefinition[]): void {
  for (const [at, { name, generated }] of columns.entries()) {
    if (generated === undefined) continue;
    const named = columns.filter((other) => mentions(generated.text, other.name));
    if (named.some((other) => other.autoIncrement === true))
      throw new ObError('ER_GENERATED_COLUMN_REF_AUTO_INC', [name]);
    if (named.some((other) => other.generated !== undefined && columns.indexOf(other) >= at)) {
      throw new ObError('ER_GENERATED_COLUMN_NON_PRIOR');
    }
  }
}

/** CHECK needs a name: `t_chk_1`, the first that is free. */
export function checkDefinition(
  node: CreateTableStatement['checks'][number],
  text: string,
  table: string,
  others: readonly CheckDefinition[],
  sqlMode: string,
): CheckDefinition {
  let name = node.name;
  for (let next = 1; name === undefined; next += 1) {
    const candidate = `${table}_chk_${next}`;
    if (!others.some((other) => sameName(other.name, candidate))) name = candidate;
  }
  const taken = name;
  if (others.some((other) => sameName(other.name, taken)))
    throw new ObError('ER_CHECK_CONSTRAINT_DUP_NAME', [name]);
  return { name, text: storedText(node.condition, text, sqlMode) };
}

function settleColumns(
  nodes: readonly ColumnNode[],
  primary: IndexNode['parts'] | undefined,
  defaults: CharacterDefaults,
  context: TableContext,
  selected: SelectedColumns,
): readonly ColumnDefinition[] {
  const inKey = new Set((primary ?? []).map((part) => part.column?.toLowerCase()));
  const own = nodes.map((node) => {
    const inPrimaryKey = inKey.has(node.name.toLowerCase());
    return columnDefinition(node, { text: context.text, rules: context.rules, defaults, inPrimaryKey });
  });
  // A column named by both is the one defined; MySQL puts those only defined first.
  const fromSelect = selected.map(
    (column) => own.find((candidate) => sameName(candidate.name, column.name)) ?? keyed(column, inKey),
  );
  const columns = [...own.filter((column) => !fromSelect.includes(column)), ...fromSelect];
  if (columns.length === 0) throw new ObError('ER_TABLE_MUST_HAVE_COLUMNS');
  if (columns.length > columnsMax) throw new ObError('OB_ERR_TOO_MANY_COLUMNS');
  refuseDuplicates(columns);
  return columns;
}

function keyed(column: ColumnDefinition, inKey: ReadonlySet<string | undefined>): ColumnDefinition {
  if (!inKey.has(column.name.toLowerCase())) return column;
  const { defaultText, ...rest } = column;
  return {
    ...rest,
    nullable: false,
    ...(defaultText === undefined || defaultText === 'NULL' ? {} : { defaultText }),
  };
}

function refuseDuplicates(columns: readonly ColumnDefinition[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    checkName('column', name);
    if (seen.has(name.toLowerCase())) throw new ObError('OB_ERR_COLUMN_DUPLICATE', [name]);
    seen.add(name.toLowerCase());
  }
}

function primaryParts(statement: CreateTableStatement): IndexNode['parts'] | undefined {
  const keys = [
    ...statement.columns.filter((column) => column.primaryKey).map((column) => [wholeColumn(column)]),
    ...statement.indexes.filter((index) => index.type === 'primary').map((index) => index.parts),
  ];
  if (keys.length > 1) throw new ObError('OB_ERR_MULTIPLE_PRI_KEY');
  return keys[0];
}

/** Those of the columns come first, as in MySQL. */
function indexNodes(statement: CreateTableStatement): readonly IndexNode[] {
  return [
    ...statement.columns.flatMap(uniqueOfColumn),
    ...statement.indexes.filter((index) => index.type !== 'primary'),
  ];
}

export function uniqueOfColumn(column: ColumnNode): readonly IndexNode[] {
  if (!column.unique && column.type.name !== 'serial') return [];
  const { start, end } = column;
  return [{ type: 'unique', name: undefined, parts: [wholeColumn(column)], options: noOptions, start, end }];
}

function wholeColumn({ name, start, end }: ColumnNode): IndexNode['parts'][number] {
  return { column: name, expression: undefined, prefixLength: undefined, direction: undefined, start, end };
}

const noOptions: IndexNode['options'] = {
  using: undefined,
  comment: undefined,
  invisible: undefined,
  parser: undefined,
  keyBlockSize: undefined,
  scope: undefined,
};

function checkDefinitions(
  statement: CreateTableStatement,
  context: TableContext,
): readonly CheckDefinition[] {
  const nodes = [...statement.columns.flatMap((column) => column.checks), ...statement.checks];
  const checks: CheckDefinition[] = [];
  for (const node of nodes) {
    if (node.enforced)
      checks.push(checkDefinition(node, context.text, context.place.name, checks, context.rules.sqlMode));
  }
  return checks;
}

function partitioningOf(statement: CreateTableStatement, text: string): Pick<StoredTable, 'partitioning'> {
  const clause = statement.partitioning;
  return clause === undefined ? {} : { partitioning: text.slice(clause.start, clause.end) };
}
