import type { Writable } from 'node:stream';

/** Gathered bytes up to this size are joined; above it copying costs more than a gathered write. */
const JOIN_SIZE_MAX = 256 * 1024;
/** Unwritten bytes at which the writer says it is backed up. */
const BACKED_UP_SIZE = 1024 * 1024;

/** Writes once a tick, whatever was handed over in it: a system call and a TLS record for many frames. */
export class BatchedWriter {
  readonly #stream: Writable;
  readonly #written: (error?: Error | null) => void;
  #batch: Uint8Array[] = [];
  #size = 0;
  #scheduled = false;

  /** @param written  told when all that was handed over has left */
  constructor(stream: Writable, written: () => void) {
    this.#stream = stream;
    this.#written = (error) => {
      if (error === null || error === undefined) written();
    };
  }

  /** True while the peer does not read as fast as we write; wait for the stream's `drain`. */
  get backedUp(): boolean {
    return this.backlogSize > BACKED_UP_SIZE;
  }

  /** Bytes that the system hasn't taken yet. */
  get backlogSize(): number {
    return this.#size + this.#stream.writableLength;
  }

  write(bytes: Uint8Array): void {
    this.#batch.push(bytes);
    this.#size += bytes.length;
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => this.flush());
  }

  /** Without waiting for the end of the tick, behind what was handed over in it already. */
  writeNow(bytes: Uint8Array): void {
    this.#batch.push(bytes);
    this.#size += bytes.length;
    this.flush();
  }

  flush(): void {
    const batch = this.#batch;
    const size = this.#size;
    this.#batch = [];
    this.#size = 0;
    this.#scheduled = false;
    if (size === 0 || !this.#stream.writable) return;
    if (size <= JOIN_SIZE_MAX) {
      this.#stream.write(batch.length === 1 ? batch[0] : Buffer.concat(batch, size), this.#written);
      return;
    }
    this.#stream.cork();
    for (const bytes of batch) this.#stream.write(bytes, this.#written);
    this.#stream.uncork();
  }
}
