import type { Envelope, HardState, LogEntry, Persist } from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import { isOutOfSpace } from './disk-failure.ts';

/** What is to be written, and what may be sent only after that. */
export interface PersistItem {
  readonly persist: Persist | undefined;
  readonly send: readonly Envelope[];
}

/** Something else that needs the disk for itself. */
interface Job {
  readonly run: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface PersistQueueEffects {
  /** On disk when the promise is fulfilled. After a failure for want of room it must do for the same again. */
  write(persist: Persist): Promise<void>;
  /** There is no room. Fulfilled when it is time to try again; false: never. */
  refused(): Promise<boolean>;
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
  readonly #waiting: (PersistItem | Job)[] = [];
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

  /**
   * Runs it between two writes; again from its beginning, if there was no room.
   *
   * @throws what it throws, which is fatal; ObError OB_CANCELED if the queue has ended
   */
  exclusive(run: () => Promise<void>): Promise<void> {
    if (this.#dead) return Promise.reject(ended());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Fulfilled once nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      for (let item = this.#waiting[0]; item !== undefined; item = this.#waiting[0]) {
        if ('run' in item) await this.#runJob(item);
        else await this.#writeBatch();
      }
    } catch (error) {
      this.#end();
      this.#effects.failed(error);
    } finally {
      this.#running = undefined;
    }
  }

  async #writeBatch(): Promise<void> {
    const end = this.#waiting.findIndex((item) => 'run' in item);
    const batch = this.#waiting.splice(0, end === -1 ? this.#waiting.length : end) as PersistItem[];
    const persist = mergePersists(batch.map((item) => item.persist).filter((each) => each !== undefined));
    if (persist !== undefined) await this.#untilDone(() => this.#effects.write(persist));
    if (this.#dead) return;
    for (const item of batch) for (const envelope of item.send) this.#effects.send(envelope);
    const last = persist?.entries.at(-1);
    if (last !== undefined) this.#effects.persisted(last);
    this.#effects.written();
  }

  async #runJob(job: Job): Promise<void> {
    this.#waiting.shift();
    try {
      await this.#untilDone(job.run);
    } catch (error) {
      job.reject(error);
      throw error;
    }
    if (this.#dead) job.reject(ended());
    else job.resolve();
    this.#effects.written();
  }

  /** Without room it is done again, until there is, or until this queue ends. */
  async #untilDone(run: () => Promise<void>): Promise<void> {
    this.#writing = true;
    for (let done = false; !done && !this.#dead; ) {
      try {
        await run();
        done = true;
      } catch (error) {
        if (!isOutOfSpace(error)) throw error;
        if (!(await this.#effects.refused())) this.#end();
      }
    }
    this.#writing = false;
  }

  #end(): void {
    this.#dead = true;
    for (const item of this.#waiting.splice(0)) if ('run' in item) item.reject(ended());
  }
}

/** What had to wait for the disk comes too late. */
export function ended(): ObError {
  return new ObError('OB_CANCELED', [], { message: 'the log stream has ended' });
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
