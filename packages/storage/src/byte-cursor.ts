import { MalformedRecordError } from './storage-error.ts';
import type { SqlValue } from './values.ts';

/** Reads the bytes of a changeset or a log record; never past their end. */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#offset === this.#bytes.length;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  peek(): number | undefined {
    return this.#bytes[this.#offset];
  }

  /** SQLite's variable-length integer: groups of 7 bits, the most significant first. */
  varint(): number {
    let value = 0;
    // Sizes and counts fit 53 bits: 8 groups are more than enough.
    for (let count = 0; count < 8; count++) {
      const byte = this.u8();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
    throw malformed('a number has no end', this.#offset);
  }

  bytes(size: number): Uint8Array {
    const start = this.#take(size);
    return this.#bytes.subarray(start, start + size);
  }

  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#offset);
  }

  text(size: number): string {
    return decoder.decode(this.bytes(size));
  }

  zeroTerminatedText(): string {
    const end = this.#bytes.indexOf(0, this.#offset);
    if (end === -1) throw malformed('a name has no end', this.#offset);
    const text = this.text(end - this.#offset);
    this.#offset++;
    return text;
  }

  /** A value with its type in front, as in a changeset; undefined stands for "not told". */
  value(): SqlValue | undefined {
    const type = this.u8();
    switch (type) {
      case valueType.undefined:
        return undefined;
      case valueType.integer:
        return this.#view.getBigInt64(this.#take(8));
      case valueType.float:
        return this.#view.getFloat64(this.#take(8));
      case valueType.text:
        return this.text(this.varint());
      case valueType.blob:
        // A copy: the record's bytes may belong to a packet.
        return new Uint8Array(this.bytes(this.varint()));
      case valueType.null:
        return null;
      default:
        throw malformed(`there is no value type ${type}`, this.#offset - 1);
    }
  }

  skipValue(): void {
    const type = this.u8();
    switch (type) {
      case valueType.undefined:
      case valueType.null:
        return;
      case valueType.integer:
      case valueType.float:
        this.#take(8);
        return;
      case valueType.text:
      case valueType.blob:
        this.#take(this.varint());
        return;
      default:
        throw malformed(`there is no value type ${type}`, this.#offset - 1);
    }
  }

  #take(size: number): number {
    const start = this.#offset;
    if (size > this.#bytes.length - start) throw malformed('it ends too early', start);
    this.#offset = start + size;
    return start;
  }
}

/** Types of values in a changeset. Source: https://sqlite.org/session/changegroup.html and sqlite3session.c */
export const valueType = { undefined: 0, integer: 1, float: 2, text: 3, blob: 4, null: 5 } as const;

export function malformed(why: string, offset: number): MalformedRecordError {
  return new MalformedRecordError(`log record is malformed at byte ${offset}: ${why}`);
}

// ignoreBOM: a text that begins with U+FEFF keeps it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
