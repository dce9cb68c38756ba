import { ObError } from '@sealane/errors';
import { crc16, crc32c } from './checksums.ts';

/**
 * One frame of the OceanBase 2.0 protocol, little endian:
 *
 *  offset size type  field             meaning
 *       0    3 u24   length            of what follows the first 7 bytes: 24 + payload + 4
 *       3    1 u8    sequence id       of MySQL's compressed packets
 *       4    3 u24   0                 not compressed
 *       7    2 u16   magic             0x20ab
 *       9    2 u16   version           20
 *      11    4 u32   connection id     the session's, as in the greeting
 *      15    3 u24   request id        the same in a request and its answer; grows
 *      18    1 u8    packet sequence   0 for a request's first frame, counted on through its answer
 *      19    4 u32   payload length
 *      23    4 u32   flags
 *      27    2 u16   reserved
 *      29    2 u16   header checksum   CRC-16 of the 29 bytes before; 0: not checked
 *      31    … bytes payload           [u32 size, extra info], then MySQL packets or parts of them
 *       …    4 u32   payload checksum  CRC-32C of the payload; 0: not checked
 * Source: docs/protocol/ob20.md
 */
export interface Ob20Frame {
  readonly connectionId: number;
  readonly requestId: number;
  readonly sequence: number;
  readonly flags: number;
  /** MySQL packets or parts of them, behind any extra info. */
  readonly bytes: Uint8Array;
}

export const ob20Flag = {
  EXTRA_INFO: 1 << 0,
  /** Nothing follows in this request, or in this answer. */
  LAST: 1 << 1,
} as const;

export const ob20HeadSize = 31;
const tailSize = 4;
const magic = 0x20ab;
const version = 20;
const compressedHeadSize = 7;
const checksumAt = 29;
/** Of a payload: what fits the outer length. */
export const ob20PayloadMax = 0xffffff - 1 - 28;

/** @returns the frame alone; its bytes are at most ob20PayloadMax */
export function encodeOb20Frame(frame: Ob20Frame): Buffer {
  const target = Buffer.allocUnsafe(ob20FrameSize({ payloadSize: frame.bytes.length }));
  writeOb20Frame(target, frame);
  return target;
}

/** @param target  of the frame's size */
export function writeOb20Frame(
  target: Buffer,
  { connectionId, requestId, sequence, flags, bytes }: Ob20Frame,
): void {
  target.writeUIntLE(target.length - compressedHeadSize, 0, 3);
  target[3] = sequence;
  target.writeUIntLE(0, 4, 3);
  target.writeUInt16LE(magic, 7);
  target.writeUInt16LE(version, 9);
  target.writeUInt32LE(connectionId, 11);
  target.writeUIntLE(requestId, 15, 3);
  target[18] = sequence;
  target.writeUInt32LE(bytes.length, 19);
  target.writeUInt32LE(flags, 23);
  target.writeUInt16LE(0, 27);
  target.writeUInt16LE(crc16(target.subarray(0, checksumAt)), checksumAt);
  target.set(bytes, ob20HeadSize);
  target.writeUInt32LE(crc32c(bytes), ob20HeadSize + bytes.length);
}

/** What the first 31 bytes say. */
export interface Ob20Head {
  readonly connectionId: number;
  readonly requestId: number;
  readonly sequence: number;
  readonly flags: number;
  readonly payloadSize: number;
}

/** @throws ObError OB_UNKNOWN_PACKET, OB_CHECKSUM_ERROR */
export function decodeOb20Head(head: Buffer): Ob20Head {
  if (head.readUInt16LE(7) !== magic || head.readUInt16LE(9) !== version)
    throw new ObError('OB_UNKNOWN_PACKET', [], {
      details: { what: 'no frame of the OceanBase 2.0 protocol' },
    });
  const checksum = head.readUInt16LE(checksumAt);
  if (checksum !== 0 && checksum !== crc16(head.subarray(0, checksumAt))) throw wrongChecksum('header');
  const payloadSize = head.readUInt32LE(19);
  const outerSize = ob20HeadSize - compressedHeadSize + payloadSize + tailSize;
  if (payloadSize > ob20PayloadMax || head.readUIntLE(0, 3) !== outerSize || head.readUIntLE(4, 3) !== 0)
    throw new ObError('OB_UNKNOWN_PACKET', [], {
      details: { what: 'sizes of a frame that contradict each other' },
    });
  return {
    connectionId: head.readUInt32LE(11),
    requestId: head.readUIntLE(15, 3),
    sequence: head.readUInt8(18),
    flags: head.readUInt32LE(23),
    payloadSize,
  };
}

/**
 * @param body  payload and checksum
 * @returns the MySQL packets of the payload
 * @throws ObError OB_CHECKSUM_ERROR, OB_UNKNOWN_PACKET
 */
export function decodeOb20Body({ payloadSize, flags }: Ob20Head, body: Buffer): Buffer {
  const payload = body.subarray(0, payloadSize);
  const checksum = body.readUInt32LE(payloadSize);
  if (checksum !== 0 && checksum !== crc32c(payload)) throw wrongChecksum('payload');
  if ((flags & ob20Flag.EXTRA_INFO) === 0) return payload;
  const extraSize = payloadSize < 4 ? Number.POSITIVE_INFINITY : 4 + payload.readUInt32LE(0);
  if (extraSize > payloadSize)
    throw new ObError('OB_UNKNOWN_PACKET', [], { details: { what: 'extra info longer than its frame' } });
  return payload.subarray(extraSize);
}

export function ob20FrameSize({ payloadSize }: Pick<Ob20Head, 'payloadSize'>): number {
  return ob20HeadSize + payloadSize + tailSize;
}

function wrongChecksum(what: string): ObError {
  return new ObError('OB_CHECKSUM_ERROR', [], {
    message: `Data checksum error: the ${what} of a frame came changed`,
    details: { what: `${what} checksum` },
  });
}
