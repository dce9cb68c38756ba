import type { Call } from './calls.ts';

/** Bytes that may wait; what is over it is refused, as not sent. */
const QUEUE_SIZE_MAX_DEFAULT = 64 * 1024 * 1024;
/** Shifted entries are cut off the array in such blocks, since each cut moves the rest. */
const TRIM_COUNT = 1024;

export interface QueuedPacket {
  readonly bytes: Buffer;
  /** Undefined for a post. */
  readonly call: Call | undefined;
}

/** Packets of one link that no byte of has left yet, oldest first. */
export class OutgoingQueue {
  #packets: (QueuedPacket | undefined)[] = [];
  #first = 0;
  #size = 0;
  readonly #sizeMax: number;

  constructor(sizeMax = QUEUE_SIZE_MAX_DEFAULT) {
    this.#sizeMax = sizeMax;
  }

  /** Bytes. */
  get size(): number {
    return this.#size;
  }

  /** @returns false when there is no room for it */
  push(bytes: Buffer, call: Call | undefined): boolean {
    if (this.#size > 0 && this.#size + bytes.length > this.#sizeMax) return false;
    this.#packets.push({ bytes, call });
    this.#size += bytes.length;
    return true;
  }

  shift(): QueuedPacket | undefined {
    while (this.#first < this.#packets.length) {
      const packet = this.#packets[this.#first];
      this.#packets[this.#first] = undefined;
      this.#first += 1;
      if (packet === undefined) continue;
      this.#size -= packet.bytes.length;
      this.#trim();
      return packet;
    }
    this.clear();
    return undefined;
  }

  /** For a call that is given up before it was sent. */
  remove(call: Call): void {
    const index = this.#packets.findIndex((packet) => packet?.call === call);
    const packet = this.#packets[index];
    if (packet === undefined) return;
    this.#packets[index] = undefined;
    this.#size -= packet.bytes.length;
  }

  clear(): void {
    this.#packets = [];
    this.#first = 0;
    this.#size = 0;
  }

  #trim(): void {
    if (this.#first < TRIM_COUNT) return;
    this.#packets.splice(0, this.#first);
    this.#first = 0;
  }
}
