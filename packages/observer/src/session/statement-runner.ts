import { setTimeout as delay } from 'node:timers/promises';
import { isObError, ObError } from '@sealane/errors';
import {
  type CellValue,
  changeVariables,
  type OkResult,
  type Plan,
  type QueryPlan,
  type SetPlan,
  type SqlHandle,
  type StatementResult,
} from '@sealane/sql';
import { collectedRows, followedRows } from '../reading/followed-rows.ts';
import { watchStatement } from '../reading/statement-watch.ts';
import type { PlannedText, StatementRequest } from '../transaction/requests.ts';
import { executionTimeMs, isOn } from '../transaction/session-limits.ts';
import { executionContext, StatementWarnings } from '../transaction/statement-context.ts';
import { clientError, noteFailure, noteResult } from '../transaction/statement-effects.ts';
import { gatherVirtualRows, isShared, planFor } from '../transaction/statement-plan.ts';
import type { Killer } from './connection-killer.ts';
import type { SessionContext } from './session-context.ts';
import type { ParsedText } from './sql-engine.ts';
import { commitTransaction, controlTransaction, refuseAborted } from './transaction-control.ts';
import { askForUserLocks } from './user-lock-calls.ts';

/** What only the session itself can carry out. */
export interface SessionActions {
  use(database: string): Promise<void>;
  prepareNamed(name: string, text: string): void;
  executeNamed(name: string, parameters: readonly CellValue[]): Promise<StatementResult>;
  deallocate(name: string): void;
  /** COMMIT RELEASE: the client is let go after its answer. */
  letGo(): void;
}

/** Runs one statement of a session where it belongs. @throws ObError, and the session's warnings say so too */
export async function runStatement(
  context: SessionContext,
  parsed: ParsedText,
  parameters: readonly CellValue[],
  actions: SessionActions,
): Promise<StatementResult> {
  const warnings = new StatementWarnings();
  const answered = { byLeader: false };
  try {
    const plan = planAtOnce(context, parsed) ?? (await planHere(context, parsed));
    const schemaVersion = context.runtime.node.catalog().version;
    const planned = { parsed, plan: isShared(parsed) ? plan : undefined, schemaVersion };
    if (runsHere(context, plan)) await allowHere(context, parsed, plan);
    const result = await dispatch(
      { context, parsed, planned, parameters, warnings, actions, answered },
      plan,
    );
    if (result.kind === 'rows' && result.rest !== undefined) {
      return context.streams ? result : await collectedRows(result);
    }
    if (!answered.byLeader) noteResult(context.state, parsed, result, warnings);
    return result;
  } catch (thrown) {
    const error = clientError(thrown, context.services.engine);
    if (!answered.byLeader) noteFailure(context.state, error, warnings);
    throw error;
  }
}

interface Run {
  readonly context: SessionContext;
  readonly parsed: ParsedText;
  readonly planned: PlannedText;
  readonly parameters: readonly CellValue[];
  readonly warnings: StatementWarnings;
  readonly actions: SessionActions;
  /** The leader has put result and warnings into the session's state. */
  readonly answered: { byLeader: boolean };
}

/** Plans on this node if it needs nobody else for it: see `planHere`. */
function planAtOnce(context: SessionContext, parsed: ParsedText): Plan | undefined {
  const { runtime, services, state } = context;
  const { node } = runtime;
  if (!node.serving || readsCatalog.has(parsed.statement.kind)) return undefined;
  return planFor(parsed, node, services, state);
}

/** Plans on this node. On a follower a name may be unknown only because its catalog is a moment behind. */
export async function planHere(context: SessionContext, parsed: ParsedText): Promise<Plan> {
  const { runtime, services, state } = context;
  const { node } = runtime;
  if (readsCatalog.has(parsed.statement.kind)) await context.catchUp();
  try {
    return planFor(parsed, node, services, state);
  } catch (error) {
    if (node.serving || !isObError(error) || error.name === 'OB_ERR_EMPTY_QUERY') throw error;
    const { version } = node.catalog();
    await context.catchUp();
    if (node.catalog().version === version) throw error;
    return planFor(parsed, node, services, state);
  }
}

