import { ObError } from '@sealane/errors';
import type { DerivedTable, JoinedTable, TableReference } from '../ast.ts';
import type { SqlValue } from '../values.ts';
import { conditionSql } from './forms.ts';
import { translateJsonTable } from './json-table.ts';
import { compareSql } from './operators/comparison.ts';
import { aliased, type RelationSql, translateNamedTable } from './relation.ts';
import {
  type ExpressionContext,
  readColumn,
  type Scope,
  type ScopeColumn,
  type ScopeRelation,
} from './scope.ts';
import type { SelectSources } from './sources.ts';
import { notSupported } from './statement.ts';
import { computed, type Typed } from './typed.ts';
import { assignedVariables } from './walk.ts';

/** A FROM clause as SQLite text, with the names it brings. */
export interface FromSql {
  readonly sql: string;
  readonly relations: readonly ScopeRelation[];
  readonly visible: readonly ScopeColumn[];
  readonly isJoin: boolean;
}

/** The comma list binds looser than JOIN in MySQL, so that joins in it go into parentheses. */
export function translateFrom(
  references: readonly TableReference[],
  context: ExpressionContext,
  sources: SelectSources,
): FromSql {
  const parts: FromSql[] = [];
  for (const reference of references) {
    parts.push(translateReference(reference, lateralContext(reference, parts, context), sources));
  }
  const relations = parts.flatMap((part) => part.relations);
  refuseTwice(relations);
  return {
    sql: parts.map((part) => (part.isJoin && parts.length > 1 ? `(${part.sql})` : part.sql)).join(', '),
    relations,
    visible: parts.flatMap((part) => part.visible),
    isJoin: parts.length > 1,
  };
}

function lateralContext(
  reference: TableReference,
  parts: readonly FromSql[],
  context: ExpressionContext,
): ExpressionContext {
  if (reference.kind !== 'json-table' || parts.length === 0) return context;
  const scope: Scope = {
    relations: parts.flatMap((part) => part.relations),
    visible: parts.flatMap((part) => part.visible),
    parent: context.scope,
  };
  return { ...context, scope };
}

/** @throws 1066 for the same alias twice */
function refuseTwice(relations: readonly ScopeRelation[]): void {
  if (relations.length < 2) return;
  const seen = new Set<string>();
  for (const { alias, database } of relations) {
    const key = `${database ?? ''}.${alias.toLowerCase()}`;
    if (seen.has(key)) throw new ObError('OB_ERR_NONUNIQ_TABLE', [alias]);
    seen.add(key);
  }
}

function translateReference(
  reference: TableReference,
  context: ExpressionContext,
  sources: SelectSources,
): FromSql {
  switch (reference.kind) {
    case 'table':
      return single(translateNamedTable(reference, context, sources));
    case 'derived':
      return single(translateDerived(reference, context, sources));
    case 'join':
      return translateJoin(reference, context, sources);
    case 'json-table':
      return single(translateJsonTable(reference, context, sources));
  }
}

function single({ sql, relation }: RelationSql): FromSql {
  return { sql, relations: [relation], visible: relation.columns, isJoin: false };
}

function translateDerived(
  node: DerivedTable,
  context: ExpressionContext,
  sources: SelectSources,
): RelationSql {
  if (node.lateral) throw notSupported('LATERAL');
  const query = sources.query(node.query, { ...context, scope: outerOf(context) }, { named: true });
  const sqlAlias = context.translation.alias(node.alias);
  if (node.columns.length > 0 && node.columns.length !== query.items.length) {
    throw new ObError('OB_ERR_VIEW_WRONG_LIST');
  }
  const columns = query.items.map(({ name, typed }, index) => ({ name: node.columns[index] ?? name, typed }));
  refuseDuplicates(columns);
  if (assignsOnce(node)) return filledBefore(node, query.sql, columns, context);
  return {
    sql: `(${query.sql}) AS ${sqlAlias}`,
    relation: { alias: node.alias, database: undefined, columns: aliased(columns, sqlAlias, node.alias) },
  };
}

/** `(SELECT @n := 0) AS init`: MySQL fills a derived table before the rest reads a row. */
function assignsOnce({ query }: DerivedTable): boolean {
  return query.kind === 'select' && query.from.length === 0 && assignedVariables(query.items).size > 0;
}

function filledBefore(
  node: DerivedTable,
  sql: string,
  columns: readonly ScopeColumn[],
  { translation }: ExpressionContext,
): RelationSql {
  const answer: { row: readonly SqlValue[] } = { row: [] };
  translation.before.push({ ...translation.finish(sql), answer });
  const alias = translation.alias();
  const places = columns.map(
    (_, index) => `${translation.bind(() => answer.row[index] ?? null)} AS c${index + 1}`,
  );
  return {
    sql: `(SELECT ${places.join(', ')}) AS ${alias}`,
    relation: { alias: node.alias, database: undefined, columns: aliased(columns, alias, node.alias) },
  };
}

/** @throws 1060 for two columns of one name */
export function refuseDuplicates(columns: readonly ScopeColumn[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    const lower = name.toLowerCase();
    if (seen.has(lower)) throw new ObError('OB_ERR_COLUMN_DUPLICATE', [name]);
    seen.add(lower);
  }
}

