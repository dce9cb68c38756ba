import { ObError } from '@sealane/errors';
import type { LogRecord, WriteTransaction } from '@sealane/storage';
import type { WriteOptions } from '../tenant/commit-round.ts';
import type { TenantNode } from '../tenant/tenant-node.ts';
import { type Release, WriterQueue } from './writer-queue.ts';

/** The writer's place with the transaction that is open in it. */
export interface Writer {
  readonly write: WriteTransaction;
  /** Gives the place up. */
  readonly release: Release;
}

export interface WriterOptions extends WriteOptions {
  /** How long to wait for the place. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The one place for a writer of a tenant, and the ways to leave it. */
export class Writers {
  readonly queue = new WriterQueue();
  readonly #node: TenantNode;

  constructor(node: TenantNode) {
    this.#node = node;
    node.onFree(() => this.queue.wake());
  }

  /** @throws ObError 1205 after the time, OB_NOT_MASTER when this node doesn't serve (any more) */
  async acquire(options: WriterOptions): Promise<Writer> {
    const { timeoutMs, signal } = options;
    const isFree = () => this.#node.admits(options);
    return this.#begin(options, await this.queue.acquire({ timeoutMs, isFree, ...(signal && { signal }) }));
  }

  /** The same where nobody stands in the way now; undefined otherwise. @throws ObError OB_NOT_MASTER */
  tryAcquire(options: WriteOptions): Writer | undefined {
    const release = this.queue.tryAcquire(() => this.#node.admits(options));
    return release === undefined ? undefined : this.#begin(options, release);
  }

  #begin({ foreignKeys, recorded, single = false, company }: WriteOptions, release: Release): Writer {
    try {
      return { write: this.#node.begin({ foreignKeys, recorded, single, company }), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * Commits the changed rows; where nothing changed there is nothing to propose, but what was seen must be committed.
   * @throws ObError OB_NOT_MASTER: undone, the next leader may do it; OB_TRANS_UNKNOWN
   */
  commitChanges(writer: Writer): Promise<unknown> {
    if (!writer.write.open) throw this.notMaster();
    const changeset = writer.write.changes();
    return changeset === undefined
      ? this.conclude(writer)
      : this.#commit(writer, { kind: 'changes', changeset });
  }

  /** The place is given up as soon as the entry is proposed: who comes next executes on top of it. */
  async commit(writer: Writer, record: LogRecord): Promise<void> {
    await this.#commit(writer, record);
  }

  #commit({ write, release }: Writer, record: LogRecord): Promise<number> {
    const committed = this.#node.commit(write, record);
    release();
    return committed;
  }

  /** Undoes everything, leaves, and waits until what was seen is committed. @throws ObError OB_NOT_MASTER: it never will */
  async conclude({ write, release }: Writer): Promise<void> {
    const concluded = this.#node.conclude(write);
    release();
    await concluded;
  }

  /** Undoes everything and leaves. */
  giveUp({ write, release }: Writer): void {
    this.#node.rollback(write);
    release();
  }

  /** Those who wait have to look for another leader. */
  refuseWaiting(): void {
    this.queue.refuseAll(this.notMaster());
  }

  notMaster(): ObError {
    return new ObError('OB_NOT_MASTER', [], { details: { leader: this.#node.log.role().leader } });
  }
}
