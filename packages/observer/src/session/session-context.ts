import { ObError } from '@sealane/errors';
import { type CellValue, changeVariables, nextTransaction, type SessionState } from '@sealane/sql';
import type { Attempt } from '../transaction/leader-access.ts';
import type { ControlAction, ControlAnswer, SessionKey } from '../transaction/requests.ts';
import { isOn, statementTimeout } from '../transaction/session-limits.ts';
import { type SessionSettings, settingsOf } from '../transaction/session-settings.ts';
import { variableReader } from '../transaction/statement-context.ts';
import type { SessionServices, TenantRuntime } from './session-services.ts';
import { SessionTransaction, type TransactionCharacteristics } from './session-transaction.ts';

/** What a session is made of; its statements share it. */
export class SessionContext {
  readonly state: SessionState;
  readonly services: SessionServices;
  readonly runtime: TenantRuntime;
  readonly key: SessionKey;
  transaction: SessionTransaction | undefined;
  /** Whether somebody takes rows in pieces, while the statement runs. */
  readonly streams: boolean;
  /** It may hold locks of GET_LOCK. */
  holdsUserLocks = false;
  /** The newest state of the tenant that this session has seen anywhere. */
  seenLsn = 0;
  /** The server that carries out the current statement, if it isn't this one. */
  executingServer: string | undefined;
  #controller = new AbortController();
  #transactionCount = 0;
  #deadlineMs = 0;
  #isSelect = false;

  constructor(state: SessionState, services: SessionServices, streams = false) {
    this.state = state;
    this.streams = streams;
    this.services = services;
    this.runtime = services.tenant(state.tenantId);
    const { self: origin, incarnation } = services;
    this.key = { origin, incarnation, connectionId: state.connectionId };
  }

  variable(name: string): CellValue | undefined {
    return variableReader(this.runtime.node, this.services, this.state)(name, 'session');
  }

  get settings(): SessionSettings {
    return settingsOf(this.runtime.node, this.services, this.state);
  }

  get autocommit(): boolean {
    return this.settings.autocommit;
  }

  get sqlMode(): string {
    return this.settings.sqlMode;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** A statement begins: it has its own time, and an interruption of the one before isn't meant for it. */
  beginStatement(): void {
    if (this.#controller.signal.aborted) this.#controller = new AbortController();
    this.#deadlineMs = performance.now() + this.settings.limits.statementMs;
    this.#isSelect = false;
    this.executingServer = undefined;
  }

  /** Only for SELECT: max_execution_time. */
  shortenStatement(timeoutMs: number): void {
    this.#deadlineMs = Math.min(this.#deadlineMs, performance.now() + timeoutMs);
    this.#isSelect = true;
  }

  /** @throws ObError OB_TRANS_STMT_TIMEOUT, ER_QUERY_TIMEOUT, OB_ERR_QUERY_INTERRUPTED */
  leftMs(): number {
    this.signal.throwIfAborted();
    const leftMs = this.#deadlineMs - performance.now();
    if (leftMs <= 0) throw this.timeoutError();
    return leftMs;
  }

  timeoutError(): ObError {
    if (!this.#isSelect) return new ObError('OB_TRANS_STMT_TIMEOUT');
    return statementTimeout((name) => this.variable(name));
  }

  abort(error: ObError): void {
    this.#controller.abort(error);
  }

  /** @param said what BEGIN itself says; otherwise the session's variables decide */
  beginTransaction(said = { readOnly: false, snapshot: false }): SessionTransaction {
    const characteristics = this.#takeCharacteristics();
    const { readOnly, repeatable } = characteristics;
    return this.#begin({ repeatable, readOnly: said.readOnly || readOnly, onlyReads: said.snapshot });
  }

  /** COMMIT AND CHAIN: one like the last. */
  chainTransaction(last: TransactionCharacteristics | undefined): SessionTransaction {
    return last === undefined ? this.beginTransaction() : this.#begin(last);
  }

  /** With autocommit off, a statement that concerns tables begins a transaction by itself. */
  transactionForStatement(): SessionTransaction | undefined {
    if (this.transaction === undefined && !this.autocommit) return this.beginTransaction();
    return this.transaction;
  }

  #begin(characteristics: TransactionCharacteristics): SessionTransaction {
    this.transaction = new SessionTransaction(++this.#transactionCount, characteristics);
    return this.transaction;
  }

  /** SET TRANSACTION without a scope counts for the next transaction only. */
  #takeCharacteristics(): TransactionCharacteristics {
    const { variables } = this.state;
    const isolation = variables[nextTransaction.isolation] ?? this.variable('transaction_isolation');
    const readOnly = variables[nextTransaction.readOnly] ?? this.variable('transaction_read_only');
    if (
      variables[nextTransaction.isolation] !== undefined ||
      variables[nextTransaction.readOnly] !== undefined
    )
      changeVariables(this.state, {
        [nextTransaction.isolation]: undefined,
        [nextTransaction.readOnly]: undefined,
      });
    return {
      readOnly: isOn(readOnly),
      onlyReads: false,
      repeatable: /^(REPEATABLE-READ|SERIALIZABLE)$/i.test(String(isolation)),
    };
  }

  sawLsn(lsn: number): void {
    if (lsn > this.seenLsn) this.seenLsn = lsn;
  }

  /** Asks the leader, or the holder of the open transaction, for something that has no text. */
  async control(
    action: ControlAction,
    inDoubt: Attempt['inDoubt'],
    timeoutMs = this.leftMs(),
  ): Promise<ControlAnswer> {
    const { transaction, signal } = this;
    const concernsTransaction = !/^(read-index|set-global|user-lock)$/.test(action.name);
    const holder = concernsTransaction ? transaction?.holder : undefined;
    const { answer } = await this.runtime.access.control(
      { key: this.key, transactionId: transaction?.id ?? 0, action, timeoutMs },
      { holder, inDoubt, signal },
    );
    this.sawLsn(answer.appliedLsn);
    return answer;
  }

  /**
   * Waits until this node has applied what the leader has: its catalog is then as new as when the
   * statement began. Without a leader, or on the leader, there is nothing to wait for.
   */
  async catchUp(): Promise<void> {
    const { node } = this.runtime;
    if (node.serving || node.log.role().leader === undefined) return;
    const timeoutMs = Math.min(this.leftMs(), catchUpTimeoutMs);
    try {
      const { appliedLsn } = await this.control({ name: 'read-index' }, 'repeat', timeoutMs);
      await node.waitApplied(appliedLsn, timeoutMs);
    } catch (error) {
      // Then it is answered from what there is, as during an election.
      this.services.logger.debug({ error: String(error) }, 'not caught up with the leader');
      this.signal.throwIfAborted();
    }
  }
}

const catchUpTimeoutMs = 2000;
