import type { Envelope, HardState, LogEntry, Persist } from '@sealane/consensus';

/** What is to be written, and what may be sent only after that. */
export interface PersistItem {
  readonly persist: Persist | undefined;
  readonly send: readonly Envelope[];
}

export interface PersistQueueEffects {
  /** On disk when the promise is fulfilled. */
  write(persist: Persist): Promise<void>;
  send(envelope: Envelope): void;
  /** Everything handed out so far up to this entry is on disk. */
  persisted(last: LogEntry): void;
  /** A write is done and its messages are sent: what has gathered meanwhile may follow. */
  written(): void;
  /** The disk failed: what is on it is unknown, so nothing more is sent or written. */
  failed(error: unknown): void;
}

/**
 * Keeps the order of the promise: write, then send. While one write is under way the following ones gather, and go to
 * disk together: that is the group commit.
 */
export class PersistQueue {
  readonly #effects: PersistQueueEffects;
  #waiting: PersistItem[] = [];
  #running: Promise<void> | undefined;
  #dead = false;
  #writing = false;

  constructor(effects: PersistQueueEffects) {
    this.#effects = effects;
  }

  /** The disk is at work: whatever comes now can share the next fsync. */
  get writing(): boolean {
    return this.#writing;
  }

  push(item: PersistItem): void {
    if (this.#dead) return;
    if (this.#running === undefined && item.persist === undefined) {
      for (const envelope of item.send) this.#effects.send(envelope);
      return;
    }
    this.#waiting.push(item);
    this.#running ??= this.#run();
  }

  /** Fulfilled once nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#writeBatch();
    } catch (error) {
      this.#dead = true;
      this.#waiting = [];
      this.#effects.failed(error);
    } finally {
      this.#running = undefined;
    }
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    const persist = mergePersists(batch.map((item) => item.persist).filter((each) => each !== undefined));
    if (persist !== undefined) await this.#write(persist);
    for (const item of batch) for (const envelope of item.send) this.#effects.send(envelope);
    const last = persist?.entries.at(-1);
    if (last !== undefined) this.#effects.persisted(last);
    this.#effects.written();
  }

  async #write(persist: Persist): Promise<void> {
    this.#writing = true;
    await this.#effects.write(persist);
    this.#writing = false;
  }
}

/** One write with the same end as all of them in a row. */
export function mergePersists(persists: readonly Persist[]): Persist | undefined {
  if (persists.length <= 1) return persists[0];
  let hardState: HardState | undefined;
  let truncateAfterLsn: number | undefined;
  let entries: LogEntry[] = [];
  for (const persist of persists) {
    hardState = persist.hardState ?? hardState;
    const cut = persist.truncateAfterLsn;
    if (cut !== undefined) {
      const reachesDisk = entries.length === 0 || cut < (entries[0]?.lsn ?? 0) - 1;
      if (reachesDisk) truncateAfterLsn = Math.min(cut, truncateAfterLsn ?? cut);
      entries = entries.filter((entry) => entry.lsn <= cut);
    }
    for (const entry of persist.entries) entries.push(entry);
  }
  return { hardState, truncateAfterLsn, entries };
}
