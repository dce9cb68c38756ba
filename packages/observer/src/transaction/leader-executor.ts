import { isObError, ObError } from '@sealane/errors';
import type { SessionState, StatementResult } from '@sealane/sql';
import { followedRows } from '../reading/followed-rows.ts';
import { ReadRunner } from '../reading/read-runner.ts';
import { storeVariables, type VariableAssignment } from '../tenant/global-variables.ts';
import { checkSecureTransport } from '../tenant/secure-transport.ts';
import type { TenantNode } from '../tenant/tenant-node.ts';
import { LeaderStatement } from './leader-statement.ts';
import { type LeaderTransaction, LeaderTransactions } from './leader-transaction.ts';
import {
  type Claim,
  type ControlAction,
  type ControlAnswer,
  type ControlRequest,
  copyState,
  keyText,
  type SessionKey,
  type StatementAnswer,
  type StatementRequest,
  type TransactionReference,
} from './requests.ts';
import type { StatementServices } from './services.ts';
import { StatementWarnings } from './statement-context.ts';
import { clientError, noteFailure } from './statement-effects.ts';
import { UserLocks } from './user-locks.ts';
import type { WriterQueue } from './writer-queue.ts';
import { Writers } from './writers.ts';

/** Executes statements of any session of the cluster, as the tenant's leader. */
export class LeaderExecutor {
  readonly node: TenantNode;
  /** For reads that any node may answer, too. */
  readonly reads: ReadRunner;
  readonly #services: StatementServices;
  readonly #writers: Writers;
  readonly #transactions: LeaderTransactions;
  readonly #locks = new UserLocks();
  readonly #running = new Map<string, AbortController>();

  constructor(node: TenantNode, services: StatementServices) {
    this.node = node;
    this.#services = services;
    this.reads = new ReadRunner(node, services);
    this.#writers = new Writers(node);
    this.#transactions = new LeaderTransactions(this.#writers, services.logger);
    node.onDeposed(() => {
      this.#transactions.dropAll();
      this.#locks.clear();
      this.#writers.refuseWaiting();
    });
  }

