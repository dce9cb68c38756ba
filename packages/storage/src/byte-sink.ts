import { valueType } from './byte-cursor.ts';
import type { SqlValue } from './values.ts';

/** Writes the bytes of a changeset or a log record; grows as needed. */
export class ByteSink {
  #bytes: Buffer;
  #size = 0;

  /** @param capacity  bytes that are likely to be written */
  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#size++] = value;
    return this;
  }

  varint(value: number): this {
    if (value < 128) return this.u8(value);
    const groups = [value % 128];
    for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
      groups.push((rest % 128) | 0x80);
    }
    for (const group of groups.reverse()) this.u8(group);
    return this;
  }

  bytes(value: ArrayLike<number>): this {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#size);
    this.#size += value.length;
    return this;
  }

  sizedText(value: string): this {
    if (value.length <= shortText) return this.#shortSizedText(value);
    const bytes = Buffer.from(value);
    return this.varint(bytes.length).bytes(bytes);
  }

  zeroTerminatedText(value: string): this {
    return this.bytes(Buffer.from(value)).u8(0);
  }

  /** As ByteCursor.value reads it. A number is a REAL, also without a fraction: so SQLite binds it. */
  value(value: SqlValue | undefined): this {
    if (value === undefined) return this.u8(valueType.undefined);
    if (value === null) return this.u8(valueType.null);
    if (typeof value === 'string') return this.u8(valueType.text).sizedText(value);
    if (value instanceof Uint8Array) return this.u8(valueType.blob).varint(value.length).bytes(value);
    this.u8(typeof value === 'bigint' ? valueType.integer : valueType.float).#reserve(8);
    if (typeof value === 'bigint') this.#bytes.writeBigInt64BE(value, this.#size);
    else this.#bytes.writeDoubleBE(value, this.#size);
    this.#size += 8;
    return this;
  }

  /** @returns a copy of what was written; a small one shares its buffer with others */
  done(): Uint8Array {
    const { buffer, byteOffset } = Buffer.allocUnsafe(this.#size);
    const copy = new Uint8Array(buffer, byteOffset, this.#size);
    copy.set(this.#bytes.subarray(0, this.#size));
    return copy;
  }

  /** At most 42 characters make at most 126 bytes, so that the size fits one byte and can follow the text. */
  #shortSizedText(value: string): this {
    this.#reserve(1 + value.length * 3);
    const size = this.#bytes.write(value, this.#size + 1, 'utf8');
    this.#bytes[this.#size] = size;
    this.#size += 1 + size;
    return this;
  }

  #reserve(size: number): void {
    if (this.#size + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#size + size));
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }
}

const shortText = 42;
