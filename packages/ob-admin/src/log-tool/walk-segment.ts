import {
  batchHeaderSize,
  crc32c,
  decodeBatchHeader,
  decodeEntryHeader,
  decodeSegmentHeader,
  type EntryHeader,
  entryHeaderSize,
  indexMagic,
  segmentHeaderSize,
  startsWith,
} from '@sealane/consensus';

/** What lies in a segment file, in its order. */
export type Found =
  | {
      readonly kind: 'entry';
      readonly offset: number;
      readonly header: EntryHeader;
      readonly payload: Uint8Array;
    }
  | { readonly kind: 'damage'; readonly offset: number; readonly size: number; readonly what: string };

/**
 * Reads a segment file without believing anything in it: behind damage it goes on where the next whole header stands.
 *
 * @param expectedLsn  of its first entry; undefined where nobody knows
 */
export function* walkSegment(bytes: Uint8Array, expectedLsn?: number): Generator<Found> {
  const header = decodeSegmentHeader(bytes);
  if (header === 'newer') {
    yield damage(0, bytes.length, 'a segment file of a newer version: use the ob_admin that came with it');
    return;
  }
  if (header === undefined) yield damage(0, Math.min(segmentHeaderSize, bytes.length), 'no segment header');
  let due = header?.firstLsn ?? expectedLsn;
  for (let offset = segmentHeaderSize; offset < bytes.length; ) {
    const entry = decodeEntryHeader(bytes, offset);
    if (entry !== undefined) {
      yield* misplaced(entry, due, offset);
      yield entryAt(bytes, offset, entry);
      due = entry.lsn + 1;
      offset += entry.entrySize;
    } else if (decodeBatchHeader(bytes.subarray(offset)) !== undefined) {
      offset += batchHeaderSize;
    } else if (isEnd(bytes, offset)) {
      return;
    } else {
      const next = nextHeader(bytes, offset + 1);
      yield damage(offset, next - offset, `no header of entry ${due ?? '?'}, nor of a batch`);
      offset = next;
    }
  }
}

function entryAt(bytes: Uint8Array, offset: number, header: EntryHeader): Found {
  const payload = bytes.subarray(offset + entryHeaderSize, offset + header.entrySize);
  if (payload.length < header.payloadSize)
    return damage(offset, bytes.length - offset, `entry ${header.lsn} isn't complete`);
  if (crc32c(payload) !== header.payloadCrc)
    return damage(offset, header.entrySize, `the payload of entry ${header.lsn} fails its checksum`);
  return { kind: 'entry', offset, header, payload };
}

function* misplaced(entry: EntryHeader, due: number | undefined, offset: number): Generator<Found> {
  if (due !== undefined && entry.lsn !== due)
    yield damage(offset, 0, `entry ${entry.lsn} where ${due} was due`);
}

/** The index of a file that is complete, or nothing but zeros. */
function isEnd(bytes: Uint8Array, offset: number): boolean {
  const rest = bytes.subarray(offset);
  return startsWith(rest, indexMagic) || rest.every((byte) => byte === 0);
}

function nextHeader(bytes: Uint8Array, from: number): number {
  for (let offset = from; offset < bytes.length; offset++) {
    // Both magics begin with "SL".
    if (bytes[offset] !== 0x53 || bytes[offset + 1] !== 0x4c) continue;
    if (decodeEntryHeader(bytes, offset) !== undefined) return offset;
    if (decodeBatchHeader(bytes.subarray(offset)) !== undefined) return offset;
    if (startsWith(bytes.subarray(offset), indexMagic)) return offset;
  }
  return bytes.length;
}

function damage(offset: number, size: number, what: string): Found {
  return { kind: 'damage', offset, size, what };
}
