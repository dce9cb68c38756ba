import { ObError } from '@sealane/errors';
import type { WithinView } from '../accounts/required-privilege.ts';
import type { NamedTable, TableName } from '../ast.ts';
import type { TableDefinition, ViewDefinition } from '../catalog.ts';
import { hiddenKey, quoteSqlite, storedName } from '../ddl/names.ts';
import { parseStatement } from '../parser/script.ts';
import type { VirtualTableDefinition } from '../virtual-table.ts';
import { isQuery } from './query-kind.ts';
import type { CommonTableSql, ExpressionContext, ScopeColumn, ScopeRelation } from './scope.ts';
import { emptyScope, findCommonTable } from './scope.ts';
import type { SelectSources } from './sources.ts';
import type { Translation } from './statement.ts';
import type { TableUse } from './table-use.ts';
import type { ColumnOrigin, Typed } from './typed.ts';

/** A relation with the SQLite text that stands for it in FROM. */
export interface RelationSql {
  readonly sql: string;
  readonly relation: ScopeRelation;
}

/** @throws 1046, 1049, 1146 */
export function translateNamedTable(
  node: NamedTable,
  context: ExpressionContext,
  sources: SelectSources,
): RelationSql {
  const { translation } = context;
  const alias = node.alias ?? node.name;
  if (node.asOf !== undefined) throw new ObError('OB_NOT_SUPPORTED', ['AS OF SNAPSHOT']);
  if (node.partitions.length > 0) throw new ObError('OB_NOT_SUPPORTED', ['PARTITION selection']);
  if (node.database === undefined) {
    const common = findCommonTable(node.name, context.commonTables);
    if (common !== undefined) return commonTable(common, alias, translation);
    if (node.name.toLowerCase() === 'dual')
      return { sql: '(SELECT 1)', relation: { alias, database: undefined, columns: [] } };
  }
  const { database, name } = tablePlace(node, translation);
  const virtual = translation.environment.virtualTable(database, name);
  if (virtual !== undefined) return virtualTable(virtual, alias, translation);
  const definition = translation.environment.catalog.relation(database, name);
  if (definition === undefined) throw missing(node, database, name, translation);
  if (definition.kind === 'view') return view(definition, alias, context, sources);
  translation.readsTables = true;
  const use = translation.use(database, name, ['SELECT']);
  checkHints(node, definition);
  const sqlAlias = translation.alias(alias);
  translation.tables.set(sqlAlias, `${database}.${name}`);
  return {
    sql: `${storedName(database, name)} AS ${sqlAlias}`,
    relation: storedRelation(definition, alias, sqlAlias, use),
  };
}

/** @throws 1176 for an index that there isn't. Which one serves is SQLite's choice. */
function checkHints({ indexHints, alias, name }: NamedTable, table: TableDefinition): void {
  for (const { indexes } of indexHints) {
    for (const index of indexes) {
      const lower = index.toLowerCase();
      const isKnown = lower === 'primary' || table.indexes.some((each) => each.name.toLowerCase() === lower);
      if (!isKnown) throw new ObError('OB_ERR_KEY_DOES_NOT_EXISTS', [index, alias ?? name]);
    }
  }
}

/** Where a table's name points. @throws 1046 without a default database */
export function tablePlace(node: TableName, translation: Translation): { database: string; name: string } {
  const database = (node.database ?? translation.environment.session.database)?.toLowerCase();
  if (database === undefined) throw new ObError('OB_ERR_NO_DB_SELECTED');
  return { database, name: node.name.toLowerCase() };
}

function missing(node: TableName, database: string, name: string, translation: Translation): ObError {
  const { catalog } = translation.environment;
  const details = { database, table: name, command: 'SELECT' };
  if (catalog.database(database) === undefined && node.database !== undefined) {
    return new ObError('OB_ERR_BAD_DATABASE', [database], { details });
  }
  return new ObError('OB_TABLE_NOT_EXIST', [database, name], { details });
}

function commonTable(common: CommonTableSql, alias: string, translation: Translation): RelationSql {
  const sqlAlias = translation.alias(alias);
  common.aliases?.push(sqlAlias);
  return {
    sql: `${common.name} AS ${sqlAlias}`,
    relation: { alias, database: undefined, columns: aliased(common.columns, sqlAlias, alias) },
  };
}

/** Columns c1, c2, … of a query, seen under an alias. */
export function aliased(columns: readonly ScopeColumn[], sqlAlias: string, alias: string): ScopeColumn[] {
  return columns.map((column, index) => ({
    name: column.name,
    typed: {
      ...withoutConstant(column.typed),
      sql: `${sqlAlias}.c${index + 1}`,
      coercibility: 2,
      column: { ...(column.typed.column ?? noOrigin(column.name)), table: alias },
    },
  }));
}

function noOrigin(name: string): ColumnOrigin {
  return { database: '', table: '', originalTable: '', originalName: name };
}

export function withoutConstant(typed: Typed): Typed {
  const { constant: _, literal: __, ...rest } = typed;
  return rest;
}

