import type { HardState, LogEntry, LogReader, MemberList, Persist, Random } from '../../src/index.ts';

/** What survives a crash, and what is on its way there. */
export class SimulatedDisk implements LogReader {
  readonly base = { lsn: 0, term: 0, scn: 0n };
  hardState: HardState = { term: 0, votedFor: undefined, joined: true };
  readonly log: LogEntry[] = [];

  get lastLsn(): number {
    return this.log.length;
  }

  term(lsn: number): number | undefined {
    return lsn === 0 ? 0 : this.log[lsn - 1]?.term;
  }

  entries(range: { afterLsn: number; upToLsn: number; sizeMax: number }): readonly LogEntry[] {
    const found: LogEntry[] = [];
    let size = 0;
    for (const entry of this.log.slice(range.afterLsn, range.upToLsn)) {
      size += entry.bytes.length;
      if (found.length > 0 && size > range.sizeMax) break;
      found.push(entry);
    }
    return found;
  }

  memberLists(): readonly MemberList[] {
    return [];
  }

  write(persist: Persist): void {
    if (persist.hardState !== undefined) this.hardState = persist.hardState;
    if (persist.truncateAfterLsn !== undefined)
      this.log.length = Math.min(this.log.length, persist.truncateAfterLsn);
    this.#append(persist.entries);
  }

  /** A crash in the middle of a write: any beginning of it may have reached the disk. */
  writeTorn(persists: readonly Persist[], random: Random): void {
    for (const persist of persists) {
      if (random() < 0.5) return;
      if (persist.hardState !== undefined) this.hardState = persist.hardState;
      if (persist.truncateAfterLsn !== undefined) {
        if (random() < 0.3) return;
        this.log.length = Math.min(this.log.length, persist.truncateAfterLsn);
      }
      const kept = Math.floor(random() * (persist.entries.length + 1));
      this.#append(persist.entries.slice(0, kept));
      if (kept < persist.entries.length) return;
    }
  }

  #append(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if (entry.lsn !== this.log.length + 1)
        throw new Error(`entry ${entry.lsn} written after ${this.log.length}`);
      this.log.push(entry);
    }
  }
}
