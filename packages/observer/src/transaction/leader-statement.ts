import { isObError, ObError } from '@sealane/errors';
import type {
  DmlPlan,
  Plan,
  QueryPlan,
  SessionState,
  SetPlan,
  SqlHandle,
  StatementResult,
} from '@sealane/sql';
import type { WriteTransaction } from '@sealane/storage';
import type { Read, ReadRunner } from '../reading/read-runner.ts';
import { watchStatement } from '../reading/statement-watch.ts';
import type { ParsedText } from '../session/sql-engine.ts';
import type { Company, WriteOptions } from '../tenant/commit-round.ts';
import type { VariableAssignment } from '../tenant/global-variables.ts';
import type { TenantNode } from '../tenant/tenant-node.ts';
import { executeDdl } from './ddl-transaction.ts';
import { LeaderTransaction, type LeaderTransactions } from './leader-transaction.ts';
import type { PlannedText, StatementRequest, TransactionReference } from './requests.ts';
import type { StatementServices } from './services.ts';
import { statementTimeout } from './session-limits.ts';
import { type SessionSettings, settingsOf } from './session-settings.ts';
import { executionContext, type StatementWarnings, variableReader } from './statement-context.ts';
import { clientError, noteResult } from './statement-effects.ts';
import { type GatheredRows, gatherVirtualRows, planFor } from './statement-plan.ts';
import type { Writer, Writers } from './writers.ts';

export interface LeaderStatementOptions {
  readonly node: TenantNode;
  readonly services: StatementServices;
  readonly writers: Writers;
  readonly transactions: LeaderTransactions;
  readonly reads: ReadRunner;
  setGlobal(assignments: readonly VariableAssignment[], timeoutMs: number): Promise<void>;
  readonly request: StatementRequest;
  /** Goes back to the session changed. */
  readonly state: SessionState;
  readonly warnings: StatementWarnings;
  readonly signal: AbortSignal;
  /** The session's transaction, if it has written before. */
  readonly held: LeaderTransaction | undefined;
}

/** One statement while the leader carries it out. */
export class LeaderStatement {
  readonly #options: LeaderStatementOptions;
  readonly #deadlineMs: number;
  readonly #settings: SessionSettings;
  readonly #parsed: ParsedText;
  readonly #killed: (() => boolean) | undefined;
  #planned: PlannedText | undefined;
  #held: LeaderTransaction | undefined;

  /** @throws ObError 1064 */
  constructor(options: LeaderStatementOptions) {
    const { node, services, request, state } = options;
    this.#options = options;
    this.#held = options.held;
    this.#killed = services.kills?.watch(state);
    this.#deadlineMs = performance.now() + request.timeoutMs;
    this.#settings = settingsOf(node, services, state);
    this.#planned = request.planned;
    this.#parsed = request.planned?.parsed ?? this.#parse(request.text);
  }

  /** @throws ObError; OB_NOT_MASTER only if nothing of it is left anywhere */
  run(): Promise<StatementResult> {
    const plan = this.#plan();
    const isAlone = plan.kind === 'dml' && this.#options.request.transaction === undefined;
    return isAlone ? this.#autocommit(plan) : this.#dispatched(plan);
  }

