import {
  batchHeaderSize,
  decodeEntry,
  encodeBatchHeader,
  encodeFooter,
  encodeSegmentHeader,
  type LogEntry,
  type SegmentHeader,
} from '@sealane/consensus';
import { isObError, ObError } from '@sealane/errors';
import { isOutOfSpace, syncFile, writeSynced } from './disk-failure.ts';
import type { LogFile, LogFiles } from './environment.ts';
import { FileWindow } from './file-window.ts';
import { type Place, SegmentIndex } from './segment-index.ts';
import { SegmentWalk, type WalkedEntry } from './segment-walk.ts';

/** One file of the log, and where its entries are. */
export class Segment {
  readonly path: string;
  readonly firstLsn: number;
  readonly previousTerm: number;
  readonly index: SegmentIndex;
  readonly #file: LogFile;
  #sealed: boolean;
  /** Where the last read ended: whoever reads on in order has nothing to search. */
  #readUpTo: Place | undefined;

  constructor(found: {
    path: string;
    file: LogFile;
    header: SegmentHeader;
    index: SegmentIndex;
    sealed: boolean;
  }) {
    this.path = found.path;
    this.firstLsn = found.header.firstLsn;
    this.previousTerm = found.header.previousTerm;
    this.index = found.index;
    this.#file = found.file;
    this.#sealed = found.sealed;
  }

  /** The caller syncs the directory. */
  static async create(files: LogFiles, path: string, header: SegmentHeader): Promise<Segment> {
    const file = await files.open(path, 'create');
    try {
      await file.write([encodeSegmentHeader(header)], 0);
      await syncFile(file, path);
    } catch (error) {
      await closeAfterFailure(file);
      throw error;
    }
    return new Segment({ path, file, header, index: new SegmentIndex(header.firstLsn), sealed: false });
  }

  /** Bytes, without the index at the end. */
  get size(): number {
    return this.index.endOffset;
  }

  /** firstLsn - 1 while it is empty. */
  get lastLsn(): number {
    return this.index.lastLsn;
  }

  /** Its index is in the file: nothing is appended any more. */
  get sealed(): boolean {
    return this.#sealed;
  }

  /** Of an entry in this segment, or the one before its first. */
  term(lsn: number): number | undefined {
    return lsn < this.firstLsn ? this.previousTerm : this.index.terms.term(lsn);
  }

  /** On disk when the promise is fulfilled. After a failure for want of room it may be tried again. */
  async append(entries: readonly LogEntry[], durableLsn: number): Promise<void> {
    const firstLsn = this.lastLsn + 1;
    const start = this.size;
    await this.#write([encodeBatchHeader({ firstLsn, durableLsn }), ...entries.map((entry) => entry.bytes)]);
    let offset = start + batchHeaderSize;
    for (const entry of entries) {
      this.index.append({ ...entry, entrySize: entry.bytes.length }, offset);
      offset += entry.bytes.length;
    }
  }

