import { ObError } from '@sealane/errors';
import type { IntoClause, Query, SelectQuery } from '../ast.ts';
import { takeFailure, withExecution } from '../functions/execution-scope.ts';
import type { ExecutionContext, PlanEnvironment, QueryPlan } from '../plan.ts';
import type { OkResult, ResultColumn, StatementResult } from '../result.ts';
import { encodeUnsigned } from '../types/integers.ts';
import type { CellValue, SqlValue } from '../values.ts';
import { translators } from './query.ts';
import { type Decode, decodeRows, decoder, resultColumns } from './result-columns.ts';
import { type ExpressionContext, emptyScope } from './scope.ts';
import { type FinishedSql, notSupported, type Translation } from './statement.ts';
import type { Evaluate } from './typed.ts';
import { Variants } from './variants.ts';

/** A query ready to run. */
export interface PreparedQuery extends FinishedSql {
  readonly columns: readonly ResultColumn[];
  readonly decoders: readonly (Decode | undefined)[];
  readonly translation: Translation;
  /** Of SQL_CALC_FOUND_ROWS: the same without LIMIT, counted. */
  readonly counting: FinishedSql | undefined;
  /** Without a LIMIT of its own sql_select_limit bounds it. */
  readonly hasLimit: boolean;
}

/** A query's plan; `columns` is what PREPARE tells the client. */
export interface PlannedQuery extends QueryPlan {
  columns(): readonly ResultColumn[];
}

export function planQuery(
  statement: Query,
  text: string,
  environment: PlanEnvironment,
  parameterCount: number,
): PlannedQuery {
  const into = intoOf(statement);
  if (into !== undefined && into.kind !== 'into-variables') throw notSupported('INTO OUTFILE');
  const variants = new Variants({
    statement,
    text,
    environment,
    translate: (translation) => prepareQuery(statement, translation),
  });
  const first = variants.first(parameterCount);
  const { translation } = first;
  return {
    kind: 'query',
    readsTables: translation.readsTables,
    virtualTables: [...translation.virtualTables],
    locking: translation.locking,
    weakRead: isWeakRead(statement),
    columns: () => first.columns,
    run: (context) => withExecution(context, () => runQuery(variants.of(context), context, into)),
  };
}

/** The context of a statement's outermost expressions. */
export function rootContext(translation: Translation): ExpressionContext {
  return { translation, scope: emptyScope, commonTables: undefined, clause: 'field list', aggregates: false };
}

export function prepareQuery(statement: Query, translation: Translation): PreparedQuery {
  const query = translators.query(statement, rootContext(translation), { named: false });
  const counting = countsFoundRows(statement)
    ? countingSql(statement as SelectQuery, translation)
    : undefined;
  return {
    ...translation.finish(query.sql),
    columns: resultColumns(query.items),
    decoders: query.items.map(({ typed }) => decoder(typed)),
    translation,
    counting,
    hasLimit: statement.limit !== undefined,
  };
}

function countsFoundRows(statement: Query): boolean {
  return (
    statement.kind === 'select' &&
    statement.options.includes('SQL_CALC_FOUND_ROWS') &&
    statement.limit !== undefined
  );
}

function countingSql(statement: SelectQuery, translation: Translation): FinishedSql {
  const whole = { ...statement, limit: undefined, orderBy: [] };
  const { sql } = translators.query(whole, rootContext(translation), { named: true });
  return translation.finish(`SELECT count(*) FROM (${sql})`);
}

function isWeakRead(statement: Query): boolean {
  return (
    statement.kind === 'select' &&
    statement.hints !== undefined &&
    /READ_CONSISTENCY\s*\(\s*WEAK\s*\)/i.test(statement.hints)
  );
}

function intoOf(statement: Query): IntoClause | undefined {
  if (statement.into !== undefined) return statement.into;
  return statement.kind === 'parenthesized' ? intoOf(statement.query) : undefined;
}

const int64Max = (1n << 63n) - 1n;

/** Values of the places, computed now. */
export function bindValues(binds: readonly Evaluate[], context: ExecutionContext): SqlValue[] {
  const values = new Array<SqlValue>(binds.length);
  for (let index = 0; index < binds.length; index += 1) {
    const value = (binds[index] as Evaluate)(context);
    values[index] = typeof value === 'bigint' && value > int64Max ? encodeUnsigned(value) : value;
  }
  return values;
}

/** @throws what a function threw, also where the driver lost it */
export function readRows({ sql, binds }: FinishedSql, context: ExecutionContext): SqlValue[][] {
  const rows: SqlValue[][] | undefined = context.handle.all(sql, bindValues(binds, context));
  if (rows !== undefined) return rows;
  throw takeFailure() ?? new ObError('OB_ERR_UNEXPECTED');
}

/** @returns the rows as a client sees them */
export function queryRows(query: PreparedQuery, context: ExecutionContext): CellValue[][] {
  for (const { sql, binds, answer } of query.translation.before) {
    answer.row = context.handle.all(sql, bindValues(binds, context))[0] ?? [];
  }
  const rows = readRows(query, context);
  return decodeRows(rows, query.decoders, String(context.variable('time_zone', 'session') ?? 'SYSTEM'));
}

function runQuery(
  query: PreparedQuery,
  context: ExecutionContext,
  into: IntoClause | undefined,
): StatementResult {
  const rows = queryRows(query, context);
  const { session } = context;
  const most = Number(context.variable('sql_select_limit', 'session') ?? Number.POSITIVE_INFINITY);
  if (!query.hasLimit && rows.length > most) rows.length = most;
  session.foundRows = BigInt(rows.length);
  if (query.counting !== undefined) {
    const [row] = context.handle.all(query.counting.sql, bindValues(query.counting.binds, context));
    session.foundRows = BigInt((row?.[0] as bigint | undefined) ?? 0n);
  }
  if (into?.kind === 'into-variables') return assignTargets(rows, into.targets, context);
  return { kind: 'rows', columns: query.columns, rows };
}

/** SELECT … INTO @a, @b: no row leaves them as they are with warning 1329. @throws 1222, 1172 */
function assignTargets(
  rows: readonly CellValue[][],
  targets: Extract<IntoClause, { kind: 'into-variables' }>['targets'],
  context: ExecutionContext,
): OkResult {
  if (rows.length > 1) throw new ObError('OB_ERR_TOO_MANY_ROWS');
  const [row] = rows;
  if (row === undefined) context.warn('Warning', 1329, 'No data - zero rows fetched, selected, or processed');
  else if (row.length !== targets.length) throw new ObError('OB_ERR_COLUMN_SIZE');
  for (const [index, { user, name }] of targets.entries()) {
    if (!user) throw new ObError('OB_ERR_SP_UNDECLARED_VAR', [name]);
    if (row !== undefined) context.session.userVariables[name.toLowerCase()] = row[index] ?? null;
  }
  return { kind: 'ok', affectedRows: BigInt(rows.length), lastInsertId: 0n, info: '' };
}
