import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ReloadOccasion } from './reload.ts';
import type { ReloadOutcome } from './transport-security.ts';

export interface WalletWatchOptions {
  readonly directory: string;
  readonly logger: { warn(fields: object, message: string): void };
  /** Reads the wallet again. */
  reload(occasion: Extract<ReloadOccasion, 'arriving' | 'change'>): ReloadOutcome;
  /** For tests. */
  readonly quietMs?: number;
  readonly settleMs?: number;
}

/** Files of one exchange come within this time of each other, as a rule. */
const QUIET_MS_DEFAULT = 300;
/** Files that don't fit this long after the last change are not on their way, they are wrong. */
const SETTLE_MS_DEFAULT = 3_000;

/**
 * Notices that the files of a wallet change, and has them read when they have come to rest. A wallet may be replaced file by
 * file, by renaming, or as a whole directory. Where files can't be watched, parameters and statements still reload.
 */
export class WalletWatch {
  readonly #options: WalletWatchOptions;
  #parent: FSWatcher | undefined;
  #files: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WalletWatchOptions) {
    this.#options = options;
  }

  start(): void {
    const { directory } = this.#options;
    // The directory itself may be another one tomorrow.
    this.#parent = this.#watch(dirname(directory), (name) => {
      if (name !== null && name !== basename(directory)) return;
      this.#watchFiles();
      this.#touched();
    });
    this.#watchFiles();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#parent?.close();
    this.#files?.close();
  }

  #watchFiles(): void {
    this.#files?.close();
    this.#files = this.#watch(this.#options.directory, () => this.#touched());
  }

  #watch(directory: string, changed: (name: string | null) => void): FSWatcher | undefined {
    try {
      const watcher = watch(directory, { persistent: false }, (_event, name) => changed(name));
      watcher.on('error', (error) => this.#blind(directory, error));
      return watcher;
    } catch (error) {
      // A directory that isn't there yet is seen by the watch on its parent when it comes.
      if (directory === this.#options.directory && isMissing(error)) return undefined;
      this.#blind(directory, error);
      return undefined;
    }
  }

  #blind(directory: string, error: unknown): void {
    this.#options.logger.warn(
      { directory, error: String(error) },
      'the wallet is not watched; after replacing files, ALTER INSTANCE RELOAD TLS on this node',
    );
  }

  #touched(): void {
    this.#after(this.#options.quietMs ?? QUIET_MS_DEFAULT, () => {
      if (this.#options.reload('arriving') !== 'failed') return;
      this.#after(this.#options.settleMs ?? SETTLE_MS_DEFAULT, () => this.#options.reload('change'));
    });
  }

  /** One at a time: the next change of a file begins anew. */
  #after(delayMs: number, act: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, delayMs).unref();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
