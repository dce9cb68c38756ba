import { ObError } from '@sealane/errors';
import {
  decodeOb20Body,
  decodeOb20Head,
  type Ob20Head,
  ob20Flag,
  ob20FrameSize,
  ob20HeadSize,
  writeOb20Frame,
} from './frame.ts';

const requestIdMax = 0xffffff;
/** Of the frames we send: a receiver passes on what is whole, and needn't wait for 16 MiB. */
const payloadSize = 64 * 1024;

/**
 * One end of a connection that speaks the OceanBase 2.0 protocol: MySQL packets in frames. One request at a time: its frames are
 * numbered from 0, and those of its answer go on from there.
 */
export class Ob20Link {
  readonly #connectionId: number;
  readonly #isServer: boolean;
  #kept: Buffer[] = [];
  #keptSize = 0;
  #needed = ob20HeadSize;
  #head: Ob20Head | undefined;
  #broken: unknown;
  /** A client's last, or the one that a server answers; undefined before the first. */
  #requestId: number | undefined;
  /** Of the next frame, whoever sends it. */
  #sequence = 0;
  /** The frame that came last was its request's, or its answer's, last. */
  #complete = true;
  /** Frames of an answer have gone, and not its last. */
  #answering = false;

  /** @param connectionId  of the greeting: each frame names it */
  constructor(connectionId: number, end: 'client' | 'server') {
    this.#connectionId = connectionId;
    this.#isServer = end === 'server';
  }

  /** Bytes received and not yet handed out. */
  get buffered(): number {
    return this.#keptSize;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#keptSize += chunk.length;
    const last = this.#kept.at(-1);
    // Bytes that drip in must not cost an object each.
    if (last !== undefined && last.length + chunk.length <= gatheredSizeMax)
      this.#kept[this.#kept.length - 1] = Buffer.concat([last, chunk]);
    else this.#kept.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }

  /**
   * @returns what the next whole frame holds, or undefined until more bytes have come
   * @throws ObError OB_UNKNOWN_PACKET, OB_UNKNOWN_CONNECTION, OB_CHECKSUM_ERROR, ER_NET_PACKETS_OUT_OF_ORDER: the connection ends
   */
  next(): Uint8Array | undefined {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      return this.#nextFrame();
    } catch (error) {
      // Where the next frame begins is anybody's guess.
      this.#broken = error;
      this.#kept = [];
      this.#keptSize = 0;
      throw error;
    }
  }

  /** A whole request. @param bytes  its MySQL packets */
  request(bytes: Uint8Array): Uint8Array {
    this.#requestId = ((this.#requestId ?? 0) + 1) & requestIdMax;
    this.#sequence = 0;
    return this.#framed(bytes, true);
  }

  /** A part of an answer. @param last  nothing follows; only then there may be no bytes */
  answer(bytes: Uint8Array, last: boolean): Uint8Array {
    if (bytes.length === 0 && (!last || !this.#answering)) return bytes;
    this.#answering = !last;
    return this.#framed(bytes, last);
  }

  #nextFrame(): Uint8Array | undefined {
    if (this.#keptSize < this.#needed) return undefined;
    const bytes = this.#joined();
    const head = this.#head ?? this.#begin(bytes);
    if (this.#keptSize < this.#needed) return undefined;
    const size = this.#needed;
    this.#head = undefined;
    this.#needed = ob20HeadSize;
    this.#kept = bytes.length === size ? [] : [bytes.subarray(size)];
    this.#keptSize -= size;
    this.#sequence = (head.sequence + 1) & 0xff;
    this.#complete = (head.flags & ob20Flag.LAST) !== 0;
    return decodeOb20Body(head, bytes.subarray(ob20HeadSize, size));
  }

  #framed(bytes: Uint8Array, last: boolean): Uint8Array {
    const count = Math.max(1, Math.ceil(bytes.length / payloadSize));
    const target = Buffer.allocUnsafe(bytes.length + count * ob20FrameSize({ payloadSize: 0 }));
    let at = 0;
    for (let index = 0; index < count; index += 1) {
      const part = bytes.subarray(index * payloadSize, (index + 1) * payloadSize);
      const size = ob20FrameSize({ payloadSize: part.length });
      writeOb20Frame(target.subarray(at, at + size), {
        connectionId: this.#connectionId,
        requestId: this.#requestId ?? 0,
        sequence: this.#sequence,
        flags: last && index + 1 === count ? ob20Flag.LAST : 0,
        bytes: part,
      });
      this.#sequence = (this.#sequence + 1) & 0xff;
      at += size;
    }
    return target;
  }

  #check(head: Ob20Head): void {
    if (head.connectionId !== this.#connectionId)
      throw new ObError('OB_UNKNOWN_CONNECTION', [head.connectionId]);
    if (this.#isServer && this.#complete) this.#checkNewRequest(head);
    else if (head.requestId !== this.#requestId || head.sequence !== this.#sequence) throw outOfOrder(head);
  }

  #checkNewRequest({ requestId, sequence }: Ob20Head): void {
    const before = this.#requestId;
    // It wraps around after 16 million.
    const step = before === undefined ? 1 : (requestId - before) & requestIdMax;
    if (sequence !== 0 || step === 0 || step > requestIdMax / 2) throw outOfOrder({ requestId, sequence });
    this.#requestId = requestId;
  }

  /** Its header can't be believed, and whoever sent it waits for an answer: most likely it is the next one, in one frame. */
  #guessRequest(): void {
    this.#requestId = ((this.#requestId ?? 0) + 1) & requestIdMax;
    this.#sequence = 1;
  }

  #begin(bytes: Buffer): Ob20Head {
    try {
      const head = decodeOb20Head(bytes);
      this.#check(head);
      this.#head = head;
      this.#needed = ob20FrameSize(head);
      return head;
    } catch (error) {
      if (this.#isServer && this.#complete) this.#guessRequest();
      throw error;
    }
  }

  #joined(): Buffer {
    const [first] = this.#kept;
    if (this.#kept.length === 1 && first !== undefined) return first;
    const joined = Buffer.concat(this.#kept, this.#keptSize);
    this.#kept = [joined];
    return joined;
  }
}

const gatheredSizeMax = 4 * 1024;

function outOfOrder(received: Pick<Ob20Head, 'requestId' | 'sequence'>): ObError {
  return new ObError('ER_NET_PACKETS_OUT_OF_ORDER', [], { details: { received } });
}