function virtualTable(virtual: VirtualTableDefinition, alias: string, translation: Translation): RelationSql {
  translation.virtualTables.add(virtual);
  const use = translation.use(virtual.database, virtual.name.toLowerCase(), ['SELECT']);
  const sqlAlias = translation.alias(alias);
  const columns = virtual.columns.map((column): ScopeColumn => {
    const origin = {
      database: virtual.database,
      table: alias,
      originalTable: virtual.name,
      originalName: column.name,
    };
    return {
      name: column.name,
      use,
      typed: columnTyped(
        `${sqlAlias}.${quoteSqlite(column.name)}`,
        column.type,
        column.nullable ?? true,
        origin,
      ),
    };
  });
  return {
    sql: `temp.${storedName(virtual.database, virtual.name)} AS ${sqlAlias}`,
    relation: { alias, database: virtual.database, columns, use },
  };
}

function columnTyped(sql: string, type: Typed['type'], nullable: boolean, column: ColumnOrigin): Typed {
  return { sql, type, form: 'stored', nullable, coercibility: 2, column };
}

/** Column sets of tables, which don't change while a definition lives. */
const origins = new WeakMap<TableDefinition, readonly ColumnOrigin[]>();

/** @param sqlAlias SQLite's name of the table in the statement; '' for none */
export function storedRelation(
  table: TableDefinition,
  alias: string,
  sqlAlias: string,
  use: TableUse,
): ScopeRelation {
  let known = origins.get(table);
  if (known === undefined) {
    known = table.columns.map((column) => columnOrigin(table, column.name));
    origins.set(table, known);
  }
  const prefix = sqlAlias === '' ? '' : `${sqlAlias}.`;
  const columns: ScopeColumn[] = [];
  for (const [index, column] of table.columns.entries()) {
    const origin = known[index] as ColumnOrigin;
    columns.push({
      name: column.name,
      use,
      typed: columnTyped(
        prefix + quoteSqlite(column.name),
        column.type,
        column.nullable,
        origin.table === alias ? origin : { ...origin, table: alias },
      ),
      ...(column.hidden === true || column.name === hiddenKey ? { hidden: true } : {}),
    });
  }
  return { alias, database: table.database, columns, use };
}

function columnOrigin(table: TableDefinition, name: string): ColumnOrigin {
  const lower = name.toLowerCase();
  const is = (other: string | undefined): boolean => other?.toLowerCase() === lower;
  const indexed = table.indexes.filter((index) => is(index.columns[0]?.name));
  const primary = table.primaryKey.some(is);
  const unique = indexed.some((index) => index.unique && index.columns.length === 1);
  return {
    database: table.database,
    table: table.name,
    originalTable: table.name,
    originalName: name,
    ...(primary ? { primaryKey: true } : {}),
    ...(unique ? { uniqueKey: true } : {}),
    ...(indexed.length > 0 && !unique ? { multipleKey: true } : {}),
    ...(table.columns.find((column) => is(column.name))?.autoIncrement === true
      ? { autoIncrement: true }
      : {}),
  };
}

/** A view is its SELECT in place, read with the names of the view's own statement. */
function view(
  definition: ViewDefinition,
  alias: string,
  context: ExpressionContext,
  sources: SelectSources,
): RelationSql {
  const { translation } = context;
  const key = `${definition.database}.${definition.name}`;
  if (translation.openViews.includes(key)) {
    throw new ObError('OB_ERR_VIEW_RECURSIVE', [definition.database, definition.name]);
  }
  const { statement } = parseStatement(definition.text);
  if (!isQuery(statement)) throw invalidView(definition);
  const use = translation.use(definition.database, definition.name, ['SELECT']);
  const { text: outerText, within: outerWithin } = translation;
  translation.openViews.push(key);
  translation.text = definition.text;
  translation.within = withinView(definition, outerWithin);
  try {
    const inner: ExpressionContext = {
      translation,
      scope: emptyScope,
      commonTables: undefined,
      clause: 'field list',
      aggregates: false,
    };
    const query = sources.query(statement, inner, { named: true });
    const sqlAlias = translation.alias(alias);
    const columns = query.items.map(({ name, typed }, index) => ({
      name: definition.columnNames[index] ?? name,
      typed,
    }));
    return {
      sql: `(${query.sql}) AS ${sqlAlias}`,
      relation: {
        alias,
        database: definition.database,
        columns: aliased(columns, sqlAlias, alias).map((column) => ({ ...column, use })),
        use,
      },
    };
  } catch (error) {
    throw asInvalidView(error, definition);
  } finally {
    translation.openViews.pop();
    translation.text = outerText;
    translation.within = outerWithin;
  }
}

/** SQL SECURITY INVOKER reads with the rights of whoever reads the view: in another view, with that one's. */
function withinView(view: ViewDefinition, outer: WithinView | undefined): WithinView {
  const at = view.definer.lastIndexOf('@');
  const definer = { user: view.definer.slice(0, at), host: view.definer.slice(at + 1) };
  const { database, name } = view;
  return { database, view: name, definer: view.security === 'INVOKER' ? outer?.definer : definer };
}

function invalidView({ database, name }: ViewDefinition): ObError {
  return new ObError('OB_ERR_VIEW_INVALID', [database, name]);
}

/** A view over something that is gone is 1356; other errors stay what they are. */
function asInvalidView(error: unknown, definition: ViewDefinition): unknown {
  if (!(error instanceof ObError)) return error;
  return error.errno === 1146 || error.errno === 1054 ? invalidView(definition) : error;
}