  async #dispatched(plan: Plan): Promise<StatementResult> {
    return this.#noted(await this.#dispatch(plan));
  }

  #noted(result: StatementResult): StatementResult {
    const { state, warnings } = this.#options;
    // What is streamed has changed the session at its end.
    if (result.kind === 'ok' || result.rest === undefined) noteResult(state, this.#parsed, result, warnings);
    return result;
  }

  #dispatch(plan: Plan): Promise<StatementResult> {
    switch (plan.kind) {
      case 'query':
        return plan.locking ? this.#lockingQuery(plan) : this.#query(plan);
      case 'dml':
        return this.#dmlInTransaction();
      case 'ddl':
        return this.#ddl();
      case 'set':
        return this.#set(plan);
      case 'transaction':
      case 'session':
      case 'admin':
        throw new ObError('OB_ERR_UNEXPECTED', [], {
          message: `Internal error: a ${plan.kind} statement was sent to the leader`,
        });
    }
  }

  async #query(plan: QueryPlan): Promise<StatementResult> {
    const gathered = await this.#gather(plan);
    const { reads } = this.#options;
    if (plan.readsTables) this.#fixState(plan, gathered);
    const read = this.#read(plan, gathered);
    const { pinned } = this.#held ?? {};
    const isPinned = plan.readsTables && pinned !== undefined;
    return (isPinned ? await reads.runPinned(read, pinned) : await reads.run(read)).result;
  }

  #read(plan: QueryPlan, gathered: GatheredRows): Read {
    const { request, state, warnings, signal } = this.#options;
    return {
      plan,
      text: this.#parsed.text,
      parameters: request.parameters,
      state,
      warnings,
      gathered,
      handle: this.#handle(),
      // What a transaction wrote, or its fixed state, is seen by its own handle only.
      movable: this.#held === undefined && !plan.locking,
      limits: {
        signal,
        timeoutMs: this.#leftMs(),
        timeoutError: () => this.#timeoutError(),
      },
    };
  }

  /** SELECT … FOR UPDATE: from here on nobody else writes. */
  async #lockingQuery(plan: QueryPlan): Promise<StatementResult> {
    const { transaction } = this.#options.request;
    // By itself it would let go at once.
    if (transaction === undefined) return this.#query(plan);
    await this.#hold(transaction);
    const current = this.#plan();
    if (current.kind !== 'query') throw schemaChanged();
    return this.#query(current);
  }

  async #set(plan: SetPlan): Promise<StatementResult> {
    if (plan.readsTables && this.#held?.pinned !== undefined) {
      throw new ObError('OB_NOT_SUPPORTED', ['SET with a subquery in a transaction that reads one state']);
    }
    const gathered = await this.#gather(plan);
    const handle = this.#handle();
    gathered.fill(handle);
    const { global } = this.#translating(handle, () => plan.run(this.#context(handle)));
    if (global.length > 0) await this.#options.setGlobal(global, this.#lockWaitMs());
    return { kind: 'ok', affectedRows: 0n, lastInsertId: 0n, info: '' };
  }

  async #dmlInTransaction(): Promise<StatementResult> {
    const { transaction } = this.#options.request;
    if (transaction === undefined) throw new Error('a statement by itself commits itself');
    if (transaction.readOnly) throw new ObError('OB_ERR_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION');
    const held = await this.#hold(transaction);
    return this.#dmlIn(held.writer.write, (body) => this.#atomically(held, body));
  }

  /** A statement that is a transaction of its own. */
  async #autocommit({ virtualTables }: DmlPlan): Promise<StatementResult> {
    const { writers, signal } = this.#options;
    // Rows of virtual tables are gathered while it has the writer's place: nobody is to wait below it.
    const options = this.#writeOptions(true, virtualTables.length > 0 ? 'begins' : 'joins', true);
    signal.throwIfAborted();
    const writer = writers.tryAcquire(options) ?? (await this.#acquire(options));
    let result: StatementResult;
    try {
      result = this.#dmlAtOnce(writer.write) ?? (await this.#dmlIn(writer.write, (body) => body()));
    } catch (error) {
      return this.#conclude(writer, error);
    }
    try {
      await writers.commitChanges(writer);
    } catch (error) {
      writers.giveUp(writer);
      throw error;
    }
    return this.#noted(result);
  }

  /** An error is an answer too: it may tell of what others wrote, and waits until that is committed. */
  async #conclude(writer: Writer, error: unknown): Promise<never> {
    const { writers } = this.#options;
    const isUndone = !writer.write.open;
    await writers.conclude(writer);
    // Deposed meanwhile: nothing of it is anywhere, the next leader may do it.
    throw isUndone && isObError(error, 'OB_TRANS_KILLED') ? writers.notMaster() : error;
  }

  /** Where there is nothing to be waited for before it runs; undefined otherwise. */
  #dmlAtOnce(write: WriteTransaction): StatementResult | undefined {
    const plan = this.#plan();
    if (plan.kind !== 'dml') throw schemaChanged();
    if (plan.virtualTables.length > 0) return undefined;
    if (!write.open) throw new ObError('OB_TRANS_KILLED');
    return this.#runOn(write, plan);
  }

  async #dmlIn(
    write: WriteTransaction,
    around: (body: () => StatementResult) => StatementResult,
  ): Promise<StatementResult> {
    const plan = this.#plan();
    if (plan.kind !== 'dml') throw schemaChanged();
    const gathered = plan.virtualTables.length === 0 ? undefined : await this.#gather(plan);
    // Deposed meanwhile.
    if (!write.open) throw new ObError('OB_TRANS_KILLED');
    return around(() => this.#runOn(write, plan, gathered));
  }

  async #ddl(): Promise<StatementResult> {
    const { node, services, writers, state, warnings } = this.#options;
    const writer = await this.#acquire(this.#writeOptions(false, 'alone'));
    const { write } = writer;
    try {
      if (!write.open) throw writers.notMaster();
      const plan = this.#plan();
      if (plan.kind !== 'ddl') throw schemaChanged();
      // As in OceanBase, ob_query_timeout isn't for DDL.
      const checkpoint = this.#checkpoint(Number.POSITIVE_INFINITY);
      const { result, record } = this.#translating(write, () =>
        executeDdl(plan, write, node, services, { state, parameters: [], warnings, checkpoint }),
      );
      if (record === undefined) writers.giveUp(writer);
      else await writers.commit(writer, record);
      return result;
    } catch (error) {
      if (!isObError(error, 'OB_TRANS_UNKNOWN')) writers.giveUp(writer);
      throw error;
    }
  }

  /** A statement that fails leaves its transaction as it was before it. */
  #atomically(held: WritingTransaction, body: () => StatementResult): StatementResult {
    const { write } = held.writer;
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
        this.#options.transactions.rollback(held.transaction);
      }
      throw error;
    }
  }

  /** The session's transaction with the writer's place: the first write, or lock, takes it. */
  async #hold(reference: TransactionReference): Promise<WritingTransaction> {
    if (this.#held?.writer !== undefined) return { transaction: this.#held, writer: this.#held.writer };
    const writer = await this.#acquire(this.#writeOptions(true, 'begins'));
    const held = this.#held ?? this.#start(reference);
    // While it waited, this node may have been deposed and elected again.
    if (this.#options.transactions.of(held.key) !== held) {
      this.#options.writers.giveUp(writer);
      throw new ObError('OB_TRANS_KILLED');
    }
    held.beginWriting(writer);
    return { transaction: held, writer };
  }

  /** A repeatable transaction reads one state, that of its first read. */
  #fixState(plan: QueryPlan, gathered: GatheredRows): void {
    const { request, node, reads } = this.#options;
    const { transaction } = request;
    if (transaction?.repeatable !== true || this.#held !== undefined) return;
    const pinned = reads.pinFor(this.#read(plan, gathered), transaction.onlyReads);
    const started = this.#start(transaction);
    if (pinned === undefined) started.beginReading(node.database.snapshot());
    else started.beginReadingIn(pinned);
  }

  #start(reference: TransactionReference): LeaderTransaction {
    const started = new LeaderTransaction(this.#options.request.key, reference, this.#settings.limits);
    this.#options.transactions.add(started);
    this.#held = started;
    return started;
  }

  #writeOptions(recorded: boolean, company: Company, single = false): WriteOptions {
    // SQLite's statements for DDL rebuild tables: their rows are gone for a moment.
    return { company, foreignKeys: recorded && this.#settings.foreignKeys, recorded, single };
  }

  #acquire(options: WriteOptions): Promise<Writer> {
    const { writers, signal } = this.#options;
    return writers.acquire({ ...options, timeoutMs: this.#lockWaitMs(), signal });
  }

  #timeoutError(): ObError {
    const { node, services, state } = this.#options;
    const variable = variableReader(node, services, state);
    return statementTimeout((name) => variable(name, 'session'));
  }

  #lockWaitMs(): number {
    return Math.min(this.#settings.limits.lockWaitMs, this.#deadlineMs - performance.now());
  }

  /** Sees what the transaction wrote, or what is committed. */
  #handle(): SqlHandle {
    return this.#held?.handle ?? this.#options.node.database.reader();
  }

  #parse(text: string): ParsedText {
    return this.#options.services.engine.parseOne(text, this.#settings.sqlMode);
  }

  /** Anew only where somebody's DDL came between. */
  #plan(): Plan {
    const { node, services, state } = this.#options;
    const schemaVersion = node.catalog().version;
    const known = this.#planned;
    const isCurrent = known?.plan !== undefined && known.schemaVersion === schemaVersion;
    const plan = isCurrent ? known.plan : planFor(this.#parsed, node, services, state);
    this.#planned = { parsed: this.#parsed, plan, schemaVersion };
    // Here, where grants are as new as the rows.
    services.privileges?.allow(plan, this.#parsed.statement.kind, node, state);
    return plan;
  }

  #gather({ virtualTables }: QueryPlan | DmlPlan | SetPlan): Promise<GatheredRows> {
    const { node, services, state } = this.#options;
    return gatherVirtualRows(virtualTables, node, services, state);
  }

  #runOn(handle: SqlHandle, plan: DmlPlan, gathered?: GatheredRows): StatementResult {
    this.#options.signal.throwIfAborted();
    this.#leftMs();
    gathered?.fill(handle);
    return this.#translating(handle, () => plan.run(this.#context(handle)));
  }

  /** @throws ObError OB_TRANS_STMT_TIMEOUT */
  #leftMs(): number {
    const leftMs = this.#deadlineMs - performance.now();
    if (leftMs <= 0) throw new ObError('OB_TRANS_STMT_TIMEOUT');
    return leftMs;
  }

  #context(handle: SqlHandle): ReturnType<typeof executionContext> {
    const { node, services, request, state, warnings } = this.#options;
    const { parameters } = request;
    const checkpoint = this.#checkpoint(this.#deadlineMs);
    return executionContext(node, services, { handle, state, parameters, warnings, checkpoint });
  }

  #checkpoint(deadlineMs: number): () => void {
    const timeoutError = (): ObError => new ObError('OB_TRANS_STMT_TIMEOUT');
    return watchStatement({ deadlineMs, timeoutError, killed: this.#killed });
  }

  #translating<Result>(handle: SqlHandle, body: () => Result): Result {
    try {
      return body();
    } catch (error) {
      throw clientError(error, this.#options.services.engine, this.#context(handle));
    }
  }
}

interface WritingTransaction {
  readonly transaction: LeaderTransaction;
  readonly writer: Writer;
}

/** Between planning and running, somebody's DDL made another kind of statement of this one. */
function schemaChanged(): ObError {
  return new ObError('OB_TABLE_DEFINITION_CHANGED');
}

const statementSavepoint = 'statement';
