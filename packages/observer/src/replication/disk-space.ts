import type { Environment, Timer } from './environment.ts';

export interface DiskSpaceOptions {
  readonly environment: Environment;
  readonly directory: string;
  /** Room below which nothing new is taken: enough for what is under way, and for the vote. */
  readonly reserveSize: number;
  readonly checkIntervalMs: number;
  /** It became full, or isn't any more. */
  changed(full: boolean): void;
}

export interface DiskStatus {
  /** Nothing new is taken until there is room again. */
  readonly full: boolean;
  /** Undefined where the system doesn't tell. */
  readonly freeSize: number | undefined;
  readonly reserveSize: number;
}

/** Watches the room on the disk, and waits for it where a write found none. */
export class DiskSpace {
  readonly #options: DiskSpaceOptions;
  readonly #waiting: ((stays: boolean) => void)[] = [];
  #freeSize: number | undefined;
  /** A write failed for want of room, and wasn't done since. */
  #failing = false;
  #low = false;
  #full = false;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(options: DiskSpaceOptions) {
    this.#options = options;
  }

  get status(): DiskStatus {
    return { full: this.#full, freeSize: this.#freeSize, reserveSize: this.#options.reserveSize };
  }

  start(): void {
    void this.#look();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.clear();
    for (const resolve of this.#waiting.splice(0)) resolve(false);
  }

  /** A write found no room. @returns whether to try again, once it is time to; false: this stream ends */
  async refused(): Promise<boolean> {
    this.#failing = true;
    this.#tell();
    if (this.#stopped) return false;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** A write was done. */
  accepted(): void {
    if (!this.#failing) return;
    this.#failing = false;
    this.#tell();
  }

  async #look(): Promise<void> {
    const { environment, directory, checkIntervalMs } = this.#options;
    // Where it can't be told, only a failing write tells.
    const freeSize = await environment.files.freeBytes?.(directory).catch(() => undefined);
    if (this.#stopped) return;
    this.#freeSize = freeSize;
    this.#low = this.#isLow();
    this.#tell();
    for (const resolve of this.#waiting.splice(0)) resolve(true);
    this.#timer = environment.setTimer(checkIntervalMs, () => void this.#look());
  }

  /** Some more than the reserve must be free again, so that it doesn't come and go. */
  #isLow(): boolean {
    const { reserveSize } = this.#options;
    if (this.#freeSize === undefined) return false;
    return this.#freeSize < (this.#low ? reserveSize * 1.25 : reserveSize);
  }

  #tell(): void {
    const full = this.#failing || this.#low;
    if (full === this.#full) return;
    this.#full = full;
    this.#options.changed(full);
  }
}
