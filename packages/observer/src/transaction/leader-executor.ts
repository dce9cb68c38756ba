import { isObError, ObError } from '@sealane/errors';
import type { DmlPlan, QueryPlan, SessionState, SetPlan, SqlHandle, StatementResult } from '@sealane/sql';
import type { WriteTransaction } from '@sealane/storage';
import type { ParsedText } from '../session/sql-engine.ts';
import { storeVariables, type VariableAssignment } from '../tenant/global-variables.ts';
import type { TenantNode } from '../tenant/tenant-node.ts';
import { executeDdl } from './ddl-transaction.ts';
import { LeaderTransaction, TransactionTable } from './leader-transaction.ts';
import type {
  ControlAction,
  ControlAnswer,
  ControlRequest,
  SessionKey,
  StatementAnswer,
  StatementRequest,
} from './requests.ts';
import { keyText } from './requests.ts';
import type { StatementServices } from './services.ts';
import { isOn, type SessionLimits, sessionLimits } from './session-limits.ts';
import { executionContext, StatementWarnings, variableReader } from './statement-context.ts';
import { clientError, noteFailure, noteResult } from './statement-effects.ts';
import { gatherVirtualRows, planFor } from './statement-plan.ts';
import { type Release, WriterQueue } from './writer-queue.ts';

/** One statement while it is carried out. */
interface Run {
  readonly request: StatementRequest;
  /** A copy of the session's state: it goes back changed. */
  readonly state: SessionState;
  readonly parsed: ParsedText;
  readonly warnings: StatementWarnings;
  readonly limits: SessionLimits;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
}

/** The writer's place with the transaction that is open in it. */
interface Writer {
  readonly write: WriteTransaction;
  readonly release: Release;
}

/** Executes statements of any session of the cluster, as the tenant's leader. */
export class LeaderExecutor {
  readonly node: TenantNode;
  readonly queue = new WriterQueue();
  readonly #services: StatementServices;
  readonly #transactions = new TransactionTable();
  readonly #running = new Map<string, AbortController>();

