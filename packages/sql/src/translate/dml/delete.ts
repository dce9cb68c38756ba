import { ObError } from '@sealane/errors';
import type { DeleteStatement } from '../../ast.ts';
import { withWriting } from '../../functions/execution-scope.ts';
import type { DmlPlan, ExecutionContext, PlanEnvironment } from '../../plan.ts';
import type { OkResult } from '../../result.ts';
import type { SqlValue } from '../../values.ts';
import { conditionSql } from '../forms.ts';
import { translators } from '../query.ts';
import { bindValues, rootContext } from '../query-plan.ts';
import { storedRelation } from '../relation.ts';
import { type FinishedSql, notSupported, sqlFor, type Translation } from '../statement.ts';
import { requirementsOf } from '../table-use.ts';
import { tickConditions } from '../tick.ts';
import { Variants } from '../variants.ts';
import { parentError, refusalOf } from './constraint.ts';
import { checkSafeUpdates } from './safe-updates.ts';
import { keyText, selectTargets, storedColumns, targetBehind } from './selected-targets.ts';
import { keyCondition, noteRead, noteWrite, type WriteTarget, writeTarget } from './target.ts';
import { watchedRows } from './watched-rows.ts';
import { writeRules } from './write-rules.ts';

export interface PreparedDelete extends FinishedSql {
  /** Empty: the text deletes by itself. Otherwise it finds the rows, each table's columns at its offset. */
  readonly tables: readonly { readonly target: WriteTarget; readonly offset: number }[];
  readonly first: WriteTarget;
  readonly translation: Translation;
  readonly ignore: boolean;
  readonly hasLimit: boolean;
}

export function planDelete(
  statement: DeleteStatement,
  text: string,
  environment: PlanEnvironment,
  parameterCount: number,
): DmlPlan {
  const variants = new Variants({
    statement,
    text,
    environment,
    translate: (translation) => prepareDelete(statement, translation),
  });
  const { translation } = variants.first(parameterCount);
  return {
    kind: 'dml',
    virtualTables: [...translation.virtualTables],
    requires: requirementsOf(translation.uses),
    run: (context) => withWriting(context, statement.ignore, () => runDelete(variants.of(context), context)),
  };
}

export function prepareDelete(statement: DeleteStatement, translation: Translation): PreparedDelete {
  const isPlain =
    statement.targets === undefined &&
    statement.limit === undefined &&
    statement.with === undefined &&
    !statement.ignore;
  return isPlain ? directDelete(statement, translation) : selectedDelete(statement, translation);
}

/** DELETE of one table: SQLite finds and deletes in one go. */
function directDelete(statement: DeleteStatement, translation: Translation): PreparedDelete {
  const [node] = statement.from;
  if (node?.kind !== 'table') throw notSupported('DELETE from this');
  if (node.partitions.length > 0) throw notSupported('PARTITION selection');
  const target = writeTarget(node, translation, 'DELETE');
  const alias = translation.alias(node.alias ?? node.name);
  noteWrite(target, ['DELETE'], translation);
  const read = noteRead(target, translation);
  const relation = storedRelation(target.table, node.alias ?? node.name, alias, read);
  const context = {
    ...rootContext(translation),
    scope: { relations: [relation], visible: relation.columns, parent: undefined },
    clause: 'where clause',
  };
  const conditions = tickConditions([relation]);
  if (statement.where !== undefined)
    conditions.push(conditionSql(translation, translators.expression(statement.where, context)));
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const finished = translation.finish(`DELETE FROM ${target.name} AS ${alias}${where}`);
  return { ...finished, tables: [], first: target, translation, ignore: false, hasLimit: false };
}

function selectedDelete(statement: DeleteStatement, translation: Translation): PreparedDelete {
  if (statement.targets !== undefined && statement.orderBy.length > 0)
    throw new ObError('ER_WRONG_USAGE', ['DELETE', 'ORDER BY']);
  if (statement.targets !== undefined && statement.limit !== undefined)
    throw new ObError('ER_WRONG_USAGE', ['DELETE', 'LIMIT']);
  const selection = selectTargets({ ...statement, tables: statement.from }, translation);
  const columns: string[] = [];
  const [only] = statement.from;
  const names =
    statement.targets ??
    (only?.kind === 'table' ? [{ name: only.alias ?? only.name, database: undefined }] : []);
  const tables = names.map(({ name, database }) => {
    const { target, relation } = targetBehind(
      name,
      database,
      selection,
      statement.from,
      translation,
      'DELETE',
    );
    const offset = columns.length;
    columns.push(...storedColumns(target, relation));
    noteWrite(target, ['DELETE'], translation);
    if (relation.use !== undefined) relation.use.always = false;
    return { target, offset };
  });
  const [first] = tables;
  if (first === undefined) throw notSupported('DELETE from this');
  return {
    ...translation.finish(`${selection.prefix}SELECT ${columns.join(', ')}${selection.tail}`),
    tables,
    first: first.target,
    translation,
    ignore: statement.ignore,
    hasLimit: statement.limit !== undefined,
  };
}

function runDelete(prepared: PreparedDelete, context: ExecutionContext): OkResult {
  checkSafeUpdates(prepared, prepared.hasLimit, context);
  const binds = bindValues(prepared.binds, context);
  const affected =
    prepared.tables.length === 0
      ? deleteDirectly(prepared, binds, context)
      : deleteSelected(prepared, binds, context);
  return { kind: 'ok', affectedRows: BigInt(affected), lastInsertId: 0n, info: '' };
}

function deleteDirectly(
  prepared: PreparedDelete,
  binds: readonly SqlValue[],
  context: ExecutionContext,
): number {
  try {
    return context.handle.run(sqlFor(prepared, context), binds).changes;
  } catch (error) {
    throw refusalOf(error) === 'foreign-key' ? parentError(prepared.first.table, context) : error;
  }
}

function deleteSelected(
  prepared: PreparedDelete,
  binds: readonly SqlValue[],
  context: ExecutionContext,
): number {
  const rows = context.handle.all(sqlFor(prepared, context), binds);
  const write = writeRules(context, prepared.ignore);
  let affected = 0;
  for (const { target, offset } of prepared.tables) {
    const sql = `DELETE FROM ${target.name} WHERE ${keyCondition(target)}`;
    const seen = new Set<string>();
    for (const row of watchedRows(rows, context)) {
      const own = row.slice(offset, offset + target.columns.length);
      const key = target.key.map((place) => own[place] ?? null);
      const text = keyText(target, own);
      if (key.includes(null) || seen.has(text)) continue;
      seen.add(text);
      try {
        affected += context.handle.run(sql, key).changes;
      } catch (error) {
        if (refusalOf(error) !== 'foreign-key') throw error;
        const reason = parentError(target.table, context);
        if (!prepared.ignore) throw reason;
        write.warn('Warning', reason.errno, reason.message);
      }
    }
  }
  return affected;
}
