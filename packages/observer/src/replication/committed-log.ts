import type { LogEntry, ReplicaView } from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import type { Conditions } from './conditions.ts';
import type { LogStore } from './log-store.ts';

export interface CommittedLogOptions {
  readonly store: () => LogStore;
  readonly view: () => ReplicaView;
  readonly conditions: Conditions;
}

/** The part of the log that will never change, for those who follow it from outside. */
export class CommittedLog {
  readonly #options: CommittedLogOptions;

  constructor(options: CommittedLogOptions) {
    this.#options = options;
  }

  /** Of the newest entry that is committed, and here. */
  get endLsn(): number {
    const { committedLsn, persistedLsn } = this.#options.view();
    return Math.min(committedLsn, persistedLsn);
  }

  /**
   * At least one entry behind `afterLsn`, where there is any, and no more than so many bytes of them.
   *
   * @throws ObError OB_ENTRY_NOT_EXIST: the log begins later; OB_CHECKSUM_ERROR: it is damaged there
   */
  entries(afterLsn: number, sizeMax: number): readonly LogEntry[] {
    const { lsn: baseLsn } = this.#options.store().base;
    if (afterLsn < baseLsn) {
      throw new ObError('OB_ENTRY_NOT_EXIST', [], {
        message: `the log begins at LSN ${baseLsn + 1} here, after ${afterLsn}: what was before is in the tables only`,
        details: { beginLsn: baseLsn + 1 },
      });
    }
    return this.#options.store().entries({ afterLsn, upToLsn: this.endLsn, sizeMax });
  }

  /** The last LSN whose entry is older than that, so that following begins behind it. By halves: entries are in order of time. */
  lsnBefore(scn: bigint): number {
    let [older, newer] = [this.#options.store().base.lsn, this.endLsn + 1];
    while (newer - older > 1) {
      const middle = Math.floor((older + newer) / 2);
      const [entry] = this.entries(middle - 1, 0);
      if (entry !== undefined && entry.scn < scn) older = middle;
      else newer = middle;
    }
    return older;
  }

  /** @returns whether there is an entry behind this one, in time */
  more(afterLsn: number, timeoutMs: number): Promise<boolean> {
    return this.#options.conditions.until(() => this.endLsn > afterLsn, timeoutMs);
  }
}
