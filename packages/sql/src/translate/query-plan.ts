import { ObError } from '@sealane/errors';
import type { IntoClause, Query, SelectQuery } from '../ast.ts';
import { takeFailure, withExecution } from '../functions/execution-scope.ts';
import { sleepSeconds } from '../functions/sleep.ts';
import { isUserLock, userLockCall } from '../functions/user-locks.ts';
import type {
  ExecutionContext,
  PlanEnvironment,
  PlanStep,
  PlanSteps,
  QueryPlan,
  RowStream,
} from '../plan.ts';
import type { OkResult, ResultColumn, StatementResult } from '../result.ts';
import { encodeUnsigned } from '../types/integers.ts';
import type { CellValue, SqlValue } from '../values.ts';
import { translators } from './query.ts';
import { type Decode, decodeRows, decoder, resultColumns } from './result-columns.ts';
import { type ExpressionContext, emptyScope } from './scope.ts';
import { type FinishedSql, notSupported, sqlFor, type Translation } from './statement.ts';
import { requirementsOf } from './table-use.ts';
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
  /** What SQLite will do; kept, since the schema is the same as long as the plan is. */
  steps?: PlanSteps;
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
  const asksFor = pauseOf(statement);
  const pause = asksFor && planQuery(asksFor, text, environment, parameterCount);
  return {
    kind: 'query',
    ...(pause === undefined ? {} : { pause: (context: ExecutionContext) => secondsOf(pause, context) }),
    ...userLocksOf(statement, (query) => planQuery(query, text, environment, parameterCount)),
    readsTables: translation.readsTables,
    virtualTables: [...translation.virtualTables],
    requires: requirementsOf(translation.uses),
    locking: translation.locking,
    weakRead: isWeakRead(statement),
    columns: () => first.columns,
    steps: (context) => withExecution(context, () => stepsOf(variants.of(context), context)),
    ...(into === undefined
      ? { stream: (context: ExecutionContext) => streamOf(variants.of(context), context) }
      : {}),
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

/** Of SELECT SLEEP(n) and nothing else: SELECT n. */
function pauseOf(statement: Query): SelectQuery | undefined {
  if (statement.kind !== 'select' || statement.from.length > 0 || statement.items.length !== 1)
    return undefined;
  if (statement.where !== undefined || statement.having !== undefined || statement.into !== undefined)
    return undefined;
  const [item] = statement.items;
  if (item?.expression.kind !== 'function' || item.expression.name !== 'SLEEP') return undefined;
  const [expression] = item.expression.args;
  return expression === undefined ? undefined : { ...statement, items: [{ ...item, expression }] };
}

/** Items of a SELECT without FROM that are calls of GET_LOCK and its kin: their arguments are computed before. */
function userLocksOf(
  statement: Query,
  plan: (query: SelectQuery) => QueryPlan,
): Pick<QueryPlan, 'userLocks'> {
  if (statement.kind !== 'select' || statement.from.length > 0 || statement.where !== undefined) return {};
  const calls = statement.items.flatMap((item) => {
    const { expression } = item;
    return expression.kind === 'function' && isUserLock(expression.name) ? [{ item, call: expression }] : [];
  });
  if (calls.length === 0) return {};
  const planned = calls.map(({ item, call: { name, args } }) => {
    const items = args.map((expression) => ({ ...item, alias: undefined, expression }));
    return { name, values: items.length === 0 ? undefined : plan({ ...statement, items, into: undefined }) };
  });
  return {
    userLocks: (context) =>
      planned.map(({ name, values }) => {
        const result = values?.run(context);
        return userLockCall(name, result?.kind === 'rows' ? ((result.rows[0] ?? []) as SqlValue[]) : []);
      }),
  };
}

function secondsOf(plan: QueryPlan, context: ExecutionContext): number {
  const result = plan.run(context);
  const cell = result.kind === 'rows' ? result.rows[0]?.[0] : null;
  return withExecution(context, () => sleepSeconds(cell ?? null));
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
export function readRows(finished: FinishedSql, context: ExecutionContext): SqlValue[][] {
  const { handle } = context;
  const rows: SqlValue[][] | undefined = handle.all(
    sqlFor(finished, context),
    bindValues(finished.binds, context),
  );
  if (rows !== undefined) return rows;
  throw takeFailure() ?? new ObError('OB_ERR_UNEXPECTED');
}

/** SQLite's own plan of a statement. It depends on no value; computing them may warn, or take long. */
export function explainedSteps(
  { sql }: FinishedSql,
  tables: ReadonlyMap<string, string>,
  context: ExecutionContext,
): PlanStep[] {
  const rows = context.handle.all(`EXPLAIN QUERY PLAN ${sql}`);
  return rows.map(([id, parent, , detail]) => {
    const alias = /^(?:SCAN|SEARCH) (t\d+)\b/.exec(String(detail))?.[1];
    return {
      id: Number(id),
      parent: Number(parent),
      detail: String(detail),
      table: alias === undefined ? undefined : tables.get(alias),
    };
  });
}

function stepsOf(query: PreparedQuery, context: ExecutionContext): PlanSteps {
  const { unbounded, tables } = query.translation;
  query.steps ??= {
    steps: explainedSteps(query, tables, context),
    hasLimit: query.hasLimit && query.counting === undefined,
    unbounded,
  };
  return query.steps;
}

function fillBefore(query: PreparedQuery, context: ExecutionContext): void {
  for (const before of query.translation.before) before.answer.row = readRows(before, context)[0] ?? [];
}

/** @returns the rows as a client sees them */
export function queryRows(query: PreparedQuery, context: ExecutionContext): CellValue[][] {
  fillBefore(query, context);
  const rows = readRows(query, context);
  return decodeRows(rows, query.decoders, String(context.variable('time_zone', 'session') ?? 'SYSTEM'));
}

function streamOf(query: PreparedQuery, context: ExecutionContext): RowStream | undefined {
  const { each } = context.handle;
  if (each === undefined) return undefined;
  return { columns: query.columns, rows: streamedRows(query, context) };
}

/** Rows one by one; functions see the statement's context while SQLite works, and nobody's in between. */
function* streamedRows(query: PreparedQuery, context: ExecutionContext): Generator<readonly CellValue[]> {
  const timeZone = String(context.variable('time_zone', 'session') ?? 'SYSTEM');
  const most = query.hasLimit ? Number.POSITIVE_INFINITY : selectLimit(context);
  takeFailure();
  const rows = withExecution(context, () => {
    fillBefore(query, context);
    return context.handle.each?.(sqlFor(query, context), bindValues(query.binds, context))[Symbol.iterator]();
  });
  let count = 0;
  try {
    while (count < most) {
      const step = withExecution(context, () => rows?.next());
      const failure = takeFailure();
      if (failure !== undefined) throw failure;
      if (step === undefined || step.done === true) break;
      count += 1;
      yield decodeRows([step.value], query.decoders, timeZone)[0] ?? [];
    }
  } finally {
    rows?.return?.();
  }
  noteFoundRows(query, count, context);
}

function selectLimit(context: ExecutionContext): number {
  return Number(context.variable('sql_select_limit', 'session') ?? Number.POSITIVE_INFINITY);
}

/** With SQL_CALC_FOUND_ROWS rows beyond the LIMIT count too. */
function noteFoundRows({ counting }: PreparedQuery, count: number, context: ExecutionContext): void {
  const { session } = context;
  session.foundRows = BigInt(count);
  if (counting === undefined) return;
  const [row] = withExecution(context, () => readRows(counting, context));
  session.foundRows = BigInt((row?.[0] as bigint | undefined) ?? 0n);
}

function runQuery(
  query: PreparedQuery,
  context: ExecutionContext,
  into: IntoClause | undefined,
): StatementResult {
  const rows = queryRows(query, context);
  const most = selectLimit(context);
  if (!query.hasLimit && rows.length > most) rows.length = most;
  noteFoundRows(query, rows.length, context);
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