/** What the leader doesn't carry out. Anything else is looked at there, where grants are as new as the rows. */
function runsHere(context: SessionContext, plan: Plan): boolean {
  switch (plan.kind) {
    case 'query':
      return !plan.readsTables || readsWeakly(context, plan);
    case 'set':
      return !plan.readsTables;
    case 'transaction':
    case 'session':
    case 'admin':
      return true;
    default:
      return false;
  }
}

/** @throws ObError 1044, 1142 …: on a follower only once it has caught up */
export async function allowHere(
  context: SessionContext,
  { statement }: ParsedText,
  plan: Plan,
): Promise<void> {
  const { services, state, runtime } = context;
  const { node } = runtime;
  try {
    services.privileges?.allow(plan, statement.kind, node, state);
  } catch (error) {
    const { version } = node.catalog();
    if (node.serving) throw error;
    await context.catchUp();
    if (node.catalog().version === version) throw error;
    services.privileges?.allow(plan, statement.kind, node, state);
  }
}

/** Answered from the catalog alone, or from tables that are filled from it. */
const readsCatalog: ReadonlySet<string> = new Set(['show', 'describe', 'explain', 'use']);

function dispatch(run: Run, plan: Plan): Promise<StatementResult> {
  const { context, parsed } = run;
  if (plan.kind !== 'transaction') refuseAborted(context);
  switch (plan.kind) {
    case 'query':
      return runQuery(run, plan);
    case 'dml':
      return runDml(run);
    case 'ddl':
      return runAfterCommit(run, () => runOnLeader(run, undefined, 'unknown'));
    case 'set':
      return runSet(run, plan);
    case 'transaction':
      return runTransactionControl(run, plan);
    case 'session':
      return commitsImplicitly(parsed)
        ? runAfterCommit(run, () => runAction(run, plan))
        : runAction(run, plan);
    case 'admin':
      return runAfterCommit(run, () => context.services.admin.execute(plan.action, context.state));
  }
}

async function runQuery(run: Run, plan: QueryPlan): Promise<StatementResult> {
  const { context } = run;
  const limitMs = executionTimeMs((name) => context.variable(name));
  if (limitMs !== undefined) context.shortenStatement(limitMs);
  if (!plan.readsTables && plan.userLocks !== undefined) return runUserLocks(run, plan);
  if (!plan.readsTables) return plan.pause === undefined ? runHere(run, plan) : runPause(run, plan);
  const transaction = context.transactionForStatement();
  if (readsWeakly(context, plan)) {
    // Never back in time within a session.
    if (isOn(context.variable(catchesUp))) await seeAllCommitted(context);
    await context.runtime.node.waitApplied(context.seenLsn, context.leftMs());
    return runHere(run, plan);
  }
  const starts = transaction !== undefined && (plan.locking || transaction.repeatable);
  return runOnLeader(run, transaction, starts ? 'killed' : 'repeat');
}

/** Set by a proxy, whose session has been on another server. */
const catchesUp = '_weak_read_catches_up';

async function seeAllCommitted(context: SessionContext): Promise<void> {
  await context.control({ name: 'read-index' }, 'repeat');
  changeVariables(context.state, { [catchesUp]: undefined });
}

function readsWeakly(context: SessionContext, plan: QueryPlan): boolean {
  const weak = plan.weakRead || String(context.variable('ob_read_consistency')).toUpperCase() === 'WEAK';
  return weak && !plan.locking && context.transaction?.holder === undefined;
}

/** SELECT SLEEP(n) costs nobody anything: the session waits. Interrupted it answers 1. */
async function runPause(run: Run, plan: QueryPlan): Promise<StatementResult> {
  const { context, parameters, warnings } = run;
  const { services, state, runtime, signal } = context;
  const handle = runtime.node.database.reader();
  const execution = executionContext(runtime.node, services, { handle, state, parameters, warnings });
  const pauseMs = translating(run, handle, () => plan.pause?.(execution) ?? 0) * 1000;
  const leftMs = context.leftMs();
  const interrupted = await delay(Math.min(pauseMs, leftMs), false, { signal }).catch(() => true);
  const isLate = !interrupted && pauseMs > leftMs;
  // MySQL's max_execution_time interrupts it like KILL QUERY; OceanBase's limit is an error.
  if (isLate && context.timeoutError().name !== 'ER_QUERY_TIMEOUT') throw context.timeoutError();
  return plan.run({ ...execution, sleep: () => (interrupted || isLate ? 1n : 0n) });
}

