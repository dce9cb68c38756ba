import { ObError } from '@sealane/errors';

/**
 * The frame around every payload:
 *
 *  offset size type   field        meaning
 *       0    3 u24 LE length       bytes of payload in this packet, at most 2^24 - 1
 *       3    1 u8     sequence id  0 for a command, then counted through the conversation, modulo 256
 *       4    … bytes  payload
 *
 * A payload of 2^24 - 1 bytes and more goes as several packets: full ones, then one that is shorter (perhaps empty).
 * Source: docs/protocol/mysql.md#packets
 */
export const packetPayloadMax = 0xffffff;
const headerSize = 4;
/** Chunks up to this size are put together as they come: copying costs less than what each of them would take. */
const gatheredSizeMax = 4 * 1024;

export interface Packet {
  /** Of its last part, when it came in several. */
  readonly sequenceId: number;
  /** May share memory with the chunk it came in: copy what is kept. */
  readonly payload: Uint8Array;
}

/**
 * Cuts a stream of bytes into packets. Refuses a payload over the limit as soon as its header says so, before
 * its memory is taken.
 */
export class PacketDecoder {
  #payloadMax: number;
  #kept: Buffer[] = [];
  #keptSize = 0;
  #parts: Buffer[] = [];
  #partsSize = 0;
  #expectedId: number | undefined;
  /** The id of the next part of a payload whose beginning has come. */
  #partId: number | undefined;

  /** @param payloadMax  bytes of one whole payload: max_allowed_packet */
  constructor(payloadMax: number) {
    this.#payloadMax = payloadMax;
  }

  set payloadMax(size: number) {
    this.#payloadMax = size;
  }

  /** Bytes received and not yet handed out as a packet. */
  get buffered(): number {
    return this.#keptSize + this.#partsSize;
  }

  /** Checks the sequence id of the next packet; undefined: any id will do. */
  expect(sequenceId: number | undefined): void {
    this.#expectedId = sequenceId;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#keptSize += chunk.length;
    const last = this.#kept.at(-1);
    // Bytes that drip in must not cost an object each.
    if (last !== undefined && last.length + chunk.length <= gatheredSizeMax) {
      this.#kept[this.#kept.length - 1] = Buffer.concat([last, chunk]);
    } else
      this.#kept.push(
        Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength),
      );
  }

  /**
   * @returns the next whole packet, or undefined until more bytes have come
   * @throws ObError OB_ERR_NET_PACKET_TOO_LARGE, ER_NET_PACKETS_OUT_OF_ORDER
   */
  next(): Packet | undefined {
    for (;;) {
      if (this.#keptSize < headerSize) return undefined;
      const head = this.#peek(headerSize);
      const length = head.readUIntLE(0, 3);
      const sequenceId = head.readUInt8(3);
      if (this.#partsSize + length > this.#payloadMax)
        throw tooLarge(this.#partsSize + length, this.#payloadMax);
      this.#checkId(sequenceId);
      if (this.#keptSize < headerSize + length) return undefined;
      const payload = this.#peek(headerSize + length).subarray(headerSize, headerSize + length);
      this.#drop(headerSize + length);
      const nextId = (sequenceId + 1) & 0xff;
      if (this.#expectedId !== undefined) this.#expectedId = nextId;
      if (length < packetPayloadMax) return { sequenceId, payload: this.#join(payload) };
      this.#partId = nextId;
      this.#parts.push(payload);
      this.#partsSize += length;
    }
  }

  /** @returns what is buffered behind the last packet, and forgets it: bytes of another protocol, such as TLS */
  takeRest(): Uint8Array {
    const rest = this.#keptSize === 0 ? Buffer.alloc(0) : Buffer.concat(this.#kept, this.#keptSize);
    this.#kept = [];
    this.#keptSize = 0;
    return rest;
  }

  #checkId(sequenceId: number): void {
    const expected = this.#partId ?? this.#expectedId;
    if (expected === undefined || sequenceId === expected) return;
    throw new ObError('ER_NET_PACKETS_OUT_OF_ORDER', [], { details: { expected, received: sequenceId } });
  }

  #join(last: Buffer): Uint8Array {
    if (this.#parts.length === 0) return last;
    const payload = Buffer.concat([...this.#parts, last], this.#partsSize + last.length);
    this.#parts = [];
    this.#partsSize = 0;
    this.#partId = undefined;
    return payload;
  }

  /** The first `size` bytes in one piece; they are there. */
  #peek(size: number): Buffer {
    const first = this.#kept[0];
    if (first !== undefined && first.length >= size) return first;
    const joined = Buffer.concat(this.#kept, this.#keptSize);
    this.#kept = [joined];
    return joined;
  }

  #drop(size: number): void {
    const first = this.#kept[0] as Buffer;
    this.#keptSize -= size;
    if (first.length === size) this.#kept.shift();
    else this.#kept[0] = first.subarray(size);
  }
}

function tooLarge(size: number, limit: number): ObError {
  return new ObError('OB_ERR_NET_PACKET_TOO_LARGE', [], { details: { size, limit } });
}
