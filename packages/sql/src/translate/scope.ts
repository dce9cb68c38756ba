import { ObError } from '@sealane/errors';
import type { ColumnReference, Expression, Query } from '../ast.ts';
import type { Translation } from './statement.ts';
import type { TableUse } from './table-use.ts';
import type { Typed } from './typed.ts';

export interface ScopeColumn {
  /** As defined. */
  readonly name: string;
  readonly typed: Typed;
  /** Not in `*`, and not to be named: the hidden key. */
  readonly hidden?: boolean;
  /** Where reading it is noted. */
  readonly use?: TableUse;
}

/** A table, view, derived table or common table of a FROM clause under its alias. */
export interface ScopeRelation {
  /** As written. */
  readonly alias: string;
  /** Undefined for a derived table. */
  readonly database: string | undefined;
  readonly columns: readonly ScopeColumn[];
  /** Of a table or view that is named, not of a derived one. */
  readonly use?: TableUse;
}

/** The names that one query's expressions may use; the parent is the query around it. */
export interface Scope {
  readonly relations: readonly ScopeRelation[];
  /** What unqualified names and `*` see: columns that USING merged stand once. */
  readonly visible: readonly ScopeColumn[];
  readonly parent: Scope | undefined;
}

export const emptyScope: Scope = { relations: [], visible: [], parent: undefined };

/** What an expression is translated in. */
export interface ExpressionContext {
  readonly translation: Translation;
  readonly scope: Scope;
  readonly commonTables: CommonTables | undefined;
  /** As MySQL's messages call the place: `where clause`. */
  readonly clause: string;
  /** Whether aggregates may stand here. */
  readonly aggregates: boolean;
  readonly windows?: ReadonlyMap<string, NamedWindowSql>;
  /** SELECT aliases that a name may mean where the tables have none (HAVING), or before them (ORDER BY). */
  readonly aliases?: AliasLookup;
  /** Inside the argument of an aggregate. */
  readonly insideAggregate?: boolean;
  /** VALUES(column) and the row alias of ON DUPLICATE KEY UPDATE. */
  readonly newRow?: (column: string) => Typed | undefined;
}

export interface AliasLookup {
  readonly first: boolean;
  find(name: string): Typed | undefined;
}

export interface NamedWindowSql {
  readonly sql: string;
}

/** Common tables in reach, innermost first. */
export interface CommonTables {
  readonly name: string;
  readonly table: CommonTableSql;
  readonly outer: CommonTables | undefined;
}

export interface CommonTableSql {
  /** SQLite's name of it. */
  readonly name: string;
  readonly columns: readonly ScopeColumn[];
  /** The aliases under which it was named. */
  readonly aliases?: string[];
}

export type TranslateExpression = (expression: Expression, context: ExpressionContext) => Typed;
export type TranslateSubquery = (
  query: Query,
  context: ExpressionContext,
  options: SubqueryOptions,
) => QuerySql;

export interface SubqueryOptions {
  /** Columns get the names c1, c2, … */
  readonly named: boolean;
  /** A column of SQLite text more, behind the others, which no name means, and a condition. Only for a plain SELECT. */
  readonly extra?: () => { readonly column: string; readonly condition?: string };
  /** Converts a column of a plain SELECT where it stands. */
  readonly columns?: (typed: Typed, index: number) => Typed;
}

/** A query as SQLite text. */
export interface QuerySql {
  readonly sql: string;
  readonly items: readonly QueryItem[];
  /** Needs parentheses in a set operation, or a subquery of its own. */
  readonly hasTail: boolean;
}

export interface QueryItem {
  /** The column's title. */
  readonly name: string;
  /** Type and form of what the query answers there; `column` as far as it is a bare column. */
  readonly typed: Typed;
}

/** @throws 1054 for a name that isn't there, 1052 for one that is twice */
export function resolveColumn(reference: ColumnReference, context: ExpressionContext): Typed {
  const { aliases } = context;
  if (reference.table === undefined && aliases?.first === true && context.insideAggregate !== true) {
    const alias = aliases.find(reference.name);
    if (alias !== undefined) return alias;
  }
  for (let scope: Scope | undefined = context.scope; scope !== undefined; scope = scope.parent) {
    const found = findColumn(reference, scope, context.clause);
    if (found !== undefined) return found;
    const isLast = aliases?.first === false || context.insideAggregate === true;
    if (scope === context.scope && reference.table === undefined && aliases !== undefined && isLast) {
      const alias = aliases.find(reference.name);
      if (alias !== undefined) return alias;
    }
  }
  throw new ObError('OB_ERR_BAD_FIELD_ERROR', [writtenName(reference), context.clause]);
}

export function writtenName({ database, table, name }: ColumnReference): string {
  return [database, table, name].filter((part) => part !== undefined).join('.');
}

/** @returns undefined where the scope has no such column */
export function findColumn(reference: ColumnReference, scope: Scope, clause: string): Typed | undefined {
  const name = reference.name.toLowerCase();
  if (reference.table === undefined) {
    return only(scope.visible, name, reference, clause);
  }
  const table = reference.table.toLowerCase();
  const database = reference.database?.toLowerCase();
  let found: Typed | undefined;
  for (const relation of scope.relations) {
    if (relation.alias.toLowerCase() !== table) continue;
    if (database !== undefined && relation.database !== database) continue;
    const column = only(relation.columns, name, reference, clause);
    if (column === undefined) continue;
    if (found !== undefined) throw ambiguous(reference, clause);
    found = column;
  }
  return found;
}

function only(
  columns: readonly ScopeColumn[],
  name: string,
  reference: ColumnReference,
  clause: string,
): Typed | undefined {
  let found: ScopeColumn | undefined;
  for (const column of columns) {
    if (column.hidden === true || !sameName(column.name, name)) continue;
    if (found !== undefined) throw ambiguous(reference, clause);
    found = column;
  }
  return found === undefined ? undefined : readColumn(found);
}

/** Notes that a column is read. */
export function readColumn({ use, name, typed }: ScopeColumn): Typed {
  use?.columns.add(name.toLowerCase());
  return typed;
}

function sameName(defined: string, lower: string): boolean {
  return defined === lower || (defined.length === lower.length && defined.toLowerCase() === lower);
}

function ambiguous(reference: ColumnReference, clause: string): ObError {
  return new ObError('OB_NON_UNIQ_ERROR', [writtenName(reference), clause]);
}

export function findCommonTable(name: string, tables: CommonTables | undefined): CommonTableSql | undefined {
  const lower = name.toLowerCase();
  for (let at = tables; at !== undefined; at = at.outer) if (at.name === lower) return at.table;
  return undefined;
}