/** GET_LOCK and its kin are asked for before the statement that answers with them runs. */
async function runUserLocks(run: Run, plan: QueryPlan): Promise<StatementResult> {
  const { context, parameters, warnings } = run;
  const { services, state, runtime } = context;
  const handle = runtime.node.database.reader();
  const execution = executionContext(runtime.node, services, { handle, state, parameters, warnings });
  const calls = translating(run, handle, () => plan.userLocks?.(execution) ?? []);
  const answers = await askForUserLocks(context, calls);
  return translating(run, handle, () => plan.run({ ...execution, userLock: () => answers.shift() }));
}

function runDml(run: Run): Promise<StatementResult> {
  const { context, parsed } = run;
  if (commitsImplicitly(parsed)) return runAfterCommit(run, () => runOnLeader(run, undefined, 'unknown'));
  const transaction = context.transactionForStatement();
  // In a transaction the leader looks at what its beginning said.
  if (transaction === undefined && context.settings.readOnly) {
    throw new ObError('OB_ERR_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION');
  }
  return runOnLeader(run, transaction, transaction === undefined ? 'unknown' : 'killed');
}

/** GRANT and the like change rows, but are no part of a transaction; the same goes for LOCK TABLES. */
function commitsImplicitly({ statement }: ParsedText): boolean {
  const { kind } = statement;
  let commits = committing.get(kind);
  if (commits === undefined) {
    commits = /user$|^role$|^grant|^revoke|^set-password$|^lock-tables$/.test(kind);
    committing.set(kind, commits);
  }
  return commits;
}

/** By the kind of statement, of which there are some dozens. */
const committing = new Map<string, boolean>();

async function runAfterCommit(run: Run, body: () => Promise<StatementResult>): Promise<StatementResult> {
  await commitTransaction(run.context);
  return body();
}

/** Reads no table, or reads weakly: on this node. */
async function runHere(run: Run, plan: QueryPlan): Promise<StatementResult> {
  const { context, parsed, parameters, warnings } = run;
  if (plan.virtualTables.some(({ database }) => database !== 'oceanbase')) await context.catchUp();
  const { services, state, runtime, signal } = context;
  const gathered = await gatherVirtualRows(plan.virtualTables, runtime.node, services, state);
  const { result } = await runtime.executor.reads.run({
    plan,
    text: parsed.text,
    parameters,
    state,
    warnings,
    gathered,
    handle: runtime.node.database.reader(),
    movable: !plan.locking,
    limits: { signal, timeoutMs: context.leftMs(), timeoutError: () => context.timeoutError() },
  });
  return followed(result, context, () => undefined);
}

/** Rows that follow tell the session when they fail, and let go of it at their end. */
function followed(result: StatementResult, context: SessionContext, ended: () => void): StatementResult {
  if (result.kind === 'ok' || result.rest === undefined) return result;
  const rest = followedRows(result.rest, {
    ended,
    failed: (thrown) => {
      const error = clientError(thrown, context.services.engine);
      noteFailure(context.state, error, new StatementWarnings());
    },
    over: () => {
      context.executingServer = undefined;
    },
  });
  return { ...result, rest };
}

async function runSet(run: Run, plan: SetPlan): Promise<StatementResult> {
  const { context } = run;
  const wasAutocommit = context.autocommit;
  if (plan.readsTables) await runOnLeader(run, context.transactionForStatement(), 'repeat');
  else await setHere(run, plan);
  // MySQL: turning autocommit on commits what is open.
  if (!wasAutocommit && isOn(context.variable('autocommit'))) await commitTransaction(context);
  return done;
}

