import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { ObError } from '@sealane/errors';

/** One packet as it was captured. */
export interface CapturedPacket {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** LINKTYPE_… of its first header. Source: the list of link-layer header types of tcpdump.org */
  readonly linkType: number;
  /** What was kept of it: less than all where the capture cut packets off. */
  readonly bytes: Buffer;
  /** How long it was. */
  readonly size: number;
}

/** More is no packet but a damaged file. */
const PACKET_SIZE_MAX = 1024 * 1024;
const PCAPNG_SECTION = 0x0a0d0d0a;

/**
 * The packets of a pcap or pcapng file, one after the other, without taking the file into memory. What a tap that was ended cut
 * short at its end is left out.
 *
 * pcap: header of 24 bytes (magic in the writer's byte order: a1b2c3d4 for microseconds, a1b23c4d for nanoseconds; link type at 20),
 * then for each packet u32 seconds, u32 fraction, u32 bytes kept, u32 bytes there were, and the bytes.
 * pcapng: blocks of u32 type, u32 size, body, u32 size again. Source: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng
 *
 * @throws ObError OB_INVALID_CONFIG when it is neither
 */
export function* readPackets(file: string): Generator<CapturedPacket> {
  const source = new FileSource(file);
  try {
    const head = source.take(4);
    if (head === undefined) throw notACapture(file);
    if (head.readUInt32BE(0) === PCAPNG_SECTION) yield* readBlocks(source, file);
    else yield* readClassic(source, head, file);
  } finally {
    source.close();
  }
}

interface ByteOrder {
  u32(bytes: Buffer, at: number): number;
  u16(bytes: Buffer, at: number): number;
}

const little: ByteOrder = {
  u32: (bytes, at) => bytes.readUInt32LE(at),
  u16: (bytes, at) => bytes.readUInt16LE(at),
};
const big: ByteOrder = {
  u32: (bytes, at) => bytes.readUInt32BE(at),
  u16: (bytes, at) => bytes.readUInt16BE(at),
};

function* readClassic(source: FileSource, head: Buffer, file: string): Generator<CapturedPacket> {
  const order = [little, big].find((each) => [0xa1b2c3d4, 0xa1b23c4d].includes(each.u32(head, 0)));
  const rest = source.take(20);
  if (order === undefined || rest === undefined) throw notACapture(file);
  const perMs = order.u32(head, 0) === 0xa1b2c3d4 ? 1e3 : 1e6;
  const linkType = order.u32(rest, 16) & 0xffff;
  for (;;) {
    const header = source.take(16);
    if (header === undefined) return;
    const kept = order.u32(header, 8);
    if (kept > PACKET_SIZE_MAX) throw damaged(file);
    const bytes = source.take(kept);
    if (bytes === undefined) return;
    const at = order.u32(header, 0) * 1000 + order.u32(header, 4) / perMs;
    yield { at, linkType, bytes, size: order.u32(header, 12) };
  }
}

const SECTION_HEADER = PCAPNG_SECTION;
const INTERFACE = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

interface Interface {
  readonly linkType: number;
  readonly unitsPerMs: number;
}

/** Only what holds packets; other blocks are passed over. */
function* readBlocks(source: FileSource, file: string): Generator<CapturedPacket> {
  let order = little;
  let interfaces: Interface[] = [];
  let type: number | undefined = SECTION_HEADER;
  for (; type !== undefined; type = readType(source, order)) {
    const sizeBytes = source.take(4);
    if (sizeBytes === undefined) return;
    let size = order.u32(sizeBytes, 0);
    let body: Buffer | undefined;
    if (type === SECTION_HEADER) {
      const magic = source.take(4);
      if (magic === undefined) return;
      order = magic.readUInt32LE(0) === 0x1a2b3c4d ? little : big;
      size = order.u32(sizeBytes, 0);
      interfaces = [];
      body = source.take(blockSize(size, file) - 16);
    } else body = source.take(blockSize(size, file) - 12);
    if (body === undefined || source.take(4) === undefined) return;
    if (type === INTERFACE) interfaces.push(readInterface(body, order));
    if (type === ENHANCED_PACKET) yield* enhancedPacket(body, order, interfaces);
    const [first] = interfaces;
    if (type === SIMPLE_PACKET && first !== undefined)
      yield {
        at: 0,
        linkType: first.linkType,
        bytes: body.subarray(4, 4 + order.u32(body, 0)),
        size: order.u32(body, 0),
      };
  }
}

function readType(source: FileSource, order: ByteOrder): number | undefined {
  const bytes = source.take(4);
  return bytes === undefined ? undefined : order.u32(bytes, 0);
}

function blockSize(size: number, file: string): number {
  if (size < 16 || size % 4 !== 0 || size > PACKET_SIZE_MAX) throw damaged(file);
  return size;
}

/** Option 9 is the resolution of its times: a power of ten, or of two with the highest bit set; microseconds without it. */
function readInterface(body: Buffer, order: ByteOrder): Interface {
  let unitsPerMs = 1e3;
  for (let at = 8; at + 4 <= body.length; ) {
    const code = order.u16(body, at);
    const size = order.u16(body, at + 2);
    if (code === 0) break;
    const value = body[at + 4];
    if (code === 9 && value !== undefined)
      unitsPerMs = (value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value) / 1000;
    at += 4 + Math.ceil(size / 4) * 4;
  }
  return { linkType: order.u16(body, 0), unitsPerMs };
}

function* enhancedPacket(
  body: Buffer,
  order: ByteOrder,
  interfaces: readonly Interface[],
): Generator<CapturedPacket> {
  if (body.length < 20) return;
  const from = interfaces[order.u32(body, 0)];
  if (from === undefined) return;
  const units = order.u32(body, 4) * 2 ** 32 + order.u32(body, 8);
  const bytes = body.subarray(20, 20 + order.u32(body, 12));
  yield { at: units / from.unitsPerMs, linkType: from.linkType, bytes, size: order.u32(body, 16) };
}

const CHUNK_SIZE = 1024 * 1024;

/** A file, piece by piece. */
class FileSource {
  readonly #descriptor: number;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(file: string) {
    this.#descriptor = openFile(file);
  }

  /** @returns undefined when there is less than that left */
  take(size: number): Buffer | undefined {
    while (this.#buffer.length < size) {
      const chunk = Buffer.allocUnsafe(Math.max(CHUNK_SIZE, size));
      const read = readSync(this.#descriptor, chunk, 0, chunk.length, null);
      if (read === 0) return undefined;
      this.#buffer = Buffer.concat([this.#buffer, chunk.subarray(0, read)]);
    }
    const taken = this.#buffer.subarray(0, size);
    this.#buffer = this.#buffer.subarray(size);
    return taken;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Piece by piece: captures may be larger than memory. */
export function sha256OfFile(file: string): string {
  const hash = createHash('sha256');
  const descriptor = openFile(file);
  const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
  try {
    for (;;) {
      const read = readSync(descriptor, chunk, 0, chunk.length, null);
      if (read === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
}

function openFile(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ObError('OB_INVALID_CONFIG', [], { message: `${file} can't be read: ${why}`, cause });
  }
}

function notACapture(file: string): ObError {
  return new ObError('OB_INVALID_CONFIG', [], { message: `${file} is neither pcap nor pcapng` });
}

function damaged(file: string): ObError {
  return new ObError('OB_INVALID_CONFIG', [], {
    message: `${file} is damaged: it has a packet of an impossible size`,
  });
}
