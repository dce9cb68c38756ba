import {
  type BatchHeader,
  batchHeaderSize,
  crc32c,
  decodeBatchHeader,
  decodeEntryHeader,
  type EntryHeader,
  entryHeaderSize,
} from '@sealane/consensus';
import type { FileWindow } from './file-window.ts';

export interface WalkStart {
  readonly offset: number;
  /** The entry that is expected there, and the least term it may have. */
  readonly lsn: number;
  readonly term: number;
}

export interface WalkedEntry extends EntryHeader {
  readonly offset: number;
}

/** Goes from entry to entry, up to the first thing that isn't right. */
export class SegmentWalk {
  /** The next entry is expected here, or the header of its batch. */
  offset: number;
  nextLsn: number;
  /** What is wrong at `offset`. */
  flaw: string | undefined;
  /** The flaw is that the file is too short. */
  endsEarly = false;
  /** The newest batch header on the way, and where it is. */
  batch: (BatchHeader & { readonly offset: number }) | undefined;
  readonly #window: FileWindow;
  readonly #endOffset: number;
  #term: number;

  constructor(window: FileWindow, start: WalkStart, endOffset: number) {
    this.#window = window;
    this.offset = start.offset;
    this.nextLsn = start.lsn;
    this.#term = start.term;
    this.#endOffset = endOffset;
  }

  /** @returns undefined at the end, or at a flaw; the payload wasn't looked at */
  next(): WalkedEntry | undefined {
    if (this.flaw !== undefined) return undefined;
    try {
      return this.#next();
    } catch (error) {
      this.flaw = `it can't be read: ${String(error)}`;
      return undefined;
    }
  }

  /** Reads the payload. @returns what is wrong with it */
  flawOf(entry: WalkedEntry): string | undefined {
    try {
      const sum = this.#payloadCrc(entry);
      return sum === entry.payloadCrc ? undefined : `the payload of entry ${entry.lsn} fails its checksum`;
    } catch (error) {
      return `entry ${entry.lsn} can't be read: ${String(error)}`;
    }
  }

  /** A copy of the whole entry: nothing else stays in memory for it. */
  bytesOf(entry: WalkedEntry): Uint8Array {
    return this.#window.bytes(entry.offset, entry.entrySize).slice();
  }

  #next(): WalkedEntry | undefined {
    let { offset } = this;
    while (offset < this.#endOffset) {
      const bytes = this.#window.bytes(offset, batchHeaderSize + entryHeaderSize);
      const header = decodeEntryHeader(bytes);
      if (header !== undefined) return this.#take(header, offset);
      const batch = decodeBatchHeader(bytes);
      if (batch !== undefined) {
        this.batch = { ...batch, offset };
      } else if (!this.#isExpected(decodeEntryHeader(bytes, batchHeaderSize))) {
        this.flaw = 'no whole entry header';
        this.endsEarly = this.#endOffset - offset < entryHeaderSize;
        return undefined;
      }
      // Either way a batch header: one that is damaged, before the right entry, tells nothing that is needed.
      offset += batchHeaderSize;
    }
    return undefined;
  }

  #take(header: EntryHeader, offset: number): WalkedEntry | undefined {
    this.flaw = this.#flawOfHeader(header, offset);
    if (this.flaw !== undefined) return undefined;
    this.nextLsn += 1;
    this.#term = header.term;
    this.offset = offset + header.entrySize;
    return { ...header, offset };
  }

  #flawOfHeader(header: EntryHeader, offset: number): string | undefined {
    if (header.lsn !== this.nextLsn) return `entry ${header.lsn} where ${this.nextLsn} was expected`;
    if (header.term < this.#term) return `term ${header.term} after term ${this.#term}`;
    this.endsEarly = offset + header.entrySize > this.#endOffset;
    return this.endsEarly ? `entry ${header.lsn} isn't complete` : undefined;
  }

  #isExpected(header: EntryHeader | undefined): boolean {
    return header !== undefined && header.lsn === this.nextLsn && header.term >= this.#term;
  }

  #payloadCrc(entry: WalkedEntry): number {
    let crc = 0;
    const end = entry.offset + entry.entrySize;
    for (let at = entry.offset + entryHeaderSize; at < end; ) {
      const piece = this.#window.bytes(at, Math.min(pieceSize, end - at));
      if (piece.length === 0) break;
      crc = crc32c(piece, crc);
      at += piece.length;
    }
    return crc;
  }
}

const pieceSize = 64 * 1024;
