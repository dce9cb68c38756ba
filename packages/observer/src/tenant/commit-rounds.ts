import { isObError, ObError } from '@sealane/errors';
import {
  encodeLogRecord,
  type LogRecord,
  type TenantDatabase,
  type WriteTransaction,
} from '@sealane/storage';
// Straight from its file: this thread needs nothing else of the log.
import { payloadSizeMax } from '../replication/proposal-errors.ts';
import {
  CommitRound,
  type CommittedLoad,
  defaultRoundBounds,
  type JoinOptions,
  type Load,
  type Member,
  type RoundBounds,
  type WriteOptions,
} from './commit-round.ts';
import { Gathering } from './gathering.ts';
import type { AppliedEntry, ProposalOrder } from './tenant-log.ts';

export interface CommitRoundsPorts {
  readonly database: Pick<TenantDatabase, 'round' | 'applyAll'>;
  propose(payload: Uint8Array, order: ProposalOrder): Promise<unknown>;
  term(): number;
  /** The file has what was committed. */
  committed(records: readonly LogRecord[]): void;
  /** There is room for who waits to write. */
  free(): void;
  notMaster(): ObError;
  readonly bounds?: Partial<RoundBounds> | undefined;
}

/**
 * The leader's commit pipeline: transactions execute one after the other in one SQLite transaction. Those that are
 * executed in one turn of the event loop, or are expected in a moment, share an entry; those that are executed while it is on
 * its way share the next one, and so on. The COMMIT comes when a majority
 * has all of them. Who was told OK is on a majority's disks and in the file; of anything else neither the file nor a
 * reader knows.
 */
export class CommitRounds {
  readonly #ports: CommitRoundsPorts;
  readonly #bounds: RoundBounds;
  #count = 0;
  #round: CommitRound | undefined;
  /** Proposed, and no longer executed here: its round was undone. Its entry may still come. */
  #detached: Load | undefined;
  #proposes = false;
  readonly #gathering = new Gathering();
  #gatherTimer: NodeJS.Timeout | undefined;
  /** Transactions in the file, since the start. */
  committedCount = 0;

  constructor(ports: CommitRoundsPorts) {
    this.#ports = ports;
    this.#bounds = { ...defaultRoundBounds, ...ports.bounds };
  }

  /** Something was executed, or proposed, that is not in the file. */
  get busy(): boolean {
    return this.#round !== undefined || this.#detached !== undefined;
  }