  constructor(node: TenantNode, services: StatementServices) {
    this.node = node;
    this.#services = services;
    node.onDeposed(() => this.#onDeposed());
  }

  /** Explicit transactions that hold the writer, for views. */
  transactions(): readonly {
    readonly key: SessionKey;
    readonly startedAtMs: number;
    readonly usedAtMs: number;
  }[] {
    return this.#transactions.all();
  }

  /** Never throws: what went wrong is in the answer, with what it did to the session. */
  async execute(request: StatementRequest): Promise<StatementAnswer> {
    this.#forgetEarlierStarts(request.key);
    const state = structuredClone(request.state);
    const controller = new AbortController();
    const running = keyText(request.key);
    this.#running.set(running, controller);
    const warnings = new StatementWarnings();
    try {
      const result = await this.#executeIn(request, state, warnings, controller.signal);
      return this.#answer(request, state, { kind: 'done', result, warningCount: state.warnings.length });
    } catch (thrown) {
      const error = clientError(thrown, this.#services.engine);
      if (error.name !== 'OB_NOT_MASTER') noteFailure(state, error, warnings);
      return this.#answer(request, state, { kind: 'failed', error });
    } finally {
      if (this.#running.get(running) === controller) this.#running.delete(running);
    }
  }

  /** Never throws either. */
  async control(request: ControlRequest): Promise<ControlAnswer> {
    this.#forgetEarlierStarts(request.key);
    const transaction = this.#transactions.find(request.key, request.transactionId);
    let error: ObError | undefined;
    try {
      await this.#carryOut(request, transaction);
    } catch (thrown) {
      error = clientError(thrown, this.#services.engine);
    }
    return {
      error,
      started: this.#transactions.find(request.key, request.transactionId) !== undefined,
      appliedLsn: this.node.database.appliedLsn,
    };
  }

  /** Ends what a session has under way here; its next answer is 1317. With `connection` its transaction too. */
  kill(key: SessionKey, what: 'query' | 'connection'): void {
    this.#running.get(keyText(key))?.abort(new ObError('OB_ERR_QUERY_INTERRUPTED'));
    const transaction = this.#transactions.of(key);
    if (what === 'connection' && transaction !== undefined && !transaction.busy) this.#rollback(transaction);
  }

  /** Undoes transactions that idle too long, or whose session can't come back. Call it every second or so. */
  reap(isGone: (key: SessionKey) => boolean): void {
    const nowMs = performance.now();
    for (const transaction of this.#transactions.all()) {
      if (transaction.busy) continue;
      const idleMs = nowMs - transaction.usedAtMs;
      if (idleMs <= transaction.idleTimeoutMs && !isGone(transaction.key)) continue;
      const { origin, connectionId } = transaction.key;
      this.#services.logger.warn({ origin, connectionId, idleMs }, 'an abandoned transaction is rolled back');
      this.#rollback(transaction);
    }
  }

  async #executeIn(
    request: StatementRequest,
    state: SessionState,
    warnings: StatementWarnings,
    signal: AbortSignal,
  ): Promise<StatementResult> {
    const { node } = this;
    const transaction = this.#startedTransaction(request);
    if (transaction === undefined) node.mustServe();
    const variable = variableReader(node, this.#services, state);
    const limits = sessionLimits((name) => variable(name, 'session'));
    const sqlMode = String(variable('sql_mode', 'session') ?? '');
    const parsed = this.#services.engine.parseOne(request.text, sqlMode);
    const deadlineMs = performance.now() + request.timeoutMs;
    const run: Run = { request, state, parsed, warnings, limits, signal, deadlineMs };
    if (transaction !== undefined) transaction.busy = true;
    try {
      const result = await this.#dispatch(run, transaction);
      noteResult(state, parsed, result, warnings);
      return result;
    } finally {
      if (transaction !== undefined) {
        transaction.busy = false;
        transaction.usedAtMs = performance.now();
      }
    }
  }

  #dispatch(run: Run, transaction: LeaderTransaction | undefined): Promise<StatementResult> {
    const plan = planFor(run.parsed, this.node, this.#services, run.state);
    switch (plan.kind) {
      case 'query':
        if (plan.locking && run.request.transaction !== undefined)
          return this.#lockingQuery(run, transaction);
        return this.#query(plan, run, transaction?.write);
      case 'dml':
        return this.#dml(run, transaction);
      case 'ddl':
        return this.#ddl(run);
      case 'set':
        return this.#set(plan, run, transaction?.write);
      case 'transaction':
      case 'session':
      case 'admin':
        throw new ObError('OB_ERR_UNEXPECTED', [], {
          message: `Internal error: a ${plan.kind} statement was sent to the leader`,
        });
    }
  }

  async #query(plan: QueryPlan, run: Run, write?: WriteTransaction): Promise<StatementResult> {
    const fill = await gatherVirtualRows(plan.virtualTables, this.node, this.#services, run.state);
    return this.#runOn(write ?? this.node.database.reader(), run, plan, fill);
  }

  async #set(plan: SetPlan, run: Run, write?: WriteTransaction): Promise<StatementResult> {
    const fill = await gatherVirtualRows(plan.virtualTables, this.node, this.#services, run.state);
    const handle = write ?? this.node.database.reader();
    fill(handle);
    const { parameters } = run.request;
    const context = executionContext(this.node, this.#services, { handle, ...run, parameters });
    const { global } = this.#translating(context, () => plan.run(context));
    if (global.length > 0) await this.#setGlobal(global, run.limits.lockWaitMs);
    return { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' };
  }

  /** SELECT … FOR UPDATE: from here on nobody else writes. */
  async #lockingQuery(run: Run, transaction: LeaderTransaction | undefined): Promise<StatementResult> {
    const held = transaction ?? (await this.#start(run));
    const plan = planFor(run.parsed, this.node, this.#services, run.state);
    if (plan.kind !== 'query') throw schemaChanged();
    return this.#query(plan, run, held.write);
  }

  async #dml(run: Run, transaction: LeaderTransaction | undefined): Promise<StatementResult> {
    if (run.request.transaction?.readOnly === true) {
      throw new ObError('OB_ERR_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION');
    }
    if (run.request.transaction === undefined) return this.#autocommit(run);
    const held = transaction ?? (await this.#start(run));
    const { write } = held;
    return this.#dmlIn(run, write, (body) => this.#atomically(held, body));
  }

  /** A statement that is a transaction of its own. */
  async #autocommit(run: Run): Promise<StatementResult> {
    const writer = await this.#acquire(run, { recorded: true });
    let result: StatementResult;
    try {
      result = await this.#dmlIn(run, writer.write, (body) => body());
    } catch (error) {
      this.#giveUp(writer);
      // Deposed meanwhile: nothing of it is anywhere, the next leader may do it.
      throw isObError(error, 'OB_TRANS_KILLED') ? this.#notMaster() : error;
    }
    await this.#commit(writer);
    return result;
  }

  async #dmlIn(
    run: Run,
    write: WriteTransaction,
    around: (body: () => StatementResult) => StatementResult,
  ): Promise<StatementResult> {
    const plan = planFor(run.parsed, this.node, this.#services, run.state);
    if (plan.kind !== 'dml') throw schemaChanged();
    if (plan.virtualTables.length === 0) return around(() => this.#runOn(write, run, plan));
    const fill = await gatherVirtualRows(plan.virtualTables, this.node, this.#services, run.state);
    if (!write.open) throw new ObError('OB_TRANS_KILLED');
    return around(() => this.#runOn(write, run, plan, fill));
  }

  async #ddl(run: Run): Promise<StatementResult> {
    const writer = await this.#acquire(run, { recorded: false });
    try {
      const plan = planFor(run.parsed, this.node, this.#services, run.state);
      if (plan.kind !== 'ddl') throw schemaChanged();
      const { state, warnings } = run;
      const { result, record } = this.#translating(
        executionContext(this.node, this.#services, { handle: writer.write, ...run, parameters: [] }),
        () => executeDdl(plan, writer.write, this.node, this.#services, { state, parameters: [], warnings }),
      );
      if (record === undefined) this.#giveUp(writer);
      else await this.node.commit(writer.write, record, writer.release);
      return result;
    } catch (error) {
      if (writer.write.open && !isObError(error, 'OB_TRANS_UNKNOWN')) this.#giveUp(writer);
      throw error;
    }
  }

  #runOn(
    handle: SqlHandle,
    run: Run,
    plan: QueryPlan | DmlPlan,
    fill?: (handle: SqlHandle) => void,
  ): StatementResult {
    run.signal.throwIfAborted();
    if (performance.now() > run.deadlineMs) throw new ObError('OB_TRANS_STMT_TIMEOUT');
    fill?.(handle);
    const { parameters } = run.request;
    const context = executionContext(this.node, this.#services, { handle, ...run, parameters });
    return this.#translating(context, () => plan.run(context));
  }

  #translating<Result>(context: Parameters<typeof clientError>[2], body: () => Result): Result {
    try {
      return body();
    } catch (error) {
      throw clientError(error, this.#services.engine, context);
    }
  }

  /** A statement that fails leaves its transaction as it was before it. */
  #atomically(held: LeaderTransaction, body: () => StatementResult): StatementResult {
    const { write } = held;
    write.savepoint(statementSavepoint);
    try {
      const result = body();
      write.release(statementSavepoint);
      return result;
    } catch (error) {
      if (write.open) {
        write.rollbackTo(statementSavepoint);
        write.release(statementSavepoint);
      } else {
        // SQLite itself has rolled back: a full disk, for instance.
        this.#rollback(held);
      }
      throw error;
    }
  }

  #startedTransaction({ key, transaction }: StatementRequest): LeaderTransaction | undefined {
    const here = this.#transactions.of(key);
    // A session that begins another transaction, or none, has forgotten the old one.
    if (here !== undefined && here.id !== transaction?.id && !here.busy) this.#rollback(here);
    if (transaction?.started !== true) return undefined;
    const held = this.#transactions.find(key, transaction.id);
    if (held === undefined) throw new ObError('OB_TRANS_KILLED');
    if (performance.now() - held.startedAtMs <= held.timeoutMs) return held;
    this.#rollback(held);
    throw new ObError('OB_TRANS_TIMEOUT');
  }

  /** The first write of an explicit transaction. */
  async #start(run: Run): Promise<LeaderTransaction> {
    const { key, transaction } = run.request;
    const { write, release } = await this.#acquire(run, { recorded: true });
    const started = new LeaderTransaction({
      key,
      id: transaction?.id ?? 0,
      write,
      release,
      nowMs: performance.now(),
      idleTimeoutMs: run.limits.idleTransactionMs,
      timeoutMs: run.limits.transactionMs,
    });
    for (const name of transaction?.savepoints ?? []) started.savepoints.set(name);
    this.#transactions.add(started);
    return started;
  }

  async #acquire(run: Run, { recorded }: { readonly recorded: boolean }): Promise<Writer> {
    const leftMs = run.deadlineMs - performance.now();
    const timeoutMs = Math.min(run.limits.lockWaitMs, leftMs);
    const release = await this.queue.acquire({ timeoutMs, signal: run.signal });
    try {
      const variable = variableReader(this.node, this.#services, run.state);
      const foreignKeys = recorded && isOn(variable('foreign_key_checks', 'session') ?? 1n);
      return { write: this.node.begin({ foreignKeys, recorded }), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #commit({ write, release }: Writer): Promise<void> {
    if (!write.open) throw this.#notMaster();
    const changeset = write.changes();
    if (changeset === undefined) this.#giveUp({ write, release });
    else await this.node.commit(write, { kind: 'changes', changeset }, release);
  }

  #giveUp({ write, release }: Writer): void {
    this.node.rollback(write);
    release();
  }

  #rollback(transaction: LeaderTransaction): void {
    this.#transactions.remove(transaction);
    this.#giveUp(transaction);
  }

  async #carryOut(
    { action, timeoutMs }: ControlRequest,
    transaction: LeaderTransaction | undefined,
  ): Promise<void> {
    if (action.name === 'read-index') return this.node.mustServe();
    if (action.name === 'set-global') return this.#setGlobal(action.assignments, timeoutMs);
    if (transaction === undefined) {
      if (action.name === 'rollback') return;
      throw new ObError('OB_TRANS_KILLED');
    }
    transaction.usedAtMs = performance.now();
    await this.#control(action, transaction);
  }

  async #control(
    action: Exclude<ControlAction, { name: 'read-index' | 'set-global' }>,
    transaction: LeaderTransaction,
  ): Promise<void> {
    switch (action.name) {
      case 'rollback':
        return this.#rollback(transaction);
      case 'commit':
        this.#transactions.remove(transaction);
        return this.#commitNow(transaction);
      case 'savepoint':
        return transaction.savepoints.set(action.savepoint);
      case 'rollback-to':
        return transaction.savepoints.rollbackTo(action.savepoint);
      case 'release':
        return transaction.savepoints.release(action.savepoint);
    }
  }

  async #commitNow(transaction: LeaderTransaction): Promise<void> {
    try {
      await this.#commit(transaction);
    } catch (error) {
      if (isObError(error, 'OB_TRANS_UNKNOWN')) throw error;
      if (transaction.write.open) this.#giveUp(transaction);
      // Nothing was appended: the transaction is undone, and its session must know that it is.
      if (isObError(error, 'OB_NOT_MASTER')) throw new ObError('OB_TRANS_KILLED', [], { cause: error });
      throw error;
    }
  }

  async #setGlobal(assignments: readonly VariableAssignment[], timeoutMs: number): Promise<void> {
    const release = await this.queue.acquire({ timeoutMs });
    let write: WriteTransaction;
    try {
      write = this.node.begin({ foreignKeys: false, recorded: true });
    } catch (error) {
      release();
      throw error;
    }
    storeVariables(write, assignments);
    await this.#commit({ write, release });
  }

  #answer(
    request: StatementRequest,
    state: SessionState,
    outcome: StatementAnswer['outcome'],
  ): StatementAnswer {
    return {
      state,
      outcome,
      transaction: this.#standing(request),
      appliedLsn: this.node.database.appliedLsn,
    };
  }

  /** A server that was started again knows nothing of the transactions it had. */
  #forgetEarlierStarts({ origin, incarnation }: SessionKey): void {
    for (const transaction of this.#transactions.all()) {
      const { key, busy } = transaction;
      if (key.origin === origin && key.incarnation !== incarnation && !busy) this.#rollback(transaction);
    }
  }

  #standing({ key, transaction }: StatementRequest): StatementAnswer['transaction'] {
    if (transaction === undefined) return 'none';
    if (this.#transactions.find(key, transaction.id) !== undefined) return 'started';
    return transaction.started ? 'lost' : 'none';
  }

  /** The node has rolled back already; here are those who waited for it. */
  #onDeposed(): void {
    for (const transaction of this.#transactions.all()) {
      this.#transactions.remove(transaction);
      transaction.release();
    }
    this.queue.refuseAll(this.#notMaster());
  }

  #notMaster(): ObError {
    return new ObError('OB_NOT_MASTER', [], { details: { leader: this.node.log.role().leader } });
  }
}

/** Between planning and running, somebody's DDL made another kind of statement of this one. */
function schemaChanged(): ObError {
  return new ObError('OB_TABLE_DEFINITION_CHANGED');
}

const statementSavepoint = 'statement';
