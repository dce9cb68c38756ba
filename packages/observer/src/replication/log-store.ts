import { join } from 'node:path';
import type { LogEntry, LogReader, MemberList } from '@sealane/consensus';
import { segmentName } from '@sealane/consensus';
import { syncNames } from './disk-failure.ts';
import { EntryCache } from './entry-cache.ts';
import type { Environment } from './environment.ts';
import { recoverLog } from './log-recovery.ts';
import type { LogBeginning } from './member-lists.ts';
import type { LogMemory, RecoveryPlan } from './recovery-plan.ts';
import { Segment } from './segment.ts';
import type { Place } from './segment-index.ts';
import { SyncFigures } from './sync-figures.ts';

export interface LogStoreOptions {
  readonly environment: Environment;
  readonly directory: string;
  readonly memory: LogMemory;
  /** Puts what a recovery found on disk, before it changes anything; may refuse by throwing. */
  remember(plan: RecoveryPlan): Promise<void>;
  /** A file that has reached this size is followed by a new one. */
  readonly segmentSizeMax: number;
  /** Bytes of recent entries that stay in memory. */
  readonly cacheSizeMax: number;
}

/** The log on disk: segment files, the newest entries in memory too. One write at a time. */
export class LogStore implements LogReader {
  /** What the start found, and did. */
  readonly recovery: RecoveryPlan;
  readonly figures: SyncFigures;
  readonly #options: LogStoreOptions;
  readonly #cache: EntryCache;
  readonly #segments: Segment[];
  #base: LogBeginning;

  private constructor(options: LogStoreOptions, segments: Segment[], plan: RecoveryPlan) {
    this.#options = options;
    this.#segments = segments;
    this.#base = plan.base;
    this.#cache = new EntryCache(options.cacheSizeMax);
    this.figures = new SyncFigures(() => options.environment.now().ms);
    this.recovery = plan;
  }

  /** @throws ObError OB_INVALID_LOG for files of another version; what `remember` throws */
  static async open(options: LogStoreOptions): Promise<LogStore> {
    const { environment, directory, memory } = options;
    const { files } = environment;
    await files.makeDirectory(directory);
    const { segments, plan } = await recoverLog(files, directory, memory, (each) => options.remember(each));
    return new LogStore(options, segments, plan);
  }

  get base(): LogBeginning {
    return this.#base;
  }

  get lastLsn(): number {
    return this.#segments.at(-1)?.lastLsn ?? this.#base.lsn;
  }

