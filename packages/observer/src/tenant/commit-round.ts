import { encodeLogRecord, type LogRecord, type WriteRound, type WriteTransaction } from '@sealane/storage';

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
  /** One statement is all of it. */
  readonly single?: boolean;
  readonly company: Company;
}

/** What decides who may join a round. */
export type JoinOptions = Pick<WriteOptions, 'foreignKeys' | 'company'>;

/** A finished transaction that waits for its majority. */
export interface Member {
  readonly record: LogRecord;
  /** The record's bytes. */
  readonly payload: Uint8Array;
  resolve(lsn: number): void;
  reject(error: unknown): void;
}

/** Members that share a log entry. */
export interface Load {
  readonly members: readonly Member[];
  /** Of the entry. */
  readonly payload: Uint8Array;
}

/** A majority has it. */
export interface CommittedLoad extends Load {
  readonly lsn: number;
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
  /** How long the first entry waits for more company since the last came; 0: not at all. */
  readonly gatherMs: number;
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
  /** Longer than clients of the same network take to come back, shorter than a trip to a majority. */
  gatherMs: 1,
};

/** One round while it is open: what was executed in it, and how far a majority has it. */
export class CommitRound {
  readonly number: number;
  readonly term: number;
  readonly foreignKeys: boolean;
  readonly write: WriteRound;
  /** What a majority has, oldest first. */
  readonly committed: CommittedLoad[] = [];
  readonly #company: Company;
  readonly #bounds: RoundBounds;
  #witnesses: Witness[] = [];
  #size = 0;
  #firstAtMs: number | undefined;
  /** The transaction that executes now. */
  executing: WriteTransaction | undefined;
  /** Proposed; what is executed meanwhile waits for it. */
  onTheWay: Load | undefined;
  /** Executed on top of that. */
  waiting: Member[] = [];
  #memberCount = 0;
  #committedCount = 0;

  constructor(
    identity: { readonly number: number; readonly term: number },
    write: WriteRound,
    { foreignKeys, company }: JoinOptions,
    bounds: RoundBounds,
  ) {
    this.number = identity.number;
    this.term = identity.term;
    this.write = write;
    this.foreignKeys = foreignKeys;
    this.#company = company;
    this.#bounds = bounds;
  }

  admits({ foreignKeys, company }: JoinOptions): boolean {
    const joins = company === 'joins' && this.#company !== 'alone';
    return joins && foreignKeys === this.foreignKeys && this.#hasRoom();
  }

  #hasRoom(): boolean {
    const { countMax, sizeMax, ageMaxMs } = this.#bounds;
    if (this.#memberCount >= countMax || this.#size >= sizeMax) return false;
    return this.#firstAtMs === undefined || performance.now() - this.#firstAtMs < ageMaxMs;
  }

  add(member: Member): void {
    this.#firstAtMs ??= performance.now();
    this.#size += member.payload.length;
    this.#memberCount++;
    this.waiting.push(member);
  }

  /** The next load, which is on its way from now on; undefined if nobody waits. */
  takeLoad(): Load | undefined {
    const members = this.waiting.splice(0, countWithin(this.waiting, loadSizeMax));
    const [first] = members;
    if (first === undefined) return undefined;
    const payload = members.length === 1 ? first.payload : encodeBatch(members);
    this.onTheWay = { members, payload };
    return this.onTheWay;
  }

  /** A majority has what was on its way. */
  arrived(load: Load, lsn: number): void {
    this.onTheWay = undefined;
    this.committed.push({ ...load, lsn });
    this.#committedCount += load.members.length;
  }

  get memberCount(): number {
    return this.#memberCount;
  }

  /** Something is finished, nothing is proposed yet, and more of its kind may come. */
  get gathers(): boolean {
    const isFirst = this.onTheWay === undefined && this.#committedCount === 0;
    return isFirst && this.waiting.length > 0 && this.#company === 'joins' && this.#hasRoom();
  }

  /** Nothing executes, and a majority has everything that was. */
  get isComplete(): boolean {
    return this.executing === undefined && this.#committedCount === this.#memberCount;
  }

  /** Fulfilled once everything that is executed by now is committed. */
  witness(): Promise<void> {
    if (this.#memberCount === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#witnesses.push({ position: this.#memberCount, resolve, reject });
    });
  }

  /** The file has what a majority has; nothing else of the round will come from here. */
  answerWitnesses(undone: () => Error): void {
    for (const { position, resolve, reject } of this.#witnesses) {
      if (position <= this.#committedCount) resolve();
      else reject(undone());
    }
    this.#witnesses = [];
  }
}

function encodeBatch(members: readonly Member[]): Uint8Array {
  return encodeLogRecord({ kind: 'batch', records: members.map(({ payload }) => payload) });
}

/** How many fit together; one always does. */
function countWithin(members: readonly Member[], sizeMax: number): number {
  let size = 0;
  const end = members.findIndex((member, index) => {
    size += member.payload.length;
    return index > 0 && size > sizeMax;
  });
  return end === -1 ? members.length : end;
}

/** Larger entries wait for one another on the way; smaller ones would not share as much. */
const loadSizeMax = 1024 * 1024;
