import { ObError } from '@sealane/errors';
import { describeBytes } from './describe-bytes.ts';
import { FRAME_HEADER_SIZE, FRAME_MAGIC, FRAME_SIZE_MAX_DEFAULT, type Frame } from './frame.ts';

/**
 * Cuts a stream of bytes into frames. A frame that lies in one chunk is not copied; one that is
 * spread over chunks is joined once, when it is whole. A magic or a length that can't be right is
 * refused as soon as its bytes are there, before any memory is taken for the payload.
 */
export class FrameDecoder {
  readonly #frameSizeMax: number;
  /** Of the frame that comes next. */
  #nextSizeMax: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Bytes that must be there before there is anything to do. */
  #needed = FRAME_HEADER_SIZE;

  /** @param options  `firstSizeMax`: of the first frame, whose sender nobody knows yet */
  constructor(options: { readonly frameSizeMax?: number; readonly firstSizeMax?: number } = {}) {
    this.#frameSizeMax = options.frameSizeMax ?? FRAME_SIZE_MAX_DEFAULT;
    this.#nextSizeMax = Math.min(this.#frameSizeMax, options.firstSizeMax ?? this.#frameSizeMax);
  }

  /** Bytes of an unfinished frame. */
  get pendingSize(): number {
    return this.#size;
  }

  /**
   * @returns the frames that this chunk completes, in order; often none
   * @throws ObError OB_RPC_PACKET_INVALID, OB_RPC_PACKET_TOO_LONG; the decoder is of no use afterwards
   */
  push(chunk: Buffer): Frame[] {
    this.#add(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) {
      this.#checkMagicSoFar();
      return [];
    }
    return this.#cut(this.#join());
  }

  /** Bytes that drip in must not cost an object each. */
  #add(chunk: Buffer): void {
    const last = this.#chunks.at(-1);
    if (last !== undefined && chunk.length + last.length <= GATHERED_SIZE_MAX) {
      this.#chunks[this.#chunks.length - 1] = Buffer.concat([last, chunk]);
    } else if (chunk.length > 0) this.#chunks.push(chunk);
  }

  #cut(bytes: Buffer): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    this.#needed = FRAME_HEADER_SIZE;
    while (bytes.length - at >= FRAME_HEADER_SIZE) {
      const end = at + FRAME_HEADER_SIZE + this.#readLength(bytes, at);
      if (end > bytes.length) {
        this.#needed = end - at;
        break;
      }
      frames.push({
        channelId: bytes.readUInt32BE(at + 8),
        payload: bytes.subarray(at + FRAME_HEADER_SIZE, end),
      });
      at = end;
      this.#nextSizeMax = this.#frameSizeMax;
    }
    this.#keep(bytes.subarray(at));
    return frames;
  }

  #readLength(bytes: Buffer, at: number): number {
    if (bytes.readUInt32BE(at) !== FRAME_MAGIC) throw notAFrame(bytes.subarray(at));
    const length = bytes.readUInt32BE(at + 4);
    const frameSizeMax = this.#nextSizeMax;
    if (length > frameSizeMax) {
      throw new ObError('OB_RPC_PACKET_TOO_LONG', [], {
        message: `an OB-RPC frame of ${length} bytes is over the limit of ${frameSizeMax}; the link is closed`,
        details: { length, frameSizeMax },
      });
    }
    return length;
  }

  #join(): Buffer {
    const [only] = this.#chunks;
    const bytes =
      this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks, this.#size);
    return bytes;
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    this.#checkMagicSoFar();
  }

  /** Rubbish shorter than a header must not sit here until its sender gives up. */
  #checkMagicSoFar(): void {
    if (this.#needed !== FRAME_HEADER_SIZE || this.#size === 0) return;
    const head = this.#join();
    for (let at = 0; at < Math.min(head.length, 4); at++) {
      if (head[at] !== ((FRAME_MAGIC >>> (24 - 8 * at)) & 0xff)) throw notAFrame(head);
    }
  }
}

/** Chunks up to this size are put together as they come: copying costs less than what each of them would take. */
const GATHERED_SIZE_MAX = 4 * 1024;

function notAFrame(head: Buffer): ObError {
  return new ObError('OB_RPC_PACKET_INVALID', [], {
    message: `expected an OB-RPC frame, got ${describeBytes(head)}`,
    details: { head: head.subarray(0, 32).toString('hex') },
  });
}