  /** Those who wait to write. */
  get queue(): WriterQueue {
    return this.#writers.queue;
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
    const { key, transaction } = request;
    const state = copyState(request.state);
    const warnings = new StatementWarnings();
    const controller = new AbortController();
    const name = keyText(key);
    const over = (): void => {
      if (this.#running.get(name) === controller) this.#running.delete(name);
    };
    let outcome: StatementAnswer['outcome'];
    try {
      this.#transactions.forgetEarlier(key, transaction?.id);
      this.#running.set(name, controller);
      const result = interruptible(await this.#run(request, state, warnings, controller.signal), over);
      outcome = { kind: 'done', result, warningCount: state.warnings.length };
    } catch (thrown) {
      over();
      const error = clientError(thrown, this.#services.engine);
      // Then another node answers, and notes what there is to note.
      if (error.name !== 'OB_NOT_MASTER') noteFailure(state, error, warnings);
      outcome = { kind: 'failed', error };
    }
    const standing = this.#transactions.standing(key, transaction);
    return { state, outcome, transaction: standing, appliedLsn: this.node.database.appliedLsn };
  }

  /** Never throws either. */
  async control(request: ControlRequest): Promise<ControlAnswer> {
    const { key, transactionId } = request;
    let error: ObError | undefined;
    let value: bigint | null | undefined;
    try {
      this.#transactions.forgetEarlier(key, transactionId);
      if (request.action.name === 'user-lock') value = this.#lock(key, request.action);
      else await this.#control(request);
    } catch (thrown) {
      error = clientError(thrown, this.#services.engine);
    }
    const started = this.#transactions.find(key, transactionId) !== undefined;
    const appliedLsn = this.node.database.appliedLsn;
    return { error, started, appliedLsn, ...(value === undefined ? {} : { value }) };
  }

  /** Ends what a session has under way here; its next answer is 1317. With `connection` its transaction too. */
  kill(key: SessionKey, what: 'query' | 'connection'): void {
    this.#running.get(keyText(key))?.abort(new ObError('OB_ERR_QUERY_INTERRUPTED'));
    const transaction = this.#transactions.of(key);
    if (what === 'connection' && transaction?.busy === false) this.#transactions.rollback(transaction);
  }

  /** Undoes transactions that idle too long, or whose session can't come back. Call it every second or so. */
  reap(isGone: (claim: Claim) => boolean): void {
    this.#transactions.reap(isGone);
    this.#locks.reap(isGone);
  }

  #run(
    request: StatementRequest,
    state: SessionState,
    warnings: StatementWarnings,
    signal: AbortSignal,
  ): Promise<StatementResult> {
    const { transaction } = request;
    if (transaction?.started === true) return this.#runIn(transaction, request, state, warnings, signal);
    if (!this.node.serving) return this.#runLater(request, state, warnings, signal);
    return this.#statement(request, state, warnings, signal, undefined).run();
  }

  async #runIn(
    { id }: TransactionReference,
    request: StatementRequest,
    state: SessionState,
    warnings: StatementWarnings,
    signal: AbortSignal,
  ): Promise<StatementResult> {
    const held = this.#transactions.mustFind(request.key, id);
    held.busy = true;
    try {
      return await this.#statement(request, state, warnings, signal, held).run();
    } finally {
      held.busy = false;
      held.usedAtMs = performance.now();
    }
  }

  #statement(
    request: StatementRequest,
    state: SessionState,
    warnings: StatementWarnings,
    signal: AbortSignal,
    held: LeaderTransaction | undefined,
  ): LeaderStatement {
    return new LeaderStatement({
      node: this.node,
      services: this.#services,
      writers: this.#writers,
      transactions: this.#transactions,
      reads: this.reads,
      setGlobal: this.#setGlobal,
      request,
      state,
      warnings,
      signal,
      held,
    });
  }

  /** Who comes a moment too early, while leadership moves, waits here: sent back he would only come again. */
  async #runLater(
    request: StatementRequest,
    state: SessionState,
    warnings: StatementWarnings,
    signal: AbortSignal,
  ): Promise<StatementResult> {
    const startMs = performance.now();
    await this.node.untilServing(Math.min(request.timeoutMs, servingWaitMs), signal);
    signal.throwIfAborted();
    this.node.mustServe();
    const timeoutMs = request.timeoutMs - (performance.now() - startMs);
    return this.#run({ ...request, timeoutMs }, state, warnings, signal);
  }

  #lock(key: SessionKey, { operation, lock }: Extract<ControlAction, { name: 'user-lock' }>): bigint | null {
    this.node.mustServe();
    return this.#locks.answer(key, { operation, name: lock });
  }

  async #control({ key, transactionId, action, timeoutMs }: ControlRequest): Promise<void> {
    if (action.name === 'read-index') {
      await this.node.untilServing(Math.min(timeoutMs, servingWaitMs));
      return this.node.mustServe();
    }
    if (action.name === 'set-global') return this.#setGlobal(action.assignments, timeoutMs);
    if (action.name === 'rollback') {
      const transaction = this.#transactions.find(key, transactionId);
      if (transaction !== undefined) this.#transactions.rollback(transaction);
      return;
    }
    const transaction = this.#transactions.mustFind(key, transactionId);
    transaction.usedAtMs = performance.now();
    if ('savepoint' in action) transaction.setSavepoint(action);
    else await this.#transactions.commit(transaction);
  }

  readonly #setGlobal = async (
    assignments: readonly VariableAssignment[],
    timeoutMs: number,
  ): Promise<void> => {
    checkSecureTransport(assignments, this.#services.nodeVariable('have_ssl'));
    const writer = await this.#writers.acquire({
      foreignKeys: false,
      recorded: true,
      company: 'alone',
      timeoutMs,
    });
    try {
      if (!writer.write.open) throw this.#writers.notMaster();
      storeVariables(writer.write, assignments);
      await this.#writers.commitChanges(writer);
    } catch (error) {
      if (!isObError(error, 'OB_TRANS_UNKNOWN')) this.#writers.giveUp(writer);
      throw error;
    }
  };
}

/** Rows that follow can be interrupted too, until they have all come. */
function interruptible(result: StatementResult, over: () => void): StatementResult {
  if (result.kind === 'rows' && result.rest !== undefined) {
    return { ...result, rest: followedRows(result.rest, { over }) };
  }
  over();
  return result;
}

/** An election that was begun is over by then, or another one will be. */
const servingWaitMs = 1000;
