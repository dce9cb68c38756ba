import { ObError } from '@sealane/errors';

/** change_cipher_spec, alert, handshake, application_data. Source: RFC 8446, section 5.1. */
const contentTypes = [20, 21, 22, 23];
const recordHeaderSize = 5;
/** 2^14 bytes of content, and what encryption may add: 2,048 in TLS 1.2, 256 in 1.3. */
const recordBodyMax = 2 ** 14 + 2_048;

/**
 * Tells where TLS ends in a stream of bytes: records come first, whole, and then whatever doesn't begin as one. Pure.
 *
 *  offset size field
 *       0    1 content type
 *       1    2 version, 3.x
 *       3    2 length of the body, big endian
 */
export class RecordSplitter {
  #header: Buffer = Buffer.alloc(0);
  /** Of the body of the record that is being read. */
  #left = 0;

  /**
   * @returns bytes that belong to records, and those behind the last one; `clear` is undefined while records go on. Once it is
   *   there, nothing more may be pushed
   * @throws ObError OB_RPC_PACKET_INVALID for a record that is too long
   */
  push(chunk: Buffer): { readonly records: Buffer; readonly clear: Buffer | undefined } {
    let at = 0;
    const parts: Buffer[] = [];
    while (at < chunk.length) {
      if (this.#left > 0) {
        const size = Math.min(this.#left, chunk.length - at);
        parts.push(chunk.subarray(at, at + size));
        this.#left -= size;
        at += size;
        continue;
      }
      if (this.#header.length === 0 && !contentTypes.includes(chunk[at] ?? 0))
        return { records: Buffer.concat(parts), clear: chunk.subarray(at) };
      const size = Math.min(recordHeaderSize - this.#header.length, chunk.length - at);
      this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + size)]);
      at += size;
      if (this.#header.length === recordHeaderSize) parts.push(this.#endHeader());
    }
    return { records: Buffer.concat(parts), clear: undefined };
  }

  #endHeader(): Buffer {
    const header = this.#header;
    this.#left = header.readUInt16BE(3);
    this.#header = Buffer.alloc(0);
    if (this.#left <= recordBodyMax) return header;
    throw new ObError('OB_RPC_PACKET_INVALID', [], {
      message: `a TLS record of ${this.#left} bytes is over the limit of ${recordBodyMax}`,
    });
  }
}
