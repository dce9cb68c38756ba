import { ObError } from '@sealane/errors';
import type { Query, SetOperation, TableQuery, ValuesQuery } from '../ast.ts';
import type { SqlType } from '../sql-type.ts';
import { folds } from '../types/sqlite-column.ts';
import { withCommonTables } from './common-table.ts';
import { expressionTranslator } from './expression.ts';
import { asTyped, orderSql } from './forms.ts';
import { convertTo, sameType, unifyTyped } from './operators/unify.ts';
import { aliased } from './relation.ts';
import type { ExpressionContext, QueryItem, QuerySql, SubqueryOptions } from './scope.ts';
import { translateSelect } from './select.ts';
import type { SelectSources } from './sources.ts';
import { notSupported } from './statement.ts';
import { limitSql, ordinal } from './tail.ts';
import { computed, type Typed } from './typed.ts';

/** The translators, tied together: expressions hold queries and queries hold expressions. */
export const translators: SelectSources = {
  expression: (node, context) => translateExpression(node, context),
  query: (node, context, options) => translateQuery(node, context, options),
};
const translateExpression = expressionTranslator(translators);

/** @param context of the query around; its scope is what the inner query sees beside its own tables */
export function translateQuery(node: Query, context: ExpressionContext, options: SubqueryOptions): QuerySql {
  if (node.with === undefined) return translateBody(node, context, options);
  const { prefix, inner } = withCommonTables(node.with, context, translators);
  const body = translateBody(node, inner, options);
  return { ...body, sql: `${prefix} ${body.sql}`, hasTail: true };
}

function translateBody(node: Query, context: ExpressionContext, options: SubqueryOptions): QuerySql {
  if (node.locking.length > 0) context.translation.locking = true;
  switch (node.kind) {
    case 'select':
      return translateSelect(node, context, options, translators);
    case 'set-operation':
      return translateSetOperation(node, context);
    case 'values':
      return translateValues(node, context);
    case 'table-query':
      return translateTable(node, context, options);
    case 'parenthesized':
      return withTail(node, translateQuery(node.query, context, { named: true }), context);
  }
}

/** TABLE t is SELECT * FROM t. */
function translateTable(node: TableQuery, context: ExpressionContext, options: SubqueryOptions): QuerySql {
  const { start, end } = node;
  return translateSelect(
    {
      ...node,
      kind: 'select',
      hints: undefined,
      distinct: false,
      options: [],
      items: [
        {
          expression: { kind: 'star', database: undefined, table: undefined, start, end },
          alias: undefined,
          start,
          end,
        },
      ],
      from: [{ ...node.table, kind: 'table', alias: undefined, partitions: [], indexHints: [] }],
      where: undefined,
      groupBy: [],
      rollup: false,
      having: undefined,
      windows: [],
    },
    context,
    options,
    translators,
  );
}

function translateValues(node: ValuesQuery, context: ExpressionContext): QuerySql {
  const rows = node.rows.map((row) =>
    row.map((item) => translators.expression(item, { ...context, aggregates: false })),
  );
  const branches = rows.map(
    (row): QuerySql => ({
      sql: '',
      items: row.map((typed, index) => ({ name: `column_${index}`, typed })),
      hasTail: false,
    }),
  );
  const items = unifyBranches(branches);
  const selects = branches.map((branch) => {
    const list = branch.items.map(({ typed }, index) =>
      branchColumn(typed, items[index] as QueryItem, index, context),
    );
    return `SELECT ${list.join(', ')}`;
  });
  return withTail(node, { sql: selects.join(' UNION ALL '), items, hasTail: true }, context);
}

interface Branch {
  readonly query: QuerySql;
  readonly operator: string;
}

/** SQLite's set operations are left-associative without precedence, and take no parentheses: nested ones become subqueries. */
function translateSetOperation(node: SetOperation, context: ExpressionContext): QuerySql {
  const branches = flatten(node, context);
  const items = unifyBranches(branches.map(({ query }) => query));
  const parts = branches.map(({ query, operator }, index) => {
    const sql = conform(query, items, context);
    return index === 0 ? sql : `${operator} ${sql}`;
  });
  return withTail(node, { sql: parts.join(' '), items, hasTail: true }, context);
}