  /** Whether a transaction may begin now, if nobody executes. */
  admits(options: JoinOptions): boolean {
    if (this.#detached !== undefined) return false;
    return this.#round === undefined || this.#round.admits(options);
  }

  /** @throws ObError OB_NOT_MASTER when what it would execute on was undone meanwhile */
  begin(options: WriteOptions): WriteTransaction {
    const { recorded, single = false } = options;
    // SQLite has rolled back by itself, and nobody has asked since.
    if (this.#round?.write.open === false) this.#undo();
    if (this.#detached !== undefined) throw this.#ports.notMaster();
    this.#round ??= this.#open(options);
    this.#round.executing = this.#round.write.begin({ recorded, single });
    return this.#round.executing;
  }

  /**
   * Proposes what was executed, now or when what it was executed on has arrived; the next may execute at once.
   *
   * @returns the LSN of its entry, once a majority and the file have it
   * @throws ObError OB_TRANS_UNKNOWN: its entry was appended, and may come to be; anything else: it never will
   */
  commit(write: WriteTransaction, record: LogRecord): Promise<number> {
    try {
      return this.#add(write, record);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #add(write: WriteTransaction, record: LogRecord): Promise<number> {
    const round = this.#round;
    if (round === undefined || round.executing !== write || !write.open) {
      this.rollback(write);
      throw this.#ports.notMaster();
    }
    const payload = encodeLogRecord(record);
    if (payload.length > payloadSizeMax) {
      this.rollback(write);
      throw tooLarge(payload.length);
    }
    write.keep();
    round.executing = undefined;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    round.add({ record, payload, resolve, reject });
    this.#proposeAtEndOfTurn();
    return promise;
  }

  /** Undoes a transaction, if it isn't over already. */
  rollback(write: WriteTransaction): void {
    const round = this.#round;
    write.rollback();
    if (round === undefined || round.executing !== write) return;
    round.executing = undefined;
    if (round.write.open) this.#advance();
    else this.#undo();
  }

  /**
   * Undoes a transaction that has an answer: what it saw may be of others who wait for their majority.
   *
   * @returns once what it saw is committed. @throws ObError OB_NOT_MASTER: some of that was undone
   */
  async conclude(write: WriteTransaction): Promise<void> {
    const seen = this.#round?.executing === write ? this.#round.witness() : undefined;
    this.rollback(write);
    await seen;
  }

  /** A committed entry, while something is executed or proposed: it can only be the next one of that. */
  apply(entry: AppliedEntry): void {
    if (this.#detached !== undefined) {
      const load = { ...mustBe(this.#detached, entry), lsn: entry.lsn };
      this.#detached = undefined;
      this.#applyBytes([load]);
      this.#ports.free();
      return;
    }
    const round = this.#round;
    const load = round?.onTheWay;
    if (round === undefined || load === undefined || entry.term !== round.term) {
      throw new Error(`entry ${entry.lsn} of term ${entry.term} came while something else is executed`);
    }
    round.arrived(mustBe(load, entry), entry.lsn);
    this.#proposeAtEndOfTurn();
    this.#advance();
  }

  /** Leadership is lost. What was executed ahead of the log is undone, before anything else is applied. */
  depose(): void {
    this.#undo();
    // The log tells what became of it, as far as it knows.
    this.#detached = undefined;
    this.#ports.free();
  }

  #open(options: JoinOptions): CommitRound {
    const { database, term } = this.#ports;
    const identity = { number: ++this.#count, term: term() };
    const write = database.round(options);
    this.#gathering.begin();
    return new CommitRound(identity, write, options, this.#bounds);
  }

  /** What else is executed in this turn of the event loop shares the entry, which would not leave this thread sooner. */
  #proposeAtEndOfTurn(): void {
    if (this.#proposes) return;
    this.#proposes = true;
    setImmediate(() => {
      this.#proposes = false;
      if (this.#round !== undefined) this.#proposeGathered(this.#round);
    });
  }

  #proposeGathered(round: CommitRound): void {
    if (this.#bounds.gatherMs > 0 && round.gathers) {
      const { memberCount } = round;
      if (!this.#gathering.suffices(memberCount)) {
        this.#gatherTimer ??= setTimeout(() => this.#gatheredInTime(memberCount), this.#bounds.gatherMs);
        return;
      }
      this.#gathering.reached();
    }
    this.#propose(round);
  }

  /** Unless some still come. */
  #gatheredInTime(countBefore: number): void {
    this.#gatherTimer = undefined;
    const round = this.#round;
    if (round === undefined) return;
    if (round.memberCount > countBefore) {
      this.#proposeAtEndOfTurn();
    } else {
      this.#gathering.missed();
      this.#propose(round);
    }
  }

  /** The next load, if none is on its way. */
  #propose(round: CommitRound): void {
    const load = round.onTheWay === undefined ? round.takeLoad() : undefined;
    if (load === undefined) return;
    this.#stopGathering();
    const order = { term: round.term, round: round.number };
    this.#ports.propose(load.payload, order).catch((error: unknown) => this.#failed(round, load, error));
  }

  #stopGathering(): void {
    clearTimeout(this.#gatherTimer);
    this.#gatherTimer = undefined;
  }

  /** COMMIT, if there is nothing left to wait for. */
  #advance(): void {
    const round = this.#round;
    if (round === undefined || !round.isComplete) return;
    this.#round = undefined;
    const lsn = round.committed.at(-1)?.lsn;
    try {
      if (lsn === undefined) round.write.rollback();
      else this.#putIntoFile(round.committed, () => round.write.commit(lsn));
      this.#gathering.ended(round.memberCount);
    } finally {
      this.#letGo(round);
    }
  }

  /** Nothing of the round stays but what a majority has. */
  #undo(): void {
    const round = this.#round;
    if (round === undefined) return;
    this.#round = undefined;
    // The next round's company is counted from its own beginning.
    this.#stopGathering();
    this.#detached = round.onTheWay;
    round.write.rollback();
    // Never proposed: whoever leads may execute them.
    for (const { reject } of round.waiting) reject(this.#ports.notMaster());
    try {
      this.#applyBytes(round.committed);
    } finally {
      this.#letGo(round);
    }
  }

  #letGo(round: CommitRound): void {
    round.answerWitnesses(() => this.#ports.notMaster());
    if (this.#detached === undefined) this.#ports.free();
  }

  #applyBytes(loads: readonly CommittedLoad[]): void {
    const entries = loads.map(({ lsn, payload }) => ({ lsn, record: payload }));
    if (entries.length > 0) this.#putIntoFile(loads, () => this.#ports.database.applyAll(entries));
  }

  /** A majority has all of them. */
  #putIntoFile(loads: readonly CommittedLoad[], put: () => void): void {
    const members = loads.flatMap((load) => load.members);
    try {
      put();
    } catch (error) {
      // The log goes no further on this node, which stops.
      const unknown = new ObError('OB_TRANS_UNKNOWN', [], { cause: error });
      for (const { reject } of members) reject(unknown);
      throw error;
    }
    this.committedCount += members.length;
    this.#ports.committed(members.map(({ record }) => record));
    answerInTurn(loads.flatMap(({ lsn, members: sharing }) => sharing.map((member) => ({ member, lsn }))));
  }

  /** It isn't in the log, or nobody knows what becomes of it: what was executed on top of it can't stay. */
  #failed(round: CommitRound, load: Load, error: unknown): void {
    if (this.#round === round) this.#undo();
    const appended = isObError(error, 'OB_TRANS_UNKNOWN');
    if (!appended && this.#detached === load) {
      this.#detached = undefined;
      this.#ports.free();
    }
    for (const { reject } of load.members) reject(error);
  }
}

/**
 * A few at a time, each with all that follows from it: the first client hears, and asks again, while the last one's answer is still
 * being made. All together they would go step by step, and end at the same time.
 */
function answerInTurn(answers: readonly { readonly member: Member; readonly lsn: number }[]): void {
  let next = 0;
  const turn = (): void => {
    for (const { member, lsn } of answers.slice(next, next + answersPerTurn)) member.resolve(lsn);
    next += answersPerTurn;
    // Once the queue of microtasks is empty.
    if (next < answers.length) queueMicrotask(() => process.nextTick(turn));
  };
  turn();
}

const answersPerTurn = 4;

/** One writer, one load on its way: the next entry can only be that one. */
function mustBe(load: Load, entry: AppliedEntry): Load {
  if (Buffer.compare(load.payload, entry.payload) === 0) return load;
  throw new Error(`log entry ${entry.lsn} is another one than what was proposed`);
}

function tooLarge(size: number): ObError {
  return new ObError('OB_LOG_TOO_LARGE', [], {
    message: `a log entry of ${size} bytes is over the limit of ${payloadSizeMax}: split the transaction`,
  });
}
