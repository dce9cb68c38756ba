import assert from 'node:assert/strict';
import type { LogEntry } from './entry.ts';
import { decodeMembers } from './members.ts';

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
  #persistedTerm: number;
  #lastScn: bigint;
  /** The first one is the list at the base, or before it. */
  #lists: MemberList[];

  constructor(reader: LogReader, baseMembers: readonly string[]) {
    this.#reader = reader;
    this.#persistedLsn = reader.lastLsn;
    this.#persistedTerm = this.term(reader.lastLsn) ?? 0;
    this.#lists = [{ lsn: reader.base.lsn, members: baseMembers }, ...reader.memberLists()];
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
    return this.#unstable.at(-1)?.term ?? this.#persistedTerm;
  }

  get base(): LogBase {
    return this.#reader.base;
  }

  /** In force: the last list, committed or not. */
  get members(): readonly string[] {
    return this.#lists.at(-1)?.members ?? [];
  }

  /** Where it stands. */
  get membersLsn(): number {
    return this.#lists.at(-1)?.lsn ?? 0;
  }

  membersAt(lsn: number): readonly string[] {
    return (this.#lists.findLast((list) => list.lsn <= lsn) ?? this.#lists[0])?.members ?? [];
  }

  /** Everybody who is a member by the list in force at `lsn`, or by a later one. */
  membersSince(lsn: number): ReadonlySet<string> {
    const later = this.#lists.filter((list) => list.lsn > lsn);
    return new Set([...this.membersAt(lsn), ...later.flatMap((list) => list.members)]);
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

  entries(range: { afterLsn: number; upToLsn: number; sizeMax: number }): readonly LogEntry[] {
    const { afterLsn, sizeMax } = range;
    if (afterLsn < this.#persistedLsn) {
      return this.#reader.entries({ ...range, upToLsn: Math.min(range.upToLsn, this.#persistedLsn) });
    }
    const found: LogEntry[] = [];
    let size = 0;
    const end = Math.min(range.upToLsn - this.#persistedLsn, this.#unstable.length);
    for (let index = afterLsn - this.#persistedLsn; index < end; index++) {
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
      if (entry.kind === 'members') {
        this.#lists.push({ lsn: entry.lsn, members: decodeMembers(entry.payload) });
      }
    }
  }

  truncateAfter(lsn: number): void {
    while (this.#lists.length > 1 && this.membersLsn > lsn) this.#lists.pop();
    if (lsn >= this.#persistedLsn) {
      this.#unstable.length = lsn - this.#persistedLsn;
      return;
    }
    const kept = this.#reader.entries({ afterLsn: lsn - 1, upToLsn: lsn, sizeMax: 0 })[0];
    this.#lastScn = kept?.scn ?? this.#reader.base.scn;
    this.#unstable = [];
    this.#persistedTerm = this.term(lsn) ?? 0;
    this.#persistedLsn = lsn;
  }

  /** A snapshot took the place of everything: the log on disk is empty, and begins after it. */
  reset(base: LogBase, members: readonly string[]): void {
    this.#unstable = [];
    this.#persistedLsn = base.lsn;
    this.#persistedTerm = base.term;
    this.#lastScn = base.scn;
    this.#lists = [{ lsn: base.lsn, members }];
  }

  /** @returns whether that told anything new; a report about an entry that was cut off since is none */
  persisted(lsn: number, term: number): boolean {
    if (lsn <= this.#persistedLsn || this.term(lsn) !== term) return false;
    const count = lsn - this.#persistedLsn;
    this.#persistedTerm = term;
    this.#lastScn = this.#unstable[count - 1]?.scn ?? this.#lastScn;
    this.#unstable = this.#unstable.slice(count);
    this.#persistedLsn = lsn;
    return true;
  }

  /**
   * The last entry at or before `limit.lsn` whose term is at most `limit.term`: where two logs may still agree.
   * Up to `agreedLsn` they do. Before the base it can't be told: the answer is then what was asked, or base - 1.
   */
  lastLsnWithin(limit: { lsn: number; term: number }, agreedLsn: number): number {
    const { base } = this.#reader;
    let lsn = Math.min(limit.lsn, this.lastLsn);
    while (lsn > agreedLsn && lsn >= base.lsn && (this.term(lsn) ?? 0) > limit.term) lsn--;
    return lsn;
  }
}
