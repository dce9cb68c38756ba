/**
 * The header in front of every OB-RPC packet.
 *
 *  offset size type    field      meaning
 *       0    4 bytes   magic      01 DB DB CE; the first byte is the API version
 *       4    4 u32 BE  length     bytes of payload that follow the header
 *       8    4 u32 BE  channelId  chosen by who asks; the answer repeats it
 *      12    4 u32 BE  reserved   0
 *
 * Source: docs/protocol/ob-rpc.md#frame
 */
export interface Frame {
  readonly channelId: number;
  /** A packet (see packet.ts). May share memory with the chunk it came in. */
  readonly payload: Buffer;
}

export const FRAME_HEADER_SIZE = 16;
export const FRAME_MAGIC = 0x01dbdbce;
/** Payload bytes. OceanBase allows 2047 MB; a peer should not be able to make us hold that much. */
export const FRAME_SIZE_MAX_DEFAULT = 64 * 1024 * 1024;

/** Writes the header over the first 16 bytes of `target`. */
export function writeFrameHeader(target: Buffer, header: { channelId: number; length: number }): void {
  target.writeUInt32BE(FRAME_MAGIC, 0);
  target.writeUInt32BE(header.length, 4);
  target.writeUInt32BE(header.channelId, 8);
  target.writeUInt32BE(0, 12);
}

export function encodeFrame(frame: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_SIZE + frame.payload.length);
  writeFrameHeader(bytes, { channelId: frame.channelId, length: frame.payload.length });
  frame.payload.copy(bytes, FRAME_HEADER_SIZE);
  return bytes;
}
