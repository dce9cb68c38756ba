import { ObError } from '@sealane/errors';
import type { Expression, LimitClause, OrderItem, TableReference, WithClause } from '../../ast.ts';
import type { TableDefinition } from '../../catalog.ts';
import type { SqlValue } from '../../values.ts';
import { withCommonTables } from '../common-table.ts';
import { conditionSql } from '../forms.ts';
import { translateFrom } from '../from.ts';
import { translators } from '../query.ts';
import { rootContext } from '../query-plan.ts';
import type { ExpressionContext, ScopeRelation } from '../scope.ts';
import { notSupported, type Translation } from '../statement.ts';
import { limitSql, orderTail } from '../tail.ts';
import { tickConditions } from '../tick.ts';
import { targetOf, type WriteTarget } from './target.ts';

/** Which rows an UPDATE or DELETE touches: FROM, WHERE, ORDER BY and LIMIT as SQLite text, and the names in reach. */
export interface Selection {
  readonly context: ExpressionContext;
  readonly relations: readonly ScopeRelation[];
  /** ` FROM … WHERE … ORDER BY … LIMIT …` */
  readonly tail: string;
  readonly prefix: string;
}

export interface SelectionInput {
  readonly with: WithClause | undefined;
  readonly tables: readonly TableReference[];
  readonly where: Expression | undefined;
  readonly orderBy: readonly OrderItem[];
  readonly limit: LimitClause | undefined;
}

export function selectTargets(input: SelectionInput, translation: Translation): Selection {
  const root = rootContext(translation);
  const common = input.with === undefined ? undefined : withCommonTables(input.with, root, translators);
  const outer = common?.inner ?? root;
  const from = translateFrom(input.tables, outer, translators);
  const context: ExpressionContext = {
    ...outer,
    scope: { relations: from.relations, visible: from.visible, parent: undefined },
    clause: 'where clause',
    aggregates: false,
  };
  const conditions = tickConditions(from.relations);
  if (input.where !== undefined) {
    conditions.push(conditionSql(translation, translators.expression(input.where, context)));
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const order = orderTail(input.orderBy, [], { ...context, clause: 'order clause' }, translators);
  const limit = limitSql(input.limit, context, translators);
  return {
    context: { ...context, clause: 'field list' },
    relations: from.relations,
    tail: ` FROM ${from.sql}${where}${order}${limit}`,
    prefix: common === undefined ? '' : `${common.prefix} `,
  };
}

/** The table behind an alias. @throws 1288 for a view or a derived table, 1109 for no such alias */
export function targetBehind(
  alias: string,
  database: string | undefined,
  selection: Pick<Selection, 'relations'>,
  tables: readonly TableReference[],
  translation: Translation,
  verb: string,
): { readonly target: WriteTarget; readonly relation: ScopeRelation } {
  const lower = alias.toLowerCase();
  const relation = selection.relations.find(
    (each) =>
      each.alias.toLowerCase() === lower &&
      (database === undefined || each.database === database.toLowerCase()),
  );
  if (relation === undefined) throw new ObError('OB_ERR_UNKNOWN_TABLE', [alias, 'MULTI DELETE']);
  const definition = namedDefinition(lower, tables, translation);
  if (definition === undefined) throw new ObError('OB_ERR_NON_UPDATABLE_TABLE', [alias, verb]);
  return { target: targetOf(definition), relation };
}

function namedDefinition(
  alias: string,
  tables: readonly TableReference[],
  translation: Translation,
): TableDefinition | undefined {
  for (const reference of tables) {
    if (reference.kind === 'join') {
      const found = namedDefinition(alias, [reference.left, reference.right], translation);
      if (found !== undefined) return found;
    }
    if (reference.kind !== 'table' || (reference.alias ?? reference.name).toLowerCase() !== alias) continue;
    const database = reference.database ?? translation.environment.session.database ?? '';
    const definition = translation.environment.catalog.relation(database, reference.name);
    if (definition?.kind === 'view') throw notSupported('writing through a view');
    return definition;
  }
  return undefined;
}

/** SQLite texts of a target's columns, in order, as the selection sees them. */
export function storedColumns(target: WriteTarget, relation: ScopeRelation): readonly string[] {
  const byName = new Map(relation.columns.map(({ name, typed }) => [name, typed.sql]));
  return target.columns.map(({ name }) => byName.get(name) ?? `${tableAlias(relation)}"${name}"`);
}

/** `t1.` of a relation's columns. */
function tableAlias(relation: ScopeRelation): string {
  const sql = relation.columns[0]?.typed.sql ?? '';
  return sql.slice(0, sql.indexOf('.') + 1);
}

/** A row's key as a text that tells rows apart. */
export function keyText(target: WriteTarget, row: readonly SqlValue[]): string {
  return target.key.map((place) => `${typeof row[place]}${String(row[place])}`).join('\0');
}
