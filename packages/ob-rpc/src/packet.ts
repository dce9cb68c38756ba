import { ObError } from '@sealane/errors';
import { crc32c } from './crc32c.ts';
import { FRAME_HEADER_SIZE, writeFrameHeader } from './frame.ts';

/**
 * The RPC header at the start of a frame's payload; all numbers big endian. The body starts at
 * `hlen`. Fields behind what the sender's `hlen` covers keep their default; bytes of a longer
 * header are skipped: so an older and a newer node understand each other.
 *
 * One list drives both encode and decode; offsets follow from the widths. 192 bytes in all.
 * Source: docs/protocol/ob-rpc.md#header
 */
const HEADER_FIELDS = [
  ['pcode', 'i32'],
  ['hlen', 'u8'],
  ['priority', 'i8'],
  ['flags', 'u16'],
  ['checksum', 'i64'],
  ['tenantId', 'i64'],
  ['privTenantId', 'i64'],
  ['sessionId', 'i64'],
  ['traceId0', 'i64'],
  ['traceId1', 'i64'],
  ['timeoutUs', 'i64'],
  ['timestampUs', 'i64'],
  ['costLength', 'i32'],
  ['costArrivalToPush', 'i32'],
  ['costPushToPop', 'i32'],
  ['costPopToProcess', 'i32'],
  ['costProcess', 'i32'],
  ['costEndToResponse', 'i32'],
  ['packetId', 'u64'],
  ['requestArrivalTimeUs', 'i64'],
  ['dstClusterId', 'i64'],
  ['compressorType', 'i32'],
  ['originalLength', 'i32'],
  ['srcClusterId', 'i64'],
  ['unisVersion', 'i64'],
  ['requestLevel', 'i32'],
  ['seqNo', 'i64'],
  ['groupId', 'i32'],
  ['traceId2', 'i64'],
  ['traceId3', 'i64'],
  ['clusterNameHash', 'i64'],
  ['dataVersion', 'i64'],
] as const;

type FieldName = (typeof HEADER_FIELDS)[number][0];
type FieldType = (typeof HEADER_FIELDS)[number][1];
type WideField = Extract<(typeof HEADER_FIELDS)[number], readonly [FieldName, 'i64' | 'u64']>[0];

/** 64-bit fields are bigint, the rest number. */
export type PacketHeader = { -readonly [Name in FieldName]: Name extends WideField ? bigint : number };

export interface Packet {
  readonly header: Readonly<PacketHeader>;
  /** May share memory with the chunk it came in. */
  readonly body: Buffer;
}

/** Bits of `flags`. Source: docs/protocol/ob-rpc.md#flags */
export const packetFlags = {
  response: 1 << 15,
  stream: 1 << 14,
  last: 1 << 13,
  noDebugSync: 1 << 12,
  hasContext: 1 << 11,
  noResponse: 1 << 10,
  rerouteRequired: 1 << 9,
  rateLimit: 1 << 8,
  backgroundFlow: 1 << 7,
  traceInfo: 1 << 6,
  keyValueRequest: 1 << 5,
} as const;

/** `compressorType` of a body that is not compressed. */
export const COMPRESSOR_NONE = 1;

const WIDTHS = { u8: 1, i8: 1, u16: 2, i32: 4, i64: 8, u64: 8 } as const satisfies Record<FieldType, number>;

const LAYOUT = layOut();
export const PACKET_HEADER_SIZE = LAYOUT.reduce((size, field) => size + field.width, 0);
/** Fields up to and with the timestamp; every version has them. */
export const PACKET_HEADER_SIZE_MIN = 72;
/** Bytes of the block costLength … requestArrivalTimeUs. */
const COST_BLOCK_SIZE = 40;

const DEFAULTS: Readonly<PacketHeader> = {
  ...(Object.fromEntries(LAYOUT.map((field) => [field.name, field.width === 8 ? 0n : 0])) as PacketHeader),
  hlen: PACKET_HEADER_SIZE,
  costLength: COST_BLOCK_SIZE,
  compressorType: COMPRESSOR_NONE,
};

const FIELDS: ReadonlyMap<FieldName, FieldLayout> = new Map(LAYOUT.map((field) => [field.name, field]));
/** A packet sets few fields: the others are written once. */
const DEFAULT_HEADER = encodeDefaults();

/**
 * One frame with one packet, ready to be written. `hlen`, `checksum` and `originalLength` are
 * computed here.
 */
