import { isObError, ObError } from '@sealane/errors';
import type { SqlHandle } from '@sealane/sql';
import type { Snapshot } from '@sealane/storage';
import type { Logger } from '../logger.ts';
import type { PinnedReader } from '../reading/reader-pool.ts';
import {
  type Claim,
  type ControlAction,
  keyText,
  type SessionKey,
  type StatementAnswer,
  type TransactionReference,
} from './requests.ts';
import { SavepointStack } from './savepoint-stack.ts';
import type { SessionLimits } from './session-limits.ts';
import type { Writer, Writers } from './writers.ts';

/** An explicit transaction on the leader: one that has written, or a repeatable one that has read. */
export class LeaderTransaction {
  readonly key: SessionKey;
  readonly id: number;
  readonly limits: SessionLimits;
  /** Times of the monotonic clock. */
  readonly startedAtMs = performance.now();
  usedAtMs = this.startedAtMs;
  /** A statement is under way: it isn't idle. */
  busy = false;
  readonly #savepoints = new SavepointStack();
  #writer: Writer | undefined;
  #snapshot: Snapshot | undefined;
  #pinned: PinnedReader | undefined;

  constructor(key: SessionKey, reference: TransactionReference, limits: SessionLimits) {
    this.key = key;
    this.id = reference.id;
    this.limits = limits;
    for (const name of reference.savepoints) this.#savepoints.set(name);
  }

  /** Undefined until the first write. */
  get writer(): Writer | undefined {
    return this.#writer;
  }

  /** What its statements see. */
  get handle(): SqlHandle | undefined {
    return this.#writer?.write ?? this.#snapshot;
  }

  /** The process that has the state which its reads see, if it isn't `handle`. */
  get pinned(): PinnedReader | undefined {
    return this.#pinned;
  }

  /** The first write: from here on it sees what is committed and its own rows. Nobody else writes then. */
  beginWriting(writer: Writer): void {
    this.#writer = writer;
    this.#savepoints.attach(writer.write);
    this.closeSnapshot();
  }

  /** The first read of a repeatable one fixes what it sees. */
  beginReading(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
  }

  /** As `beginReading`, in a process of its own. */
  beginReadingIn(pinned: PinnedReader): void {
    this.#pinned = pinned;
  }

  closeSnapshot(): void {
    this.#snapshot?.close();
    this.#snapshot = undefined;
    this.#pinned?.release();
    this.#pinned = undefined;
  }

  get isOverdue(): boolean {
    return performance.now() - this.startedAtMs > this.limits.transactionMs;
  }

  /** What concerns the transaction and has no text, but its end. */
  setSavepoint({ name, savepoint }: Extract<ControlAction, { savepoint: string }>): void {
    if (name === 'savepoint') this.#savepoints.set(savepoint);
    else if (name === 'release') this.#savepoints.release(savepoint);
    else this.#savepoints.rollbackTo(savepoint);
  }
}

/** The explicit transactions that this leader holds; as there is one writer, seldom more than one. */
export class LeaderTransactions {
  readonly #bySession = new Map<string, LeaderTransaction>();
  readonly #writers: Writers;
  readonly #logger: Logger;

  constructor(writers: Writers, logger: Logger) {
    this.#writers = writers;
    this.#logger = logger;
  }

  all(): readonly LeaderTransaction[] {
    return [...this.#bySession.values()];
  }

  /** The session's transaction, whichever it is. */
  of(key: SessionKey): LeaderTransaction | undefined {
    return this.#bySession.get(keyText(key));
  }

  /** @returns undefined if it isn't here (any more), or the session has begun another one since */
  find(key: SessionKey, id: number): LeaderTransaction | undefined {
    const transaction = this.of(key);
    return transaction?.id === id ? transaction : undefined;
  }

  /** @throws ObError OB_TRANS_KILLED when it isn't here, OB_TRANS_TIMEOUT when it took too long */
  mustFind(key: SessionKey, id: number): LeaderTransaction {
    const transaction = this.find(key, id);
    if (transaction === undefined) throw new ObError('OB_TRANS_KILLED');
    if (!transaction.isOverdue) return transaction;
    this.rollback(transaction);
    throw new ObError('OB_TRANS_TIMEOUT');
  }

  add(transaction: LeaderTransaction): void {
    this.#bySession.set(keyText(transaction.key), transaction);
  }

  rollback(transaction: LeaderTransaction): void {
    this.#remove(transaction);
    const { writer } = transaction;
    if (writer !== undefined) this.#writers.giveUp(writer);
  }

  /** @throws ObError OB_TRANS_UNKNOWN; anything else means that it is undone */
  async commit(transaction: LeaderTransaction): Promise<void> {
    this.#remove(transaction);
    const { writer } = transaction;
    if (writer === undefined) return;
    try {
      await this.#writers.commitChanges(writer);
    } catch (error) {
      if (isObError(error, 'OB_TRANS_UNKNOWN')) throw error;
      this.#writers.giveUp(writer);
      // Nothing was appended; but what the session did before can't be done again by itself.
      if (isObError(error, 'OB_NOT_MASTER')) throw new ObError('OB_TRANS_KILLED', [], { cause: error });
      throw error;
    }
  }

  /** How the session's transaction stands after a statement. */
  standing(
    key: SessionKey,
    reference: { id: number; started: boolean } | undefined,
  ): StatementAnswer['transaction'] {
    if (reference === undefined) return 'none';
    if (this.find(key, reference.id) !== undefined) return 'started';
    return reference.started ? 'lost' : 'none';
  }

  /** A session that asks under another number, or from a server that was started again, has forgotten the old one. */
  forgetEarlier({ origin, incarnation, connectionId }: SessionKey, id: number | undefined): void {
    for (const transaction of this.all()) {
      const { key, busy } = transaction;
      if (busy || key.origin !== origin) continue;
      const isForgotten =
        key.incarnation !== incarnation || (key.connectionId === connectionId && transaction.id !== id);
      if (isForgotten) this.rollback(transaction);
    }
  }

  /** Undoes what idles too long, or what its session doesn't know (any more). */
  reap(isGone: (claim: Claim) => boolean): void {
    for (const transaction of this.all()) {
      const { key, id: transactionId, busy, usedAtMs, limits } = transaction;
      const idleMs = performance.now() - usedAtMs;
      if (busy || (idleMs <= limits.idleTransactionMs && !isGone({ key, transactionId }))) continue;
      const { origin, connectionId } = key;
      this.#logger.warn({ origin, connectionId, idleMs }, 'an abandoned transaction is rolled back');
      this.rollback(transaction);
    }
  }

  /** The node has rolled back already; what is left is to let go. */
  dropAll(): void {
    for (const transaction of this.all()) {
      this.#remove(transaction);
      transaction.writer?.release();
    }
  }

  #remove(transaction: LeaderTransaction): void {
    transaction.closeSnapshot();
    if (this.of(transaction.key) === transaction) this.#bySession.delete(keyText(transaction.key));
  }
}
