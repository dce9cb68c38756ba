import type { LogRecord, WriteRound, WriteTransaction } from '@sealane/storage';

/**
 * How a transaction gets along with others: it `joins` a round that others began, or `begins` one, since its end may
 * be far off, and lets others follow once it is proposed; or it is `alone` in its round.
 */
export type Company = 'joins' | 'begins' | 'alone';

export interface WriteOptions {
  /** Whether foreign keys bind; the same for a whole round. */
  readonly foreignKeys: boolean;
  /** Whether changes of rows are recorded; not for statements that change the schema. */
  readonly recorded: boolean;
  readonly company: Company;
}

/** A finished transaction whose entry is on its way. */
export interface Member {
  readonly record: LogRecord;
  readonly payload: Uint8Array;
  /** Of its entry, once a majority has it. */
  lsn: number | undefined;
  resolve(lsn: number): void;
  reject(error: unknown): void;
}

/** Somebody whose answer tells of the state after the first `position` members, and who wrote nothing. */
interface Witness {
  readonly position: number;
  resolve(): void;
  reject(error: unknown): void;
}

export interface RoundBounds {
  readonly countMax: number;
  readonly sizeMax: number;
  readonly ageMaxMs: number;
}

/**
 * Bounds of a round: beyond them nobody joins any more, so that the first of it get their answers. None of them is
 * reached by tens of connections that each wait for their answer.
 */
export const defaultRoundBounds: RoundBounds = {
  /** SQLite's COMMIT shares its cost among so many; more share hardly less. */
  countMax: 512,
  /** Half of what SQLite keeps of a transaction in memory before it spills. */
  sizeMax: 4 * 1024 * 1024,
  /** Some fsyncs of a usual disk: a member waits for its own, and for that of the one who joined last. */
  ageMaxMs: 20,
};

/** One round while it is open: what was executed in it, and how far a majority has it. */
export class CommitRound {
  readonly number: number;
  readonly term: number;
  readonly foreignKeys: boolean;
  readonly write: WriteRound;
  readonly members: Member[] = [];
  readonly #alone: boolean;
  readonly #bounds: RoundBounds;
  #witnesses: Witness[] = [];
  #size = 0;
  #firstAtMs: number | undefined;
  /** The transaction that executes now. */
  executing: WriteTransaction | undefined;
  /** How many members a majority has, from the first on. */
  committedCount = 0;

  constructor(
    identity: { readonly number: number; readonly term: number },
    write: WriteRound,
    { foreignKeys, company }: Omit<WriteOptions, 'recorded'>,
    bounds: RoundBounds,
  ) {
    this.number = identity.number;
    this.term = identity.term;
    this.write = write;
    this.foreignKeys = foreignKeys;
    this.#alone = company === 'alone';
    this.#bounds = bounds;
  }

  admits({ foreignKeys, company }: Omit<WriteOptions, 'recorded'>): boolean {
    if (this.#alone || company !== 'joins' || foreignKeys !== this.foreignKeys) return false;
    const { countMax, sizeMax, ageMaxMs } = this.#bounds;
    if (this.members.length >= countMax || this.#size >= sizeMax) return false;
    return this.#firstAtMs === undefined || performance.now() - this.#firstAtMs < ageMaxMs;
  }

  add(member: Member): void {
    this.#firstAtMs ??= performance.now();
    this.#size += member.payload.length;
    this.members.push(member);
  }

  /** Nothing executes, and a majority has everything that was. */
  get isComplete(): boolean {
    return this.executing === undefined && this.committedCount === this.members.length;
  }

  get committed(): readonly Member[] {
    return this.members.slice(0, this.committedCount);
  }

  get uncommitted(): readonly Member[] {
    return this.members.slice(this.committedCount);
  }

  /** Fulfilled once everything that is executed by now is committed. */
  witness(): Promise<void> {
    if (this.members.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#witnesses.push({ position: this.members.length, resolve, reject });
    });
  }

  /** The file has what a majority has; nothing else of the round will come from here. */
  answerWitnesses(undone: () => Error): void {
    for (const { position, resolve, reject } of this.#witnesses) {
      if (position <= this.committedCount) resolve();
      else reject(undone());
    }
    this.#witnesses = [];
  }
}
