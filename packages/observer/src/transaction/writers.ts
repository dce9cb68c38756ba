import { ObError } from '@sealane/errors';
import type { LogRecord, WriteTransaction } from '@sealane/storage';
import type { TenantNode } from '../tenant/tenant-node.ts';
import { type Release, WriterQueue } from './writer-queue.ts';

/** The writer's place with the transaction that is open in it. */
export interface Writer {
  readonly write: WriteTransaction;
  /** Gives the place up. */
  readonly release: Release;
}

export interface WriterOptions {
  /** Whether foreign keys bind. */
  readonly foreignKeys: boolean;
  /** Whether changes of rows are recorded; not for statements that change the schema. */
  readonly recorded: boolean;
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
  }

  /** @throws ObError 1205 after the time, OB_NOT_MASTER when this node doesn't serve (any more) */
  async acquire({ foreignKeys, recorded, ...wait }: WriterOptions): Promise<Writer> {
    const release = await this.queue.acquire(wait);
    try {
      return { write: this.#node.begin({ foreignKeys, recorded }), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * Commits the changed rows; nothing changed is nothing proposed.
   * @throws ObError OB_NOT_MASTER: undone, the next leader may do it; OB_TRANS_UNKNOWN
   */
  async commitChanges(writer: Writer): Promise<void> {
    if (!writer.write.open) throw this.notMaster();
    const changeset = writer.write.changes();
    if (changeset === undefined) this.giveUp(writer);
    else await this.commit(writer, { kind: 'changes', changeset });
  }

  async commit({ write, release }: Writer, record: LogRecord): Promise<void> {
    await this.#node.commit(write, record, release);
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
