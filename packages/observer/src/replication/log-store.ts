import { join } from 'node:path';
import type { LogBase, LogEntry, LogReader, MemberList } from '@sealane/consensus';
import { EntryCache } from './entry-cache.ts';
import type { LogFiles } from './environment.ts';
import { type RecoveredLog, recoverLog } from './log-recovery.ts';
import { Segment } from './segment.ts';
import { segmentName } from './segment-format.ts';
import type { TermRuns } from './term-runs.ts';

export interface LogStoreOptions {
  readonly files: LogFiles;
  readonly directory: string;
  /** Entries up to here are known to have been on disk: a log that ends earlier is refused. */
  readonly durableLsn: number;
  /** A file that has reached this size is followed by a new one. */
  readonly segmentSizeMax: number;
  /** Bytes of recent entries that stay in memory. */
  readonly cacheSizeMax: number;
}

/** The log on disk: segment files, the newest entries in memory too. One write at a time. */
export class LogStore implements LogReader {
  readonly cut: RecoveredLog['cut'];
  /** How often the disk was asked to make entries durable: the measure of group commit. */
  syncCount = 0;
  readonly #options: LogStoreOptions;
  readonly #segments: Segment[];
  readonly #terms: TermRuns;
  readonly #cache: EntryCache;

  private constructor(options: LogStoreOptions, recovered: RecoveredLog) {
    this.#options = options;
    this.#segments = recovered.segments;
    this.#terms = recovered.terms;
    this.#cache = new EntryCache(options.cacheSizeMax);
    this.cut = recovered.cut;
  }

  /** @throws ObError OB_CHECKSUM_ERROR or OB_INVALID_LOG if what had been on disk isn't there, whole */
  static async open(options: LogStoreOptions): Promise<LogStore> {
    const { files, directory, durableLsn } = options;
    await files.makeDirectory(directory);
    return new LogStore(options, await recoverLog(files, directory, durableLsn));
  }

  get base(): LogBase {
    const first = this.#segments[0];
    return first === undefined
      ? { lsn: 0, term: 0, scn: 0n }
      : { lsn: first.firstLsn - 1, term: first.previousTerm, scn: 0n };
  }

  get lastLsn(): number {
    return this.#segments.at(-1)?.lastLsn ?? 0;
  }

  term(lsn: number): number | undefined {
    if (lsn === this.base.lsn) return this.base.term;
    return lsn > this.base.lsn && lsn <= this.lastLsn ? this.#terms.term(lsn) : undefined;
  }

  entries(range: { afterLsn: number; upToLsn: number; sizeMax: number }): readonly LogEntry[] {
    const upToLsn = Math.min(range.upToLsn, this.lastLsn);
    if (range.afterLsn < this.base.lsn || range.afterLsn >= upToLsn) return [];
    const cached = this.#cache.entries({ ...range, upToLsn });
    if (cached !== undefined) return cached;
    const fromLsn = range.afterLsn + 1;
    const segment = this.#segments.findLast((each) => each.firstLsn <= fromLsn);
    return segment?.read({ fromLsn, upToLsn, sizeMax: range.sizeMax }) ?? [];
  }

  memberLists(): readonly MemberList[] {
    return [];
  }

  /** Cuts, then appends; on disk when the promise is fulfilled. */
  async write(change: { truncateAfterLsn: number | undefined; entries: readonly LogEntry[] }): Promise<void> {
    if (change.truncateAfterLsn !== undefined) await this.#truncateAfter(change.truncateAfterLsn);
    if (change.entries.length === 0) return;
    const segment = await this.#segmentForAppend();
    this.syncCount += 1;
    await segment.append(change.entries, this.lastLsn);
    const firstLsn = change.entries[0]?.lsn ?? 0;
    this.#terms.append(
      firstLsn,
      change.entries.map((entry) => entry.term),
    );
    this.#cache.append(change.entries);
  }

  async close(): Promise<void> {
    await Promise.all(this.#segments.map((segment) => segment.close()));
  }

  async #segmentForAppend(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.size < this.#options.segmentSizeMax) return last;
    const firstLsn = this.lastLsn + 1;
    const previousTerm = this.term(this.lastLsn) ?? 0;
    const { files, directory } = this.#options;
    const path = join(directory, segmentName(firstLsn));
    const segment = await Segment.create(files, path, { firstLsn, previousTerm });
    await files.syncDirectory(directory);
    this.#segments.push(segment);
    return segment;
  }

  /** Newest files first: a crash in between leaves a log without a gap. */
  async #truncateAfter(lsn: number): Promise<void> {
    const { files, directory } = this.#options;
    this.#cache.truncateAfter(lsn);
    for (
      let last = this.#segments.at(-1);
      last !== undefined && last.firstLsn > lsn + 1;
      last = this.#segments.at(-1)
    ) {
      this.#segments.pop();
      await last.close();
      await files.remove(last.path);
      await files.syncDirectory(directory);
    }
    await this.#segments.at(-1)?.truncateAfter(lsn);
    this.#terms.truncateAfter(lsn);
  }
}
