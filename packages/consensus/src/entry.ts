import { ObError } from '@sealane/errors';
import { crc32c } from './crc32c.ts';

/**
 * One entry of the log. Its bytes are the same on the wire and on disk.
 *
 *  offset size type    field       meaning
 *       0    4 bytes   magic       "SLE1"
 *       4    4 u32 BE  payloadSize bytes of payload
 *       8    8 u64 BE  lsn         place in the log: 1, 2, 3 …
 *      16    8 u64 BE  term        term of the leader that made it
 *      24    8 u64 BE  scn         the leader's monotonic time, ns
 *      32    1 u8      kind        0 data, 1 noop (start of a term), 2 members (payload: see decodeMembers)
 *      33    3 bytes   reserved    0
 *      36    4 u32 BE  headerCrc   CRC-32C of bytes 0..35
 *      40    4 u32 BE  payloadCrc  CRC-32C of the payload
 *      44    … bytes   payload
 *
 * The header has a checksum of its own so that a length can be trusted before the payload is read: that is how a
 * torn write is told from a damaged one.
 */
export interface LogEntry {
  readonly lsn: number;
  readonly term: number;
  readonly scn: bigint;
  readonly kind: EntryKind;
  readonly payload: Uint8Array;
  /** The whole entry as it is sent and stored; `payload` is a part of it. */
  readonly bytes: Uint8Array;
}

export type EntryKind = 'data' | 'noop' | 'members';

export type EntryFields = Omit<LogEntry, 'bytes'>;

/**
 * The first entries up to one with data: they are small, and who has no room for more still takes them, so that a leader
 * can be elected, and serve, where every disk is full.
 */
export function smallOnes(entries: readonly LogEntry[]): readonly LogEntry[] {
  const end = entries.findIndex((entry) => entry.kind === 'data');
  return end === -1 ? entries : entries.slice(0, end);
}

/** What the header alone tells. */
export interface EntryHeader extends Omit<EntryFields, 'payload'> {
  readonly payloadSize: number;
  /** Header and payload. */
  readonly entrySize: number;
  readonly payloadCrc: number;
}

export const entryHeaderSize = 44;
export const entryPayloadSizeMax = 64 * 1024 * 1024;

/** Copies the payload once; the entry keeps no reference to the given array. */
export function makeEntry(fields: EntryFields): LogEntry {
  if (fields.payload.length > entryPayloadSizeMax) {
    throw new ObError('OB_SIZE_OVERFLOW', [], {
      message: `a log entry of ${fields.payload.length} bytes is over the limit of ${entryPayloadSizeMax}`,
    });
  }
  const bytes = new Uint8Array(entryHeaderSize + fields.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  view.setUint32(4, fields.payload.length);
  view.setBigUint64(8, BigInt(fields.lsn));
  view.setBigUint64(16, BigInt(fields.term));
  view.setBigUint64(24, fields.scn);
  view.setUint8(32, kinds.indexOf(fields.kind));
  bytes.set(fields.payload, entryHeaderSize);
  view.setUint32(36, crc32c(bytes.subarray(0, 36)));
  view.setUint32(40, crc32c(fields.payload));
  return { ...fields, payload: bytes.subarray(entryHeaderSize), bytes };
}

/** @throws ObError OB_CHECKSUM_ERROR unless the bytes are exactly one whole, undamaged entry */
export function decodeEntry(bytes: Uint8Array): LogEntry {
  const header = decodeEntryHeader(bytes);
  if (header === undefined || header.entrySize !== bytes.length) throw damaged('header', header);
  const payload = bytes.subarray(entryHeaderSize);
  if (crc32c(payload) !== header.payloadCrc) throw damaged('payload', header);
  const { lsn, term, scn, kind } = header;
  return { lsn, term, scn, kind, payload, bytes };
}

/** @returns undefined if the bytes don't begin with a whole, undamaged header */
export function decodeEntryHeader(bytes: Uint8Array, offset = 0): EntryHeader | undefined {
  if (bytes.length - offset < entryHeaderSize) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, entryHeaderSize);
  if (view.getUint32(0) !== magic) return undefined;
  if (view.getUint32(36) !== crc32c(bytes.subarray(offset, offset + 36))) return undefined;
  const payloadSize = view.getUint32(4);
  const kind = kinds[view.getUint8(32)];
  if (kind === undefined || payloadSize > entryPayloadSizeMax) return undefined;
  return {
    lsn: Number(view.getBigUint64(8)),
    term: Number(view.getBigUint64(16)),
    scn: view.getBigUint64(24),
    kind,
    payloadSize,
    entrySize: entryHeaderSize + payloadSize,
    payloadCrc: view.getUint32(40),
  };
}

function damaged(part: string, header: EntryHeader | undefined): ObError {
  const which = header === undefined ? 'a log entry' : `log entry ${header.lsn} of term ${header.term}`;
  return new ObError('OB_CHECKSUM_ERROR', [], {
    message: `${which} is damaged: its ${part} fails the checksum`,
  });
}

const magic = 0x534c4531;
const kinds: readonly EntryKind[] = ['data', 'noop', 'members'];
