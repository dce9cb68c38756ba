import { makeDatabaseFileDurable } from '@sealane/storage';
import type { Logger } from '../logger.ts';

/** What a freeze needs to know of the log; `LogStreamStatus` has it. */
export interface KeptLogStatus {
  /** Entry before the first one that the log still has. */
  readonly baseLsn: number;
  readonly maxLsn: number;
  readonly logSizeBytes: number;
}

export interface LogKeeperOptions {
  readonly tenantId: number;
  /** The tenant's file. */
  readonly file: string;
  /** Up to where its changes are committed in the file. */
  appliedLsn(): number;
  readonly log: {
    status(): Promise<KeptLogStatus>;
    /** Entries up to `lsn` may go, but for those that a live member still lacks. */
    truncateBefore(lsn: number): Promise<void>;
  };
  /** Entries after this one are still needed by somebody who copies the file; undefined when nobody does. */
  holdLsn(): number | undefined;
  /** The file is about to be replaced: then there is nothing to freeze. */
  rebuilding(): boolean;
  bounds(): LogBounds;
  readonly logger: Logger;
  /** Told of each freeze that freed something. */
  frozen?(facts: FreezeFacts): void;
  readonly intervalMs?: number;
}

export interface LogBounds {
  /** `log_disk_size`. */
  readonly sizeMax: number;
  /** `log_disk_utilization_threshold`, percent. */
  readonly thresholdPercent: number;
  /** `_log_tail_size`: so much is kept for members that are behind. */
  readonly tailSize: number;
}

export interface FreezeFacts {
  readonly tenantId: number;
  /** The file is on the disk up to here. */
  readonly checkpointLsn: number;
  readonly baseLsn: number;
  readonly logSizeBytes: number;
  readonly automatic: boolean;
}

/**
 * Frees the log behind what is durably in the tenant's file: MINOR FREEZE, and the same by itself when the log is
 * too large.
 */
export class LogKeeper {
  readonly #options: LogKeeperOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: LogKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#look(), this.#options.intervalMs ?? 5_000);
    this.#timer.unref();
  }

  /** A freeze that is under way is left behind: at worst the log keeps what it could have freed. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** @throws Error when the disk refuses; the log is as it was */
  async freeze(automatic = false): Promise<void> {
    // Not together with one under way: that may have begun before what this one is asked for was applied.
    const before = this.#running;
    const running = (async () => {
      await before?.catch(() => undefined);
      if (!this.#stopped) await this.#freeze(automatic);
    })();
    this.#running = running;
    try {
      await running;
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  async #look(): Promise<void> {
    const { log, bounds, logger, tenantId } = this.#options;
    if (this.#running !== undefined) return;
    try {
      const { logSizeBytes } = await log.status();
      const { sizeMax, thresholdPercent } = bounds();
      if (logSizeBytes > (sizeMax * thresholdPercent) / 100) await this.freeze(true);
    } catch (error) {
      logger.warn({ tenantId, error: String(error) }, 'minor freeze: failed, and will be tried again');
    }
  }

  async #freeze(automatic: boolean): Promise<void> {
    const { tenantId, file, log, holdLsn, rebuilding, appliedLsn, logger } = this.#options;
    if (rebuilding()) return;
    const checkpointLsn = appliedLsn();
    await makeDatabaseFileDurable(file);
    if (rebuilding()) return;
    const before = await log.status();
    const cutLsn = Math.min(
      checkpointLsn,
      holdLsn() ?? checkpointLsn,
      keptFrom(before, this.#options.bounds()),
    );
    if (cutLsn > before.baseLsn) await log.truncateBefore(cutLsn);
    const { baseLsn, logSizeBytes } = await log.status();
    logger.info({ tenantId, checkpointLsn, baseLsn, logSizeBytes, automatic }, 'minor freeze');
    if (baseLsn > before.baseLsn) {
      this.#options.frozen?.({ tenantId, checkpointLsn, baseLsn, logSizeBytes, automatic });
    }
  }
}

/** @returns the last entry that may go so that a tail stays; who lacks more than that takes a copy of the whole file */
export function keptFrom(status: KeptLogStatus, bounds: LogBounds): number {
  const { baseLsn, maxLsn, logSizeBytes } = status;
  const entrySize = logSizeBytes / Math.max(1, maxLsn - baseLsn);
  return maxLsn - Math.ceil(bounds.tailSize / Math.max(1, entrySize));
}
