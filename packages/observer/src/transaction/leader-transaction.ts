import type { WriteTransaction } from '@sealane/storage';
import { keyText, type SessionKey } from './requests.ts';
import { SavepointStack } from './savepoint-stack.ts';
import type { Release } from './writer-queue.ts';

/** An explicit transaction that has written, on the leader. */
export class LeaderTransaction {
  readonly key: SessionKey;
  readonly id: number;
  readonly write: WriteTransaction;
  readonly savepoints: SavepointStack;
  readonly startedAtMs: number;
  readonly idleTimeoutMs: number;
  readonly timeoutMs: number;
  /** Gives up the writer's place; the commit takes it over. */
  readonly release: Release;
  usedAtMs: number;
  /** A statement or the commit is under way: it isn't idle. */
  busy = false;

  constructor(facts: {
    key: SessionKey;
    id: number;
    write: WriteTransaction;
    release: Release;
    nowMs: number;
    idleTimeoutMs: number;
    timeoutMs: number;
  }) {
    this.key = facts.key;
    this.id = facts.id;
    this.write = facts.write;
    this.release = facts.release;
    this.startedAtMs = facts.nowMs;
    this.usedAtMs = facts.nowMs;
    this.idleTimeoutMs = facts.idleTimeoutMs;
    this.timeoutMs = facts.timeoutMs;
    this.savepoints = new SavepointStack(facts.write);
  }
}

/** The explicit transactions that this leader holds; as there is one writer, seldom more than one. */
export class TransactionTable {
  readonly #transactions = new Map<string, LeaderTransaction>();

  get size(): number {
    return this.#transactions.size;
  }

  /** @returns undefined if it isn't here (any more), or the session has begun another one since */
  find(key: SessionKey, id: number): LeaderTransaction | undefined {
    const transaction = this.#transactions.get(keyText(key));
    return transaction?.id === id ? transaction : undefined;
  }

  /** The session's transaction, whichever it is. */
  of(key: SessionKey): LeaderTransaction | undefined {
    return this.#transactions.get(keyText(key));
  }

  add(transaction: LeaderTransaction): void {
    this.#transactions.set(keyText(transaction.key), transaction);
  }

  remove(transaction: LeaderTransaction): void {
    if (this.of(transaction.key) === transaction) this.#transactions.delete(keyText(transaction.key));
  }

  all(): readonly LeaderTransaction[] {
    return [...this.#transactions.values()];
  }
}
