import {
  decodeMembers,
  type HardState,
  type LogBase,
  type LogEntry,
  type LogReader,
  type MemberList,
  type Persist,
  type Random,
} from '../../src/index.ts';

const nothing: LogBase = { lsn: 0, term: 0, scn: 0n };

/** What survives a crash. */
export class SimulatedDisk implements LogReader {
  base = nothing;
  /** The list in force at the base. */
  members: readonly string[];
  hardState: HardState;
  /** What comes after the base. */
  readonly log: LogEntry[] = [];

  /** Of a member that has been one for long, unless said otherwise. */
  constructor(start: { joined: boolean; members: readonly string[] } = { joined: true, members: [] }) {
    this.members = start.members;
    this.hardState = { term: 0, votedFor: undefined, joined: start.joined };
  }

  get lastLsn(): number {
    return this.base.lsn + this.log.length;
  }

  entry(lsn: number): LogEntry | undefined {
    return this.log[lsn - this.base.lsn - 1];
  }

  term(lsn: number): number | undefined {
    return lsn === this.base.lsn ? this.base.term : this.entry(lsn)?.term;
  }

  entries(range: { afterLsn: number; upToLsn: number; sizeMax: number }): readonly LogEntry[] {
    const found: LogEntry[] = [];
    if (range.afterLsn < this.base.lsn) return found;
    let size = 0;
    for (const entry of this.log.slice(range.afterLsn - this.base.lsn, range.upToLsn - this.base.lsn)) {
      size += entry.bytes.length;
      if (found.length > 0 && size > range.sizeMax) break;
      found.push(entry);
    }
    return found;
  }

  memberLists(): readonly MemberList[] {
    return this.log
      .filter((entry) => entry.kind === 'members')
      .map((entry) => ({ lsn: entry.lsn, members: decodeMembers(entry.payload) }));
  }

  /** The list in force at this entry. */
  membersAt(lsn: number): readonly string[] {
    return this.memberLists().findLast((list) => list.lsn <= lsn)?.members ?? this.members;
  }

  write(persist: Persist): void {
    if (persist.hardState !== undefined) this.hardState = persist.hardState;
    if (persist.truncateAfterLsn !== undefined) this.#cut(persist.truncateAfterLsn);
    this.#append(persist.entries);
  }

  /** A crash in the middle of a write: any beginning of it may have reached the disk. */
  writeTorn(persists: readonly Persist[], random: Random): void {
    for (const persist of persists) {
      if (random() < 0.5) return;
      if (persist.hardState !== undefined) this.hardState = persist.hardState;
      if (persist.truncateAfterLsn !== undefined) {
        if (random() < 0.3) return;
        this.#cut(persist.truncateAfterLsn);
      }
      const kept = Math.floor(random() * (persist.entries.length + 1));
      this.#append(persist.entries.slice(0, kept));
      if (kept < persist.entries.length) return;
    }
  }

  /** What is applied isn't needed any more. */
  truncateBefore(lsn: number): void {
    const last = this.entry(lsn);
    if (last === undefined) return;
    this.members = this.membersAt(lsn);
    this.log.splice(0, lsn - this.base.lsn);
    this.base = { lsn, term: last.term, scn: last.scn };
  }

  /** A snapshot takes the place of the log. */
  reset(base: LogBase, members: readonly string[]): void {
    this.log.length = 0;
    this.base = base;
    this.members = members;
  }

  /** Another disk, a blank one. */
  wipe(members: readonly string[]): void {
    this.reset(nothing, members);
    this.hardState = { term: 0, votedFor: undefined, joined: false };
  }

  /** Entries that were durable can't be read any more: they are cut off, and it is written down that they are missing. */
  damage(random: Random): void {
    this.log.length = Math.floor(this.log.length * random());
    this.hardState = { ...this.hardState, joined: false };
  }

  #cut(afterLsn: number): void {
    this.log.length = Math.min(this.log.length, afterLsn - this.base.lsn);
  }

  #append(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (entry.lsn !== this.lastLsn + 1) throw new Error(`entry ${entry.lsn} written after ${this.lastLsn}`);
      this.log.push(entry);
    }
  }
}