  /** Bytes on disk, but for the indexes. */
  get size(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  term(lsn: number): number | undefined {
    if (lsn === this.#base.lsn) return this.#base.term;
    return lsn > this.#base.lsn && lsn <= this.lastLsn ? this.#segmentOf(lsn)?.term(lsn) : undefined;
  }

  memberLists(): readonly MemberList[] {
    return this.#segments
      .flatMap((segment) => segment.index.memberLists)
      .filter(({ lsn }) => lsn > this.#base.lsn);
  }

  /** With the one at its beginning, where that is known. */
  knownMemberLists(): readonly MemberList[] {
    const { lsn, members } = this.#base;
    return [...(members === undefined ? [] : [{ lsn, members }]), ...this.memberLists()];
  }

  /** @throws ObError OB_CHECKSUM_ERROR if one is damaged */
  entries(range: { afterLsn: number; upToLsn: number; sizeMax: number }): readonly LogEntry[] {
    const upToLsn = Math.min(range.upToLsn, this.lastLsn);
    if (range.afterLsn < this.#base.lsn || range.afterLsn >= upToLsn) return [];
    const cached = this.#cache.entries({ ...range, upToLsn });
    if (cached !== undefined) return cached;
    const fromLsn = range.afterLsn + 1;
    return this.#segmentOf(fromLsn)?.read({ fromLsn, upToLsn, sizeMax: range.sizeMax }) ?? [];
  }

  /** Cuts, then appends; on disk when the promise is fulfilled. After a failure for want of room: again, the same. */
  async write(change: { truncateAfterLsn: number | undefined; entries: readonly LogEntry[] }): Promise<void> {
    if (change.truncateAfterLsn !== undefined) await this.#truncateAfter(change.truncateAfterLsn);
    if (change.entries.length === 0) return;
    const segment = await this.#segmentForAppend();
    await this.figures.measure(change.entries.length, () => segment.append(change.entries, this.lastLsn));
    this.#cache.append(change.entries);
  }

  /**
   * Drops the files whose entries are all at or before `lsn`.
   *
   * @param remember puts the new beginning on disk before files are removed
   * @returns whether there were any
   */
  async truncateBefore(lsn: number, remember: (base: LogBeginning) => Promise<void>): Promise<boolean> {
    const last = this.#segments.at(-1);
    // The last file can't go while entries come to it: a new one is worth it if much gets free.
    const worth = last !== undefined && last.lastLsn <= lsn && last.size > this.#options.segmentSizeMax / 16;
    if (worth) await this.#begin();
    const count = this.#segments.findIndex(
      (segment) => segment.lastLsn > lsn || segment === this.#segments.at(-1),
    );
    const first = this.#segments[count];
    if (count <= 0 || first === undefined) return false;
    const lastDropped = this.#segments[count - 1]?.lastLsn ?? 0;
    const base = {
      lsn: lastDropped,
      term: first.previousTerm,
      scn: this.#scnOf(lastDropped),
      members: this.membersAt(lastDropped),
    };
    await remember(base);
    this.#base = base;
    await this.#remove(this.#segments.splice(0, count));
    return true;
  }

  /** The last entry behind which there are no more than so many bytes, as far as whole files go. */
  lsnBefore(sizeMax: number): number {
    let left = sizeMax;
    for (const segment of this.#segments.toReversed()) {
      left -= segment.size;
      if (left < 0) return segment.lastLsn;
    }
    return this.#base.lsn;
  }

  /** Drops everything: the log goes on behind `base`. On disk when the promise is fulfilled. */
  async resetTo(base: LogBeginning): Promise<void> {
    this.#cache.clear();
    const dropped = this.#segments.splice(0);
    this.#base = base;
    await this.#remove(dropped.reverse());
  }

  /** Entries of files that nothing is appended to any more, of the oldest first. @returns where to go on */
  check(from: CheckPlace | undefined, sizeMax: number): CheckPlace | undefined {
    const segment = this.#segments.find(
      ({ firstLsn, sealed }) => sealed && firstLsn >= (from?.firstLsn ?? 0),
    );
    if (segment === undefined) return undefined;
    const place = segment.check(segment.firstLsn === from?.firstLsn ? from.place : undefined, sizeMax);
    if (place.lsn <= segment.lastLsn) return { firstLsn: segment.firstLsn, place };
    return { firstLsn: segment.firstLsn + 1, place: undefined };
  }

  /** Sees to it that the next start reads the file with this entry through. */
  async distrust(lsn: number): Promise<void> {
    await this.#segmentOf(lsn)?.unseal();
  }

  async close(): Promise<void> {
    await Promise.all(this.#segments.map((segment) => segment.close()));
  }

  #segmentOf(lsn: number): Segment | undefined {
    return this.#segments.findLast((segment) => segment.firstLsn <= lsn);
  }

  #scnOf(lsn: number): bigint {
    return this.entries({ afterLsn: lsn - 1, upToLsn: lsn, sizeMax: 0 })[0]?.scn ?? 0n;
  }

  /** Those in force at an entry; undefined: as the node was configured. */
  membersAt(lsn: number): readonly string[] | undefined {
    return this.memberLists().findLast((list) => list.lsn <= lsn)?.members ?? this.#base.members;
  }

  async #segmentForAppend(): Promise<Segment> {
    const last = this.#segments.at(-1);
    const room = last !== undefined && !last.sealed && last.size < this.#options.segmentSizeMax;
    return room ? last : this.#begin();
  }

  /** A new file; the last one gets its index. */
  async #begin(): Promise<Segment> {
    const { environment, directory } = this.#options;
    const firstLsn = this.lastLsn + 1;
    const previousTerm = this.term(this.lastLsn) ?? 0;
    await this.#segments.at(-1)?.seal();
    const path = join(directory, segmentName(firstLsn));
    const segment = await Segment.create(environment.files, path, { firstLsn, previousTerm });
    await syncNames(environment.files, directory);
    this.#segments.push(segment);
    return segment;
  }

  /** Newest files first: a crash in between leaves a log without a gap. */
  async #truncateAfter(lsn: number): Promise<void> {
    this.#cache.truncateAfter(lsn);
    for (
      let last = this.#segments.at(-1);
      last !== undefined && last.firstLsn > lsn + 1;
      last = this.#segments.at(-1)
    ) {
      this.#segments.pop();
      await this.#remove([last]);
    }
    await this.#segments.at(-1)?.truncateAfter(lsn);
  }

  async #remove(segments: readonly Segment[]): Promise<void> {
    const { environment, directory } = this.#options;
    for (const segment of segments) {
      await segment.close();
      await environment.files.remove(segment.path);
    }
    await syncNames(environment.files, directory);
  }
}

export interface CheckPlace {
  /** Of the file, or of the one after it. */
  readonly firstLsn: number;
  readonly place: Place | undefined;
}
