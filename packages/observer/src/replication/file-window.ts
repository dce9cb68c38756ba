import type { LogFile } from './environment.ts';

/** Reads a file piece by piece through one buffer. */
export class FileWindow {
  readonly #file: LogFile;
  readonly #size: number;
  readonly #windowSize: number;
  #buffer = new Uint8Array(0);
  #start = 0;

  constructor(file: LogFile, options: { size: number; windowSize?: number }) {
    this.#file = file;
    this.#size = options.size;
    this.#windowSize = Math.min(options.windowSize ?? windowSizeMax, options.size);
  }

  /** As many bytes as asked for, fewer at the end of the file; valid until the next call. */
  bytes(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.#size - offset));
    const from = offset - this.#start;
    if (from < 0 || from + wanted > this.#buffer.length) return this.#read(offset, wanted);
    return this.#buffer.subarray(from, from + wanted);
  }

  /** The same, but what can't be read is as good as not there. */
  readable(offset: number, length: number): Uint8Array {
    try {
      return this.bytes(offset, length);
    } catch {
      return new Uint8Array(0);
    }
  }

  /** @returns where these bytes come next, at or behind an offset; not among what can't be read */
  find(wanted: Uint8Array, fromOffset: number): number | undefined {
    for (let offset = fromOffset; offset + wanted.length <= this.#size; ) {
      const bytes = this.readable(offset, pieceSize);
      const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(wanted);
      if (found !== -1) return offset + found;
      // Not byte by byte over what can't be read: a bad disk takes its time for each attempt.
      if (bytes.length > 0) offset += Math.max(1, bytes.length - wanted.length + 1);
      else offset += sectorSize - (offset % sectorSize);
    }
    return undefined;
  }

  #read(offset: number, wanted: number): Uint8Array {
    const piece = new Uint8Array(Math.max(wanted, Math.min(this.#windowSize, this.#size - offset)));
    try {
      this.#buffer = piece.subarray(0, this.#file.readSync(piece, offset));
    } catch (error) {
      // A bad sector further on must not hide what is wanted.
      if (wanted === piece.length) throw error;
      const exact = new Uint8Array(wanted);
      this.#buffer = exact.subarray(0, this.#file.readSync(exact, offset));
    }
    this.#start = offset;
    return this.#buffer.subarray(0, wanted);
  }
}

const windowSizeMax = 1024 * 1024;
const pieceSize = 64 * 1024;
const sectorSize = 512;
