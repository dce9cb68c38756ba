import { packetPayloadMax } from './packet-stream.ts';

/**
 * Writes packets into one growing buffer, fields in order, little endian. `begin` leaves room for the header,
 * `end` fills it in and cuts a payload of 16 MiB - 1 bytes and more into several packets.
 */
export class PacketWriter {
  #buffer: Buffer;
  #at = 0;
  #start = 0;
  #sequenceId: number;

  constructor(sequenceId = 0, capacity = 512) {
    this.#buffer = Buffer.allocUnsafe(capacity);
    this.#sequenceId = sequenceId;
  }

  /** The id the next packet gets. */
  get sequenceId(): number {
    return this.#sequenceId;
  }

  set sequenceId(id: number) {
    this.#sequenceId = id & 0xff;
  }

  /** Bytes written and not yet taken. */
  get pending(): number {
    return this.#at;
  }

  /** Bytes of payload since `begin`. */
  get payloadSize(): number {
    return this.#at - this.#start - headerSize;
  }

  /** @returns everything written so far, for the caller to keep; the writer starts anew */
  take(): Uint8Array {
    const bytes = this.#buffer.subarray(0, this.#at);
    this.#buffer = Buffer.allocUnsafe(this.#at > 16_384 ? 65_536 : 512);
    this.#at = 0;
    return bytes;
  }

  /** Forgets the packet begun last, as if `begin` had not been called. */
  abandon(): void {
    this.#at = this.#start;
  }

  begin(): this {
    this.#start = this.#at;
    this.#room(headerSize);
    this.#at += headerSize;
    return this;
  }

  end(): void {
    const size = this.payloadSize;
    if (size >= packetPayloadMax) {
      this.#cut(size);
      return;
    }
    this.#buffer.writeUIntLE(size, this.#start, 3);
    this.#buffer[this.#start + 3] = this.#sequenceId;
    this.sequenceId = this.#sequenceId + 1;
  }

  u8(value: number): this {
    this.#room(1);
    this.#buffer[this.#at++] = value;
    return this;
  }

  u16(value: number): this {
    this.#room(2);
    this.#at = this.#buffer.writeUInt16LE(value & 0xffff, this.#at);
    return this;
  }

  u24(value: number): this {
    this.#room(3);
    this.#at = this.#buffer.writeUIntLE(value & 0xffffff, this.#at, 3);
    return this;
  }

  u32(value: number): this {
    this.#room(4);
    this.#at = this.#buffer.writeUInt32LE(value >>> 0, this.#at);
    return this;
  }

  u64(value: bigint): this {
    this.#room(8);
    this.#at = this.#buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
    return this;
  }

  f32(value: number): this {
    this.#room(4);
    this.#at = this.#buffer.writeFloatLE(value, this.#at);
    return this;
  }

  f64(value: number): this {
    this.#room(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
    return this;
  }

  zeros(size: number): this {
    this.#room(size);
    this.#buffer.fill(0, this.#at, this.#at + size);
    this.#at += size;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#room(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
    return this;
  }

  text(value: string): this {
    this.#room(value.length * 3);
    this.#at += this.#buffer.write(value, this.#at, 'utf8');
    return this;
  }

  textNul(value: string): this {
    return this.text(value).u8(0);
  }

  /** Length-encoded integer. */
  size(value: number | bigint): this {
    if (value < 0xfb) return this.u8(Number(value));
    if (value < 0x10000) return this.u8(0xfc).u16(Number(value));
    if (value < 0x1000000) return this.u8(0xfd).u24(Number(value));
    return this.u8(0xfe).u64(BigInt(value));
  }

  sizedBytes(value: Uint8Array): this {
    return this.size(value.length).bytes(value);
  }

  sizedText(value: string): this {
    if (value.length <= shortText) return this.#shortSizedText(value);
    const size = Buffer.byteLength(value, 'utf8');
    this.size(size);
    this.#room(size);
    this.#at += this.#buffer.write(value, this.#at, size, 'utf8');
    return this;
  }

  /** The marker of NULL in a text row. */
  null(): this {
    return this.u8(0xfb);
  }

  /** Sets one bit of a byte that was written before, counted from `begin`. */
  setBit(offset: number, bit: number): void {
    const at = this.#start + headerSize + offset;
    this.#buffer[at] = (this.#buffer[at] ?? 0) | (1 << bit);
  }

  /** At most 83 characters make at most 249 bytes, so the length fits one byte and can follow the text. */
  #shortSizedText(value: string): this {
    this.#room(1 + value.length * 3);
    const size = this.#buffer.write(value, this.#at + 1, 'utf8');
    this.#buffer[this.#at] = size;
    this.#at += 1 + size;
    return this;
  }

  /** A payload of packetPayloadMax bytes and more: full packets, then one that is shorter, perhaps empty. */
  #cut(size: number): void {
    const payload = Buffer.from(
      this.#buffer.subarray(this.#start + headerSize, this.#start + headerSize + size),
    );
    this.#at = this.#start;
    for (let offset = 0; offset <= size; offset += packetPayloadMax) {
      const part = payload.subarray(offset, Math.min(size, offset + packetPayloadMax));
      this.u24(part.length).u8(this.#sequenceId).bytes(part);
      this.sequenceId = this.#sequenceId + 1;
    }
  }

  #room(size: number): void {
    const wanted = this.#at + size;
    if (wanted <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(wanted, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#at);
    this.#buffer = grown;
  }
}

const headerSize = 4;
const shortText = 83;
