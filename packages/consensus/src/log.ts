import assert from 'node:assert/strict';
import type { LogEntry } from './entry.ts';

/**
 * The part of the log that is on disk, as a replica reads it: synchronously, the way etcd's Storage does.
 * It need not know of entries that were handed out for persisting and aren't reported persisted yet.
 */
export interface LogReader {
  /** The entry before the first one that can be read: (0, 0, 0n) for a log from the beginning. */
  readonly base: LogBase;
  readonly lastLsn: number;
  /** @returns undefined if the entry isn't there (any more) */
  term(lsn: number): number | undefined;
  /** Entries after `afterLsn` up to `upToLsn`, at least one of them, else no more than sizeMax bytes. */
  entries(range: { afterLsn: number; upToLsn: number; sizeMax: number }): readonly LogEntry[];
  /** The lists in the entries of kind `members` after base, in their order. Asked once, at the start. */
  memberLists(): readonly MemberList[];
}

export interface LogBase {
  readonly lsn: number;
  readonly term: number;
  readonly scn: bigint;
}

/** The members from this entry on. */
export interface MemberList {
  readonly lsn: number;
  readonly members: readonly string[];
}

/** The log as a replica sees it: what is on disk, and behind it what is on its way there. */
export class ReplicaLog {
  readonly #reader: LogReader;
  /** Entries not yet reported persisted; the first one has LSN persistedLsn + 1. */
  #unstable: LogEntry[] = [];
  #persistedLsn: number;
  #lastScn: bigint;

  constructor(reader: LogReader) {
    this.#reader = reader;
    this.#persistedLsn = reader.lastLsn;
    const last = reader.lastLsn;
    const lastEntry =
      last > reader.base.lsn
        ? reader.entries({ afterLsn: last - 1, upToLsn: last, sizeMax: 0 })[0]
        : undefined;
    this.#lastScn = lastEntry?.scn ?? reader.base.scn;
  }

  get lastLsn(): number {
    return this.#persistedLsn + this.#unstable.length;
  }

  get lastTerm(): number {
    return this.term(this.lastLsn) ?? 0;
  }

  get lastScn(): bigint {
    return this.#unstable.at(-1)?.scn ?? this.#lastScn;
  }

  /** On this disk up to here. */
  get persistedLsn(): number {
    return this.#persistedLsn;
  }

  term(lsn: number): number | undefined {
    if (lsn > this.#persistedLsn) return this.#unstable[lsn - this.#persistedLsn - 1]?.term;
    return lsn === this.#reader.base.lsn ? this.#reader.base.term : this.#reader.term(lsn);
  }

  /** Is a log that ends in this entry at least as new as this one? (Raft, 5.4.1) */
  isUpToDate(last: { lsn: number; term: number }): boolean {
    return last.term > this.lastTerm || (last.term === this.lastTerm && last.lsn >= this.lastLsn);
  }

  entries(afterLsn: number, sizeMax: number): readonly LogEntry[] {
    if (afterLsn < this.#persistedLsn) {
      return this.#reader.entries({ afterLsn, upToLsn: this.#persistedLsn, sizeMax });
    }
    const found: LogEntry[] = [];
    let size = 0;
    for (let index = afterLsn - this.#persistedLsn; index < this.#unstable.length; index++) {
      const entry = this.#unstable[index] as LogEntry;
      size += entry.bytes.length;
      if (found.length > 0 && size > sizeMax) break;
      found.push(entry);
    }
    return found;
  }

  append(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      assert.equal(entry.lsn, this.lastLsn + 1, 'entries are appended without a gap');
      this.#unstable.push(entry);
    }
  }

  truncateAfter(lsn: number): void {
    if (lsn >= this.#persistedLsn) {
      this.#unstable.length = lsn - this.#persistedLsn;
      return;
    }
    const kept = this.#reader.entries({ afterLsn: lsn - 1, upToLsn: lsn, sizeMax: 0 })[0];
    this.#lastScn = kept?.scn ?? 0n;
    this.#unstable = [];
    this.#persistedLsn = lsn;
  }

  /** @returns whether that told anything new; a report about an entry that was cut off since is none */
  persisted(lsn: number, term: number): boolean {
    if (lsn <= this.#persistedLsn || this.term(lsn) !== term) return false;
    const count = lsn - this.#persistedLsn;
    this.#lastScn = this.#unstable[count - 1]?.scn ?? this.#lastScn;
    this.#unstable = this.#unstable.slice(count);
    this.#persistedLsn = lsn;
    return true;
  }

  /**
   * The last entry at or before `limit.lsn` whose term is at most `limit.term`: where two logs may still agree.
   * Up to `agreedLsn` they do.
   */
  lastLsnWithin(limit: { lsn: number; term: number }, agreedLsn: number): number {
    let candidate = Math.min(limit.lsn, this.lastLsn);
    while (candidate > agreedLsn && (this.term(candidate) ?? 0) > limit.term) candidate--;
    return candidate;
  }
}