export function encodePacket(channelId: number, header: Partial<PacketHeader>, body: Uint8Array): Buffer {
  const length = PACKET_HEADER_SIZE + body.length;
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_SIZE + length);
  writeFrameHeader(bytes, { channelId, length });
  bytes.set(DEFAULT_HEADER, FRAME_HEADER_SIZE);
  for (const name in header) writeNamed(bytes, name as FieldName, header[name as FieldName]);
  writeNamed(bytes, 'hlen', PACKET_HEADER_SIZE);
  writeNamed(bytes, 'checksum', BigInt(crc32c(body)));
  writeNamed(bytes, 'originalLength', body.length);
  bytes.set(body, FRAME_HEADER_SIZE + PACKET_HEADER_SIZE);
  return bytes;
}

/**
 * @param payload  of one frame
 * @throws ObError OB_RPC_PACKET_INVALID, OB_PACKET_CHECKSUM_ERROR
 */
export function decodePacket(payload: Buffer): Packet {
  if (payload.length < PACKET_HEADER_SIZE_MIN) {
    throw invalid(
      `an OB-RPC packet of ${payload.length} bytes is shorter than the smallest header, ${PACKET_HEADER_SIZE_MIN}`,
    );
  }
  const hlen = payload.readUInt8(4);
  if (hlen < PACKET_HEADER_SIZE_MIN || hlen > payload.length) {
    throw invalid(`an OB-RPC header can't be ${hlen} bytes long in a packet of ${payload.length}`);
  }
  const header: PacketHeader = { ...DEFAULTS };
  for (const field of LAYOUT) {
    if (field.offset + field.width > hlen) break;
    readField(header, payload, field);
  }
  const body = payload.subarray(hlen);
  checkBody(header, body);
  return { header, body };
}

function checkBody(header: PacketHeader, body: Buffer): void {
  const actual = BigInt(crc32c(body));
  if (header.checksum !== actual) {
    throw new ObError('OB_PACKET_CHECKSUM_ERROR', [], {
      message: `the body of an OB-RPC packet (pcode 0x${header.pcode.toString(16)}, ${body.length} bytes) has checksum ${actual}, its header says ${header.checksum}`,
    });
  }
  if (header.compressorType > COMPRESSOR_NONE) {
    throw invalid(
      `an OB-RPC packet (pcode 0x${header.pcode.toString(16)}) is compressed with method ${header.compressorType}, which is not spoken here`,
    );
  }
}

interface FieldLayout {
  readonly name: FieldName;
  readonly type: FieldType;
  readonly offset: number;
  readonly width: number;
}

function layOut(): readonly FieldLayout[] {
  let offset = 0;
  return HEADER_FIELDS.map(([name, type]) => {
    const field = { name, type, offset, width: WIDTHS[type] };
    offset += field.width;
    return field;
  });
}

function writeNamed(bytes: Buffer, name: FieldName, value: number | bigint | undefined): void {
  const field = FIELDS.get(name);
  if (field === undefined || value === undefined) return;
  writeField(bytes, FRAME_HEADER_SIZE + field.offset, field.type, value);
}

function encodeDefaults(): Buffer {
  const bytes = Buffer.alloc(PACKET_HEADER_SIZE);
  for (const { name, type, offset } of LAYOUT) writeField(bytes, offset, type, DEFAULTS[name]);
  return bytes;
}

function writeField(bytes: Buffer, at: number, type: FieldType, value: number | bigint): void {
  if (typeof value === 'bigint') {
    bytes.writeBigInt64BE(BigInt.asIntN(64, value), at);
    return;
  }
  switch (type) {
    case 'i32':
      bytes.writeInt32BE(value, at);
      break;
    case 'u16':
      bytes.writeUInt16BE(value, at);
      break;
    default:
      bytes.writeUInt8(value & 0xff, at);
  }
}

function readField(header: PacketHeader, bytes: Buffer, field: FieldLayout): void {
  const target = header as Record<FieldName, number | bigint>;
  switch (field.type) {
    case 'i64':
      target[field.name] = bytes.readBigInt64BE(field.offset);
      break;
    case 'u64':
      target[field.name] = bytes.readBigUInt64BE(field.offset);
      break;
    case 'i32':
      target[field.name] = bytes.readInt32BE(field.offset);
      break;
    case 'u16':
      target[field.name] = bytes.readUInt16BE(field.offset);
      break;
    case 'u8':
      target[field.name] = bytes.readUInt8(field.offset);
      break;
    case 'i8':
      target[field.name] = bytes.readInt8(field.offset);
  }
}

function invalid(message: string): ObError {
  return new ObError('OB_RPC_PACKET_INVALID', [], { message });
}
