import type { Environment, Timer } from './environment.ts';
import type { CheckPlace, LogStore } from './log-store.ts';

export interface ScrubOptions {
  /** Bytes that are read in one go, and the pause after them. */
  readonly pieceSize: number;
  readonly intervalMs: number;
  /** The pause after everything was read. */
  readonly restMs: number;
}

/** About 40 MB a minute, a few per mille of one core. */
export const defaultScrub: ScrubOptions = { pieceSize: 128 * 1024, intervalMs: 200, restMs: 3_600_000 };

/** Reads what nobody reads, slowly, again and again: damage is found while other members still have what is lost. */
export class Scrubber {
  readonly #environment: Environment;
  readonly #store: LogStore;
  readonly #options: ScrubOptions;
  readonly #damaged: (error: unknown) => void;
  #place: CheckPlace | undefined;
  #timer: Timer | undefined;
  #stopped = false;
  roundCount = 0;

  constructor(parts: {
    environment: Environment;
    store: LogStore;
    options: ScrubOptions;
    damaged(error: unknown): void;
  }) {
    this.#environment = parts.environment;
    this.#store = parts.store;
    this.#options = parts.options;
    this.#damaged = parts.damaged;
  }

  start(): void {
    this.#next(this.#options.intervalMs);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.clear();
  }

  #next(delayMs: number): void {
    this.#timer = this.#environment.setTimer(delayMs, () => this.#check());
  }

  #check(): void {
    if (this.#stopped) return;
    const { pieceSize, intervalMs, restMs } = this.#options;
    try {
      this.#place = this.#store.check(this.#place, pieceSize);
    } catch (error) {
      this.#damaged(error);
      return;
    }
    if (this.#place === undefined) this.roundCount += 1;
    this.#next(this.#place === undefined ? restMs : intervalMs);
  }
}
