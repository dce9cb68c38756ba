import { crc32c, decodeEntryHeader, type EntryHeader, entryHeaderSize } from '@sealane/consensus';
import type { LogFile } from './environment.ts';
import { batchHeaderSize, batchMagic, decodeBatchHeader, segmentHeaderSize } from './segment-format.ts';

/** What a segment file holds, read from its beginning up to the first thing that isn't right. */
export interface SegmentScan {
  /** One a entry: where it begins, its term. */
  readonly offsets: number[];
  readonly terms: number[];
  /** Behind the last good entry. */
  readonly endOffset: number;
  readonly lastScn: bigint;
  /** What is wrong behind it; undefined if nothing is there. */
  readonly flaw: string | undefined;
}

/** Reads every entry and checks both its checksums. */
export function scanSegment(
  file: LogFile,
  segment: { size: number; firstLsn: number; previousTerm: number },
): SegmentScan {
  const window = new FileWindow(file, segment.size);
  const offsets: number[] = [];
  const terms: number[] = [];
  let offset = segmentHeaderSize;
  let endOffset = offset;
  let lastScn = 0n;
  let flaw: string | undefined;
  while (offset < segment.size) {
    const batch = window.bytes(offset, batchHeaderSize);
    if (decodeBatchHeader(batch) !== undefined) {
      offset += batchHeaderSize;
      continue;
    }
    const header = decodeEntryHeader(window.bytes(offset, entryHeaderSize));
    const expected = { lsn: segment.firstLsn + offsets.length, term: terms.at(-1) ?? segment.previousTerm };
    flaw = findFlaw(window, offset, header, expected);
    if (flaw !== undefined || header === undefined) break;
    offsets.push(offset);
    terms.push(header.term);
    lastScn = header.scn;
    offset += header.entrySize;
    endOffset = offset;
  }
  return { offsets, terms, endOffset, lastScn, flaw };
}

/** Does any later batch say that everything up to `lsn` was on disk before it was written? */
export function isCalledDurable(
  file: LogFile,
  place: { size: number; fromOffset: number; lsn: number },
): boolean {
  const window = new FileWindow(file, place.size);
  for (let offset = place.fromOffset; offset < place.size; ) {
    const bytes = window.bytes(offset, Math.min(windowSize, place.size - offset));
    let found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(batchMagic);
    if (found === -1) {
      if (offset + bytes.length >= place.size) return false;
      offset += bytes.length - batchMagic.length;
      continue;
    }
    found += offset;
    const batch = decodeBatchHeader(window.bytes(found, batchHeaderSize));
    if (batch !== undefined && batch.durableLsn >= place.lsn) return true;
    offset = found + 1;
  }
  return false;
}

function findFlaw(
  window: FileWindow,
  offset: number,
  header: EntryHeader | undefined,
  expected: { lsn: number; term: number },
): string | undefined {
  if (header === undefined) return 'no whole entry header';
  if (header.lsn !== expected.lsn) return `entry ${header.lsn} where ${expected.lsn} was expected`;
  if (header.term < expected.term) return `term ${header.term} after term ${expected.term}`;
  if (offset + header.entrySize > window.size) return `entry ${header.lsn} isn't complete`;
  let crc = 0;
  const end = offset + header.entrySize;
  for (let at = offset + entryHeaderSize; at < end; ) {
    const piece = window.bytes(at, Math.min(windowSize, end - at));
    crc = crc32c(piece, crc);
    at += piece.length;
  }
  return crc === header.payloadCrc ? undefined : `the payload of entry ${header.lsn} fails its checksum`;
}

/** Reads a file piece by piece through one buffer. */
class FileWindow {
  readonly size: number;
  readonly #file: LogFile;
  readonly #buffer = Buffer.allocUnsafe(windowSize);
  #start = 0;
  #length = 0;

  constructor(file: LogFile, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** At most `length` bytes, fewer at the end of the file; valid until the next call. */
  bytes(offset: number, length: number): Uint8Array {
    const wanted = Math.min(length, this.size - offset, windowSize);
    if (offset < this.#start || offset + wanted > this.#start + this.#length) {
      this.#start = offset;
      this.#length = this.#file.readSync(this.#buffer, offset);
    }
    const from = offset - this.#start;
    return this.#buffer.subarray(from, Math.min(from + wanted, this.#length));
  }
}

const windowSize = 1024 * 1024;
