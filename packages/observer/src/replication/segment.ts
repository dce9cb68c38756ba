import { decodeEntry, decodeEntryHeader, type LogEntry } from '@sealane/consensus';
import { ObError } from '@sealane/errors';
import type { LogFile, LogFiles } from './environment.ts';
import {
  batchHeaderSize,
  encodeBatchHeader,
  encodeSegmentHeader,
  type SegmentHeader,
  segmentHeaderSize,
} from './segment-format.ts';

/** One file of the log, and where each of its entries begins. */
export class Segment {
  readonly path: string;
  readonly firstLsn: number;
  readonly previousTerm: number;
  readonly #file: LogFile;
  readonly #offsets: number[];
  #size: number;

  constructor(found: {
    path: string;
    file: LogFile;
    header: SegmentHeader;
    offsets: number[];
    size: number;
  }) {
    this.path = found.path;
    this.firstLsn = found.header.firstLsn;
    this.previousTerm = found.header.previousTerm;
    this.#file = found.file;
    this.#offsets = found.offsets;
    this.#size = found.size;
  }

  /** The caller syncs the directory. */
  static async create(files: LogFiles, path: string, header: SegmentHeader): Promise<Segment> {
    const file = await files.open(path, 'create');
    await file.write([encodeSegmentHeader(header)], 0);
    await file.sync();
    return new Segment({ path, file, header, offsets: [], size: segmentHeaderSize });
  }

  get size(): number {
    return this.#size;
  }

  /** firstLsn - 1 while it is empty. */
  get lastLsn(): number {
    return this.firstLsn + this.#offsets.length - 1;
  }

  /** On disk when the promise is fulfilled. */
  async append(entries: readonly LogEntry[], durableLsn: number): Promise<void> {
    const firstLsn = this.lastLsn + 1;
    const pieces = [encodeBatchHeader({ firstLsn, durableLsn }), ...entries.map((entry) => entry.bytes)];
    const start = this.#size;
    await this.#file.write(pieces, start);
    await this.#file.sync();
    let offset = start + batchHeaderSize;
    for (const entry of entries) {
      this.#offsets.push(offset);
      offset += entry.bytes.length;
    }
    this.#size = offset;
  }

  /** Keeps entries up to `lsn`, which may be firstLsn - 1. On disk when the promise is fulfilled. */
  async truncateAfter(lsn: number): Promise<void> {
    const kept = lsn - this.firstLsn + 1;
    const end = this.#offsets[kept];
    if (end === undefined) return;
    await this.#file.truncate(end);
    await this.#file.sync();
    this.#offsets.length = kept;
    this.#size = end;
  }

  /**
   * Entries from `fromLsn`, read in one piece: at least one, else no more than sizeMax bytes.
   *
   * @throws ObError OB_CHECKSUM_ERROR if one is damaged
   */
  read(range: { fromLsn: number; upToLsn: number; sizeMax: number }): LogEntry[] {
    const first = range.fromLsn - this.firstLsn;
    const start = this.#offsets[first] as number;
    const last = Math.min(range.upToLsn, this.lastLsn) - this.firstLsn;
    let end = first;
    while (end < last && this.#endOf(end + 1) - start <= range.sizeMax) end++;
    const bytes = this.#readBytes(start, this.#endOf(end) - start);
    const entries: LogEntry[] = [];
    for (let index = first; index <= end; index++) {
      const from = (this.#offsets[index] as number) - start;
      const size = decodeEntryHeader(bytes, from)?.entrySize ?? 0;
      // A copy, so that one entry doesn't keep its neighbours in memory.
      entries.push(decodeEntry(bytes.slice(from, from + size)));
    }
    return entries;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** Behind the entry; the header of a following batch may be included. */
  #endOf(index: number): number {
    return this.#offsets[index + 1] ?? this.#size;
  }

  #readBytes(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (this.#file.readSync(bytes, offset) === length) return bytes;
    throw new ObError('OB_IO_ERROR', [], {
      message: `${this.path} ended while it was read: was it changed?`,
    });
  }
}