  /** Writes the index behind the entries: the next start needn't read them. */
  async seal(): Promise<void> {
    if (this.#sealed) return;
    await this.#write(encodeFooter(this.index.encode(), this.size));
    this.#sealed = true;
  }

  /** Keeps entries up to `lsn`, which may be firstLsn - 1. On disk when the promise is fulfilled. */
  async truncateAfter(lsn: number): Promise<void> {
    if (lsn >= this.lastLsn) return;
    const endOffset = this.#offsetBehind(lsn);
    await this.#cut(endOffset);
    this.index.truncateAfter(lsn, endOffset);
  }

  /** Takes the index off, so that the next start reads every entry. */
  async unseal(): Promise<void> {
    if (this.#sealed) await this.#cut(this.size);
  }

  /**
   * Entries from `fromLsn`: at least one, else no more than sizeMax bytes.
   *
   * @throws ObError OB_CHECKSUM_ERROR if one is damaged
   */
  read(range: { fromLsn: number; upToLsn: number; sizeMax: number }): LogEntry[] {
    const walk = this.#walkFrom(range.fromLsn, readWindowSize);
    const upToLsn = Math.min(range.upToLsn, this.lastLsn);
    const entries: LogEntry[] = [];
    let size = 0;
    while (walk.nextLsn <= upToLsn) {
      const place = { lsn: walk.nextLsn, offset: walk.offset };
      const found = walk.next();
      if (found === undefined)
        throw this.damaged(walk.nextLsn, walk.offset, walk.flaw ?? 'it ends too early');
      if (found.lsn < range.fromLsn) continue;
      size += found.entrySize;
      if (entries.length > 0 && size > range.sizeMax) {
        this.#readUpTo = place;
        return entries;
      }
      entries.push(this.#decode(walk, found));
    }
    this.#readUpTo = { lsn: walk.nextLsn, offset: walk.offset };
    return entries;
  }

  /**
   * Reads entries on from a place, checks them and forgets them.
   *
   * @returns where it ended, behind the last entry at the latest
   * @throws ObError OB_CHECKSUM_ERROR if one is damaged
   */
  check(from: Place | undefined, sizeMax: number): Place {
    const start = from ?? this.index.placeBefore(this.firstLsn);
    const walk = this.#walk(start, sizeMax);
    while (walk.nextLsn <= this.lastLsn && walk.offset - start.offset < sizeMax) {
      const { nextLsn: lsn, offset } = walk;
      const found = walk.next();
      const flaw = found === undefined ? (walk.flaw ?? 'it ends too early') : walk.flawOf(found);
      if (flaw !== undefined) throw this.damaged(lsn, offset, flaw);
    }
    return { lsn: walk.nextLsn, offset: walk.offset };
  }

  /** What is in the file from this byte on, as it is. */
  bytesFrom(offset: number): Uint8Array {
    const bytes = new Uint8Array(this.size - offset);
    return bytes.subarray(0, this.#file.readSync(bytes, offset));
  }

  /** Writes what is there once more: after a failed fsync the system may only pretend that it is on the disk. */
  async rewriteFrom(offset: number): Promise<void> {
    await this.#file.write([this.bytesFrom(offset)], offset);
    await syncFile(this.#file, this.path);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  damaged(lsn: number, offset: number, flaw: string): ObError {
    return new ObError('OB_CHECKSUM_ERROR', [], {
      message: `entry ${lsn} of the log is damaged, in ${this.path} at byte ${offset}: ${flaw}`,
      details: { path: this.path, lsn, offset },
    });
  }

  /**
   * At the end of what is there; without room the file is as it was before, on the disk too: the rests of two attempts
   * over each other would look like damage after a loss of power.
   */
  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    const { size } = this;
    try {
      await writeSynced(this.#file, this.path, pieces, size);
    } catch (error) {
      if (!isOutOfSpace(error)) throw error;
      await this.#file.truncate(size);
      await syncFile(this.#file, this.path);
      throw error;
    }
  }

  async #cut(size: number): Promise<void> {
    await this.#file.truncate(size);
    await syncFile(this.#file, this.path);
    this.#sealed = false;
    this.#readUpTo = undefined;
  }

  #offsetBehind(lsn: number): number {
    if (lsn < this.firstLsn) return this.index.placeBefore(lsn).offset;
    const walk = this.#walkFrom(lsn, readWindowSize);
    while (walk.nextLsn <= lsn) {
      if (walk.next() === undefined)
        throw this.damaged(walk.nextLsn, walk.offset, walk.flaw ?? 'it ends too early');
    }
    return walk.offset;
  }

  #walkFrom(lsn: number, windowSize: number): SegmentWalk {
    const known = this.index.placeBefore(lsn);
    const recent = this.#readUpTo;
    const start = recent !== undefined && recent.lsn <= lsn && recent.lsn > known.lsn ? recent : known;
    return this.#walk(start, windowSize);
  }

  #walk(start: Place, windowSize: number): SegmentWalk {
    const window = new FileWindow(this.#file, { size: this.size, windowSize });
    return new SegmentWalk(window, { ...start, term: this.term(start.lsn - 1) ?? 0 }, this.size);
  }

  /** An entry that can't be read is as damaged as one that reads wrong. */
  #decode(walk: SegmentWalk, found: WalkedEntry): LogEntry {
    try {
      return decodeEntry(walk.bytesOf(found));
    } catch (error) {
      const flaw = isObError(error) ? error.message : `it can't be read: ${String(error)}`;
      throw this.damaged(found.lsn, found.offset, flaw);
    }
  }
}

async function closeAfterFailure(file: LogFile): Promise<void> {
  await file.close().catch(() => {
    // The failure before is the one to tell.
  });
}

const readWindowSize = 128 * 1024;
