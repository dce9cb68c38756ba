import { ObError } from '@sealane/errors';

/**
 * Reads the fields of one packet, in order. Numbers are little endian, as everywhere in the protocol.
 * Every read checks the bounds and throws ObError ER_MALFORMED_PACKET past the end.
 */
export class ByteReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u24(): number {
    return this.#bytes.readUIntLE(this.#take(3), 3);
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  u64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  i8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }

  i16(): number {
    return this.#bytes.readInt16LE(this.#take(2));
  }

  i32(): number {
    return this.#bytes.readInt32LE(this.#take(4));
  }

  i64(): bigint {
    return this.#bytes.readBigInt64LE(this.#take(8));
  }

  f32(): number {
    return this.#bytes.readFloatLE(this.#take(4));
  }

  f64(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  skip(size: number): void {
    this.#take(size);
  }

  /** @returns a copy, safe to keep */
  bytes(size: number): Uint8Array {
    const at = this.#take(size);
    return Uint8Array.prototype.slice.call(this.#bytes, at, at + size);
  }

  text(size: number): string {
    const at = this.#take(size);
    return this.#bytes.toString('utf8', at, at + size);
  }

  /** Bytes up to a NUL, which is read too. */
  textUntilNul(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw malformed(`no NUL after offset ${this.#at}`);
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  bytesUntilNul(): Uint8Array {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw malformed(`no NUL after offset ${this.#at}`);
    const bytes = this.bytes(end - this.#at);
    this.#at = end + 1;
    return bytes;
  }

  restBytes(): Uint8Array {
    return this.bytes(this.left);
  }

  restText(): string {
    return this.text(this.left);
  }

  /** Length-encoded integer. @throws ObError ER_MALFORMED_PACKET for 0xfb (NULL), 0xff, or 2^53 and more */
  size(): number {
    const first = this.u8();
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.u16();
    if (first === 0xfd) return this.u24();
    if (first !== 0xfe) throw malformed(`0x${first.toString(16)} is no length`);
    const size = this.u64();
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`length ${size}`);
    return Number(size);
  }

  /** Length-encoded integer of any size. */
  sizeBig(): bigint {
    if (this.left > 0 && this.#bytes[this.#at] === 0xfe) {
      this.skip(1);
      return this.u64();
    }
    return BigInt(this.size());
  }

  sizedBytes(): Uint8Array {
    return this.bytes(this.size());
  }

  sizedText(): string {
    return this.text(this.size());
  }

  /** Length-encoded bytes, or null for the marker 0xfb. */
  sizedBytesOrNull(): Uint8Array | null {
    if (this.left > 0 && this.#bytes[this.#at] === 0xfb) {
      this.skip(1);
      return null;
    }
    return this.sizedBytes();
  }

  #take(size: number): number {
    const at = this.#at;
    if (size > this.#bytes.length - at) {
      throw malformed(`wants ${size} bytes at offset ${at}, has ${this.#bytes.length - at}`);
    }
    this.#at = at + size;
    return at;
  }
}

/** @param what  offsets and sizes, never the bytes themselves */
export function malformed(what: string): ObError {
  return new ObError('ER_MALFORMED_PACKET', [], { details: { what } });
}