/** A derived table doesn't see its neighbours; it sees what the query around sees. */
function outerOf(context: ExpressionContext): Scope {
  return context.scope;
}

const joinWords = {
  inner: 'JOIN',
  left: 'LEFT JOIN',
  right: 'RIGHT JOIN',
  full: 'FULL JOIN',
  // SQLite keeps the order of a CROSS JOIN, which is what STRAIGHT_JOIN asks for.
  straight: 'CROSS JOIN',
} as const;

function translateJoin(node: JoinedTable, context: ExpressionContext, sources: SelectSources): FromSql {
  const left = translateReference(node.left, context, sources);
  const right = translateReference(node.right, lateralContext(node.right, [left], context), sources);
  const leftNullable = node.type === 'right' || node.type === 'full';
  const rightNullable = node.type === 'left' || node.type === 'full';
  const relations = [
    ...(leftNullable ? left.relations.map(nullableRelation) : left.relations),
    ...(rightNullable ? right.relations.map(nullableRelation) : right.relations),
  ];
  const parts = {
    left: leftNullable ? left.visible.map(nullableColumn) : left.visible,
    right: rightNullable ? right.visible.map(nullableColumn) : right.visible,
  };
  const rightSql = right.isJoin ? `(${right.sql})` : right.sql;
  const head = `${left.sql} ${joinWords[node.type]} ${rightSql}`;
  const shared = sharedNames(node, left, right);
  if (shared !== undefined && shared.length > 0) {
    const { conditions, visible } = mergeColumns(node, shared, parts, context);
    return { sql: `${head} ON ${conditions.join(' AND ')}`, relations, visible, isJoin: true };
  }
  const visible = [...parts.left, ...parts.right];
  const on =
    node.on === undefined ? undefined : joinCondition(node.on, { relations, visible }, context, sources);
  return { sql: on === undefined ? head : `${head} ON ${on}`, relations, visible, isJoin: true };
}

function joinCondition(
  on: NonNullable<JoinedTable['on']>,
  names: { relations: readonly ScopeRelation[]; visible: readonly ScopeColumn[] },
  context: ExpressionContext,
  sources: SelectSources,
): string {
  const scope: Scope = { ...names, parent: context.scope };
  const typed = sources.expression(on, { ...context, scope, clause: 'on clause', aggregates: false });
  return conditionSql(context.translation, typed);
}

/** @returns undefined for a join without USING or NATURAL */
function sharedNames(node: JoinedTable, left: FromSql, right: FromSql): readonly string[] | undefined {
  if (node.using !== undefined) return node.using;
  if (!node.natural) return undefined;
  const names = new Set(
    right.visible.filter((column) => column.hidden !== true).map(({ name }) => name.toLowerCase()),
  );
  return left.visible
    .filter((column) => column.hidden !== true && names.has(column.name.toLowerCase()))
    .map(({ name }) => name);
}

/** Merged columns come first, then what is left of both sides. Source: MySQL's manual, JOIN clause. */
function mergeColumns(
  node: JoinedTable,
  shared: readonly string[],
  sides: { left: readonly ScopeColumn[]; right: readonly ScopeColumn[] },
  context: ExpressionContext,
): { conditions: string[]; visible: ScopeColumn[] } {
  const conditions: string[] = [];
  const merged: ScopeColumn[] = [];
  const taken = new Set(shared.map((name) => name.toLowerCase()));
  for (const name of shared) {
    const left = columnNamed(name, sides.left);
    const right = columnNamed(name, sides.right);
    conditions.push(compareSql(context.translation, '=', readColumn(left), readColumn(right)));
    if (node.type === 'full') {
      const typed: Typed = computed(`coalesce(${left.typed.sql}, ${right.typed.sql})`, left.typed.type, {
        form: left.typed.form,
      });
      merged.push({ name: left.name, typed });
    } else merged.push(node.type === 'right' ? right : left);
  }
  const rest = (columns: readonly ScopeColumn[]): ScopeColumn[] =>
    columns.filter((column) => !taken.has(column.name.toLowerCase()));
  // A RIGHT JOIN is the LEFT JOIN of its sides exchanged.
  const [first, second] = node.type === 'right' ? [sides.right, sides.left] : [sides.left, sides.right];
  return { conditions, visible: [...merged, ...rest(first), ...rest(second)] };
}

function columnNamed(name: string, columns: readonly ScopeColumn[]): ScopeColumn {
  const lower = name.toLowerCase();
  const found = columns.filter((column) => column.hidden !== true && column.name.toLowerCase() === lower);
  if (found.length > 1) throw new ObError('OB_NON_UNIQ_ERROR', [name, 'from clause']);
  if (found[0] === undefined) throw new ObError('OB_ERR_BAD_FIELD_ERROR', [name, 'from clause']);
  return found[0];
}

function nullableRelation(relation: ScopeRelation): ScopeRelation {
  return { ...relation, columns: relation.columns.map(nullableColumn) };
}

function nullableColumn(column: ScopeColumn): ScopeColumn {
  return column.typed.nullable ? column : { ...column, typed: { ...column.typed, nullable: true } };
}