async function setHere(run: Run, plan: SetPlan): Promise<void> {
  const { context, parameters, warnings } = run;
  const { services, state, runtime } = context;
  const gathered = await gatherVirtualRows(plan.virtualTables, runtime.node, services, state);
  const handle = runtime.node.database.reader();
  gathered.fill(handle);
  const checkpoint = watchStatement({
    deadlineMs: performance.now() + context.leftMs(),
    timeoutError: () => context.timeoutError(),
    killed: services.kills?.watch(state),
  });
  const execution = executionContext(runtime.node, services, {
    handle,
    state,
    parameters,
    warnings,
    checkpoint,
  });
  const { global } = translating(run, handle, () => plan.run(execution));
  if (global.length === 0) return;
  const { error, appliedLsn } = await context.control({ name: 'set-global', assignments: global }, 'repeat');
  if (error !== undefined) throw error;
  // Who asks this node next sees the new value.
  await runtime.node.waitApplied(appliedLsn, context.leftMs());
}

function translating<Result>(
  { context, parameters, warnings }: Run,
  handle: SqlHandle,
  body: () => Result,
): Result {
  const { runtime, services, state } = context;
  try {
    return body();
  } catch (error) {
    const execution = executionContext(runtime.node, services, { handle, state, parameters, warnings });
    throw clientError(error, services.engine, execution);
  }
}

/** One call, wherever the leader is. The session's state comes back with the answer. */
async function runOnLeader(
  run: Run,
  transaction: SessionContext['transaction'],
  inDoubt: 'repeat' | 'killed' | 'unknown',
): Promise<StatementResult> {
  const { context, parsed, planned, parameters, answered } = run;
  const request: StatementRequest = {
    key: context.key,
    state: context.state,
    text: parsed.text,
    parameters,
    transaction: transaction?.reference(),
    timeoutMs: context.leftMs(),
    planned,
  };
  const { self, log } = context.runtime.node;
  context.executingServer = transaction?.holder ?? log.role().leader ?? self;
  let streaming = false;
  try {
    const attempt = { holder: transaction?.holder, inDoubt, signal: context.signal };
    const { answer, server } = await context.runtime.access.execute(request, attempt);
    answered.byLeader = true;
    Object.assign(context.state, answer.state);
    context.sawLsn(answer.appliedLsn);
    if (transaction !== undefined) {
      if (answer.transaction === 'started') transaction.holder = server;
      if (answer.transaction === 'lost') transaction.aborted = true;
    }
    if (answer.outcome.kind === 'failed') throw answer.outcome.error;
    const { result } = answer.outcome;
    streaming = result.kind === 'rows' && result.rest !== undefined;
    return followed(result, context, () => Object.assign(context.state, answer.state));
  } catch (error) {
    if (transaction !== undefined && isObError(error, 'OB_TRANS_KILLED')) transaction.aborted = true;
    throw error;
  } finally {
    if (!streaming) context.executingServer = undefined;
  }
}

async function runTransactionControl(
  { context, actions }: Run,
  plan: Extract<Plan, { kind: 'transaction' }>,
): Promise<StatementResult> {
  if (await controlTransaction(context, plan)) actions.letGo();
  return done;
}

async function runAction(
  { context, actions }: Run,
  { action }: Extract<Plan, { kind: 'session' }>,
): Promise<StatementResult> {
  switch (action.name) {
    case 'use':
      await actions.use(action.database);
      return done;
    case 'prepare':
      actions.prepareNamed(action.statement, prepareText(context, action.text));
      return { ...done, info: 'Statement prepared' };
    case 'execute':
      return actions.executeNamed(
        action.statement,
        action.variables.map((name) => context.state.userVariables[name] ?? null),
      );
    case 'deallocate':
      actions.deallocate(action.statement);
      return done;
    case 'kill':
      await context.services.kill(
        action.connectionId,
        action.queryOnly ? 'query' : 'connection',
        killerOf(context),
      );
      return done;
    case 'nothing':
      return done;
  }
}

/** Without SUPER one ends one's own sessions only. */
function killerOf({ services, state, runtime }: SessionContext): Killer {
  const mayAll = services.privileges?.has('SUPER', runtime.node, state) ?? true;
  return { tenantId: state.tenantId, owner: mayAll ? undefined : state.user };
}

function prepareText(context: SessionContext, text: string | { readonly variable: string }): string {
  if (typeof text === 'string') return text;
  const value = context.state.userVariables[text.variable];
  if (value === undefined || value === null) throw new ObError('OB_ERR_PARSER_SYNTAX', ['NULL', 1]);
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
}

const done: OkResult = { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' };
