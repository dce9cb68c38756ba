import { crc32c } from './crc32c.ts';

/**
 * A segment file: a header, then batches, and once the next file is begun an index (segment-index.ts) with its trailer.
 * One batch is what one fsync made durable: a batch header and its entries (their format is the wire's, see entry.ts).
 *
 *  segment header                            batch header
 *  offset size type    field                 offset size type    field
 *       0    4 bytes   magic "SLSG"               0    4 bytes   magic "SLBT"
 *       4    4 u32 BE  version 1                  4    4 u32 BE  CRC-32C of bytes 8..23
 *       8    8 u64 BE  firstLsn                   8    8 u64 BE  firstLsn of the batch
 *      16    8 u64 BE  previousTerm              16    8 u64 BE  durableLsn
 *      24    4 bytes   reserved 0
 *      28    4 u32 BE  CRC-32C of 0..27          trailer, the last bytes of the file
 *                                            offset size type    field
 *  index                                          0    4 bytes   magic "SLFT"
 *       0    4 bytes   magic "SLIX"               4    4 u32 BE  CRC-32C of the index
 *       4    … bytes   UTF-8 JSON                 8    8 u64 BE  offset of the index
 *                                                16    4 u32 BE  bytes of the index, its magic included
 *                                                20    4 u32 BE  CRC-32C of bytes 0..19
 *
 * `durableLsn` says what was on disk when the batch was written. That tells a torn write from damage: a bad entry that
 * a later batch calls durable was damaged; one that no batch calls durable may be one that was being written.
 */
export interface SegmentHeader {
  readonly firstLsn: number;
  /** Term of the entry before the first one, 0 at the beginning of the log. */
  readonly previousTerm: number;
}

export interface BatchHeader {
  readonly firstLsn: number;
  readonly durableLsn: number;
}

export const segmentHeaderSize = 32;
export const batchHeaderSize = 24;
export const trailerSize = 24;
export const batchMagic = Uint8Array.of(0x53, 0x4c, 0x42, 0x54);
export const indexMagic = Uint8Array.of(0x53, 0x4c, 0x49, 0x58);

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(segmentHeaderSize);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, segmentMagic);
  view.setUint32(4, segmentVersion);
  view.setBigUint64(8, BigInt(header.firstLsn));
  view.setBigUint64(16, BigInt(header.previousTerm));
  view.setUint32(28, crc32c(bytes.subarray(0, 28)));
  return bytes;
}

/** @returns undefined if it is none; 'newer' for one that is whole, but of another version */
export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeader | 'newer' | undefined {
  if (bytes.length < segmentHeaderSize) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, segmentHeaderSize);
  if (view.getUint32(0) !== segmentMagic || view.getUint32(28) !== crc32c(bytes.subarray(0, 28))) {
    return undefined;
  }
  if (view.getUint32(4) !== segmentVersion) return 'newer';
  return { firstLsn: Number(view.getBigUint64(8)), previousTerm: Number(view.getBigUint64(16)) };
}

export function encodeBatchHeader(header: BatchHeader): Uint8Array {
  const bytes = new Uint8Array(batchHeaderSize);
  bytes.set(batchMagic);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, BigInt(header.firstLsn));
  view.setBigUint64(16, BigInt(header.durableLsn));
  view.setUint32(4, crc32c(bytes.subarray(8)));
  return bytes;
}

/** @returns undefined if these bytes don't begin with one */
export function decodeBatchHeader(bytes: Uint8Array): BatchHeader | undefined {
  if (bytes.length < batchHeaderSize || !startsWith(bytes, batchMagic)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, batchHeaderSize);
  if (view.getUint32(4) !== crc32c(bytes.subarray(8, batchHeaderSize))) return undefined;
  return { firstLsn: Number(view.getBigUint64(8)), durableLsn: Number(view.getBigUint64(16)) };
}

/** Index and trailer, to be written at `offset`. */
export function encodeFooter(json: string, offset: number): Uint8Array[] {
  const index = new Uint8Array([...indexMagic, ...new TextEncoder().encode(json)]);
  const trailer = new Uint8Array(trailerSize);
  const view = new DataView(trailer.buffer);
  view.setUint32(0, trailerMagic);
  view.setUint32(4, crc32c(index));
  view.setBigUint64(8, BigInt(offset));
  view.setUint32(16, index.length);
  view.setUint32(20, crc32c(trailer.subarray(0, 20)));
  return [index, trailer];
}

export interface Trailer {
  readonly indexOffset: number;
  readonly indexSize: number;
  readonly indexCrc: number;
}

/** @returns undefined if these bytes are no trailer */
export function decodeTrailer(bytes: Uint8Array): Trailer | undefined {
  if (bytes.length !== trailerSize) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, trailerSize);
  if (view.getUint32(0) !== trailerMagic || view.getUint32(20) !== crc32c(bytes.subarray(0, 20))) {
    return undefined;
  }
  return {
    indexCrc: view.getUint32(4),
    indexOffset: Number(view.getBigUint64(8)),
    indexSize: view.getUint32(16),
  };
}

/** @returns the JSON, undefined if it isn't what the trailer says */
export function decodeIndex(bytes: Uint8Array, trailer: Trailer): string | undefined {
  if (bytes.length !== trailer.indexSize || crc32c(bytes) !== trailer.indexCrc) return undefined;
  return startsWith(bytes, indexMagic)
    ? new TextDecoder().decode(bytes.subarray(indexMagic.length))
    : undefined;
}

export function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/** Names sort like the numbers in them. */
export function segmentName(firstLsn: number): string {
  return `${String(firstLsn).padStart(16, '0')}.log`;
}

export const segmentNamePattern = /^(\d{16})\.log$/;

const segmentMagic = 0x534c5347;
const segmentVersion = 1;
const trailerMagic = 0x534c4654;
