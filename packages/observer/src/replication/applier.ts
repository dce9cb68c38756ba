import type { LogEntry, LogReader } from '@sealane/consensus';
import type { Environment } from './environment.ts';

export interface ApplierEffects {
  /** Hands one entry to the state machine. */
  apply(entry: LogEntry): void;
  /** False: the state machine has enough before it, and `resume` is called when it has room. */
  mayApply(): boolean;
  /** A turn is over; appliedLsn may have moved. */
  turnEnded(): void;
  failed(error: unknown): void;
}

/** Applies committed entries in order, each once, in turns: a long backlog doesn't hold up heartbeats. */
export class Applier {
  appliedLsn: number;
  /** SCN of the entry at appliedLsn. */
  appliedScn: bigint;
  /** Since when the state machine has taken nothing, though something waits for it. */
  stalledSinceMs: number | undefined;
  readonly #environment: Environment;
  readonly #reader: LogReader;
  readonly #effects: ApplierEffects;
  #targetLsn: number;
  #scheduled = false;
  /** The state machine may call back into the log stream while an entry is being applied. */
  #applying = false;
  #stopped = false;

  constructor(start: {
    environment: Environment;
    reader: LogReader;
    appliedLsn: number;
    effects: ApplierEffects;
  }) {
    this.#environment = start.environment;
    this.#reader = start.reader;
    this.#effects = start.effects;
    this.appliedLsn = start.appliedLsn;
    this.#targetLsn = start.appliedLsn;
    this.appliedScn = this.scnOf(start.appliedLsn);
  }

  /** The first turn is now: a single commit waits for nothing. */
  advanceTo(lsn: number): void {
    this.#targetLsn = lsn;
    if (!this.#scheduled && !this.#applying && lsn > this.appliedLsn) this.#turn();
  }

  /** The state machine takes entries again. */
  resume(): void {
    if (this.#scheduled || this.#applying) return;
    this.#nextTurn();
  }

  /** The state machine has a snapshot: nothing up to this entry is applied any more. */
  skipTo(lsn: number, scn: bigint): void {
    if (lsn <= this.appliedLsn) return;
    this.appliedLsn = lsn;
    this.appliedScn = scn;
    this.#targetLsn = Math.max(this.#targetLsn, lsn);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** 0n for an entry that isn't in the log. */
  scnOf(lsn: number): bigint {
    const { base } = this.#reader;
    if (lsn === base.lsn) return base.scn;
    return this.#reader.entries({ afterLsn: lsn - 1, upToLsn: lsn, sizeMax: 0 })[0]?.scn ?? 0n;
  }

  #turn(): void {
    const startLsn = this.appliedLsn;
    const endMs = this.#nowMs() + turnMs;
    while (this.appliedLsn < this.#targetLsn && !this.#stopped && this.#effects.mayApply()) {
      if (this.#nowMs() > endMs) {
        this.#scheduled = true;
        this.#environment.defer(() => this.#nextTurn());
        break;
      }
      this.#applyBatch(endMs);
    }
    const stalled = this.appliedLsn < this.#targetLsn && !this.#effects.mayApply();
    if (!stalled) this.stalledSinceMs = undefined;
    else if (this.appliedLsn > startLsn) this.stalledSinceMs = this.#nowMs();
    else this.stalledSinceMs ??= this.#nowMs();
    this.#effects.turnEnded();
  }

  #applyBatch(endMs: number): void {
    const range = { afterLsn: this.appliedLsn, upToLsn: this.#targetLsn, sizeMax: batchSizeMax };
    for (const entry of this.#reader.entries(range)) {
      this.#applying = true;
      try {
        this.#effects.apply(entry);
      } finally {
        this.#applying = false;
      }
      this.appliedLsn = entry.lsn;
      this.appliedScn = entry.scn;
      if (this.#stopped || this.#nowMs() > endMs || !this.#effects.mayApply()) return;
    }
  }

  #nowMs(): number {
    return this.#environment.now().ms;
  }

  #nextTurn(): void {
    this.#scheduled = false;
    if (this.#stopped) return;
    try {
      this.#turn();
    } catch (error) {
      this.#effects.failed(error);
    }
  }
}

const turnMs = 10;
const batchSizeMax = 64 * 1024;