function flatten(node: SetOperation, context: ExpressionContext): Branch[] {
  const operator = `${node.operator}${node.all ? ' ALL' : ''}`;
  if (node.all && node.operator !== 'UNION') throw notSupported(operator);
  const { left } = node;
  const isPlain =
    left.kind === 'set-operation' &&
    left.orderBy.length === 0 &&
    left.limit === undefined &&
    left.with === undefined;
  const first = isPlain
    ? flatten(left, context)
    : [{ query: translateQuery(left, context, { named: true }), operator: '' }];
  return [...first, { query: translateQuery(node.right, context, { named: true }), operator }];
}

/** @throws 1222 for branches of different widths */
function unifyBranches(branches: readonly QuerySql[]): QueryItem[] {
  const [first] = branches as [QuerySql];
  if (branches.some((branch) => branch.items.length !== first.items.length))
    throw new ObError('OB_ERR_COLUMN_SIZE');
  return first.items.map(({ name }, index) => {
    const typeds = branches.map((branch) => branch.items[index]?.typed as Typed);
    const type = unifyTyped(typeds);
    const isStored = type.name !== 'null' && typeds.every((typed) => isNull(typed) || keepsForm(typed, type));
    const nullable = typeds.some((typed) => typed.nullable);
    return {
      name,
      typed: computed('', type, { form: isStored ? 'stored' : 'value', nullable, coercibility: 2 }),
    };
  });
}

function isNull(typed: Typed): boolean {
  return typed.type.name === 'null';
}

function keepsForm(typed: Typed, type: SqlType): boolean {
  return typed.form === 'stored' && typed.constant === undefined && sameType(typed.type, type);
}

/** An exact number that may have more digits than its type: rows are equal by what they show. */
function isQuotient(typed: Typed): boolean {
  return typed.type.name === 'decimal' && asTyped(typed) !== typed;
}

/** A branch whose columns have the unified types. */
function conform(query: QuerySql, items: readonly QueryItem[], context: ExpressionContext): string {
  const alike = query.items.every(({ typed }, index) => {
    const target = (items[index] as QueryItem).typed;
    if (isNull(typed)) return true;
    return (
      typed.form === target.form &&
      sameType(typed.type, target.type) &&
      !needsCollation(typed) &&
      !isQuotient(typed)
    );
  });
  if (alike && !query.hasTail) return query.sql;
  const alias = context.translation.alias();
  const columns = aliased(query.items, alias, alias);
  const list = columns.map(({ typed }, index) =>
    branchColumn(typed, items[index] as QueryItem, index, context),
  );
  return `SELECT ${list.join(', ')} FROM (${query.sql}) AS ${alias}`;
}

function needsCollation(typed: Typed): boolean {
  return folds(typed.type) && typed.column === undefined;
}

function branchColumn(
  typed: Typed,
  { typed: target }: QueryItem,
  index: number,
  context: ExpressionContext,
): string {
  const { translation } = context;
  const converted = target.form === 'stored' ? typed : convertTo(translation, typed, target.type);
  const collate = folds(target.type) ? ' COLLATE NOCASE' : '';
  return `${translation.raw(converted)}${collate} AS c${index + 1}`;
}

/** ORDER BY and LIMIT of a set operation, or around a query in parentheses: over its columns only. */
function withTail(
  node: Pick<SetOperation, 'orderBy' | 'limit'>,
  query: QuerySql,
  context: ExpressionContext,
): QuerySql {
  if (node.orderBy.length === 0 && node.limit === undefined) return query;
  const alias = context.translation.alias();
  const columns = aliased(query.items, alias, alias);
  const scope = {
    relations: [{ alias: '', database: undefined, columns }],
    visible: columns,
    parent: context.scope,
  };
  const inner: ExpressionContext = { ...context, scope, clause: 'order clause', aggregates: false };
  const keys = node.orderBy.map(({ expression, direction }) => {
    const typed = ordinal(expression, columns)?.typed ?? translators.expression(expression, inner);
    return `${orderSql(context.translation, typed)}${direction === 'DESC' ? ' DESC' : ''}`;
  });
  const order = keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
  const limit = limitSql(node.limit, inner, translators);
  const list = columns.map(({ typed }, index) => `${typed.sql} AS c${index + 1}`).join(', ');
  return {
    sql: `SELECT ${list} FROM (${query.sql}) AS ${alias}${order}${limit}`,
    items: query.items,
    hasTail: true,
  };
}
