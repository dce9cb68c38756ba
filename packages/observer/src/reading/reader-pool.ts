import { availableParallelism } from 'node:os';
import { ObError } from '@sealane/errors';
import type { Logger } from '../logger.ts';
import { timerMsMax } from '../wait.ts';
import type { ReadJob } from './read-job.ts';
import { type ReadAnswer, ReaderChild, type ReadLimits } from './reader-child.ts';

export interface ReaderPoolOptions {
  readonly logger: Logger;
  /** Processes that work at a time; default: two for each processor, four to sixteen. They have to share it with more important ones. */
  readonly countMax?: number;
  /** Processes at most: those whose clients are slow don't count above. */
  readonly processesMax?: number;
  /** A process that has had nothing to do for so long ends. */
  readonly idleMs?: number;
  /** Reads that may wait for a process. */
  readonly waitingMax?: number;
}

/** A process that sees one state for all reads of a transaction, until it is let go. */
export interface PinnedReader {
  /** @throws ObError OB_TRANS_KILLED when the process is gone, and the state with it */
  read(job: ReadJob, limits: ReadLimits): Promise<ReadAnswer>;
  release(): void;
}

interface Waiter {
  take(child: ReaderChild): void;
}

/** A few reader processes, started when there is something to read. */
export class ReaderPool {
  readonly #logger: Logger;
  readonly #countMax: number;
  readonly #processesMax: number;
  readonly #idleMs: number;
  readonly #waitingMax: number;
  readonly #children = new Set<ReaderChild>();
  /** The one that was busy last comes first: the others get old enough to end. */
  readonly #idle: { readonly child: ReaderChild; readonly timer: NodeJS.Timeout }[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #pinned = new Set<ReaderChild>();
  #lastState = 0;
  #closed = false;

  constructor(options: ReaderPoolOptions) {
    const {
      logger,
      countMax = countMaxDefault(),
      processesMax = countMax + 6,
      idleMs = 60_000,
      waitingMax = 256,
    } = options;
    this.#logger = logger;
    this.#countMax = countMax;
    this.#processesMax = processesMax;
    this.#idleMs = idleMs;
    this.#waitingMax = waitingMax;
  }

  /** For tests. */
  get processes(): readonly { readonly pid: number | undefined }[] {
    return [...this.#children].map(({ pid }) => ({ pid }));
  }

  get waitingCount(): number {
    return this.#waiters.size;
  }

  /**
   * Runs one read in a process that has no other. Waiting for one counts into its time.
   * @throws ObError the statement's, the signal's reason, the time-out's; OB_QUEUE_OVERFLOW when too many wait
   */
  async read(job: ReadJob, limits: ReadLimits): Promise<ReadAnswer> {
    const startedMs = performance.now();
    const child = await this.#acquire(limits);
    const timeoutMs = limits.timeoutMs - (performance.now() - startedMs);
    return child.read(job, { ...limits, timeoutMs }, () => this.#release(child));
  }

  /** @returns undefined when there are as many as may be */
  pin(): PinnedReader | undefined {
    if (this.#closed || this.#pinned.size >= pinnedMax) return undefined;
    const child = this.#takeIdle() ?? (this.#children.size < this.#processesMax ? this.#start() : undefined);
    if (child === undefined) return undefined;
    this.#pinned.add(child);
    this.#lastState += 1;
    const stateNumber = this.#lastState;
    return {
      read: async (job, limits) => {
        if (!child.alive) throw new ObError('OB_TRANS_KILLED');
        return child.read({ ...job, stateNumber }, limits, () => undefined);
      },
      release: () => {
        if (!this.#pinned.delete(child)) return;
        // What still runs, runs for nobody.
        if (child.busy) child.kill();
        if (!child.alive) return;
        child.forget();
        this.#release(child);
      },
    };
  }

  /** Ends all processes, whatever they do. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    await Promise.all([...this.#children].map((child) => child.end()));
  }

  async #acquire(limits: ReadLimits): Promise<ReaderChild> {
    if (this.#closed) throw new ObError('ER_SERVER_SHUTDOWN');
    const free = this.#waiters.size === 0 ? this.#free() : undefined;
    if (free !== undefined) return free;
    if (this.#waiters.size >= this.#waitingMax) throw new ObError('OB_QUEUE_OVERFLOW');
    return this.#wait(limits);
  }

  /** @returns a process without work, if one more may work */
  #free(): ReaderChild | undefined {
    const apart = [...this.#children].filter((child) => child.stalled || this.#pinned.has(child)).length;
    if (this.#children.size - this.#idle.length - apart >= this.#countMax) return undefined;
    return this.#takeIdle() ?? (this.#children.size < this.#processesMax ? this.#start() : undefined);
  }

  #takeIdle(): ReaderChild | undefined {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle === undefined) return undefined;
      clearTimeout(idle.timer);
      if (idle.child.alive) return idle.child;
    }
  }

  /** Those who wait, as far as there is room. */
  #serve(): void {
    while (this.#waiters.size > 0) {
      const child = this.#free();
      if (child === undefined) return;
      const [first] = this.#waiters;
      first?.take(child);
    }
  }

  #start(): ReaderChild {
    const child = new ReaderChild((gone) => this.#exited(gone));
    this.#children.add(child);
    this.#logger.debug({ reader_pid: child.pid, readers: this.#children.size }, 'a reader process starts');
    return child;
  }

  #wait({ signal, timeoutMs, timeoutError }: ReadLimits): Promise<ReaderChild> {
    const { promise, resolve, reject } = Promise.withResolvers<ReaderChild>();
    const end = (): void => {
      this.#waiters.delete(waiter);
      clearTimeout(timer);
      clearInterval(look);
      signal.removeEventListener('abort', onAbort);
    };
    const waiter: Waiter = {
      take: (child) => {
        end();
        resolve(child);
      },
    };
    const refuse = (error: ObError): void => {
      end();
      reject(error);
    };
    const onAbort = (): void => refuse(signal.reason as ObError);
    const timer = setTimeout(() => refuse(timeoutError()), Math.min(Math.max(1, timeoutMs), timerMsMax));
    // Nobody says that a client has become slow.
    const look = setInterval(() => this.#serve(), lookMs);
    if (signal.aborted) onAbort();
    else {
      signal.addEventListener('abort', onAbort);
      this.#waiters.add(waiter);
    }
    return promise;
  }

  #release(child: ReaderChild): void {
    if (!child.alive || this.#closed) return;
    const timer = setTimeout(() => this.#retire(child), this.#idleMs).unref();
    this.#idle.push({ child, timer });
    this.#serve();
  }

  #retire(child: ReaderChild): void {
    this.#forget(child);
    child.kill();
  }

  #exited(child: ReaderChild): void {
    this.#children.delete(child);
    this.#pinned.delete(child);
    this.#forget(child);
    // Somebody may have waited for the one that is gone.
    if (!this.#closed) this.#serve();
  }

  #forget(child: ReaderChild): void {
    const index = this.#idle.findIndex((each) => each.child === child);
    if (index !== -1) clearTimeout(this.#idle.splice(index, 1)[0]?.timer);
  }
}

/** A long read waits for none that is longer, up to here; the system shares the processors among them. */
function countMaxDefault(): number {
  return Math.max(4, Math.min(16, availableParallelism() * 2));
}

/** Transactions that have a process of their own. */
const pinnedMax = 4;
const lookMs = 100;
