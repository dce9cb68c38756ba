import { closeSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** Where records go. */
export interface Output {
  /** Of what was written, since the beginning of it all; 0 where nobody can take anything back. */
  readonly size: number;
  write(text: string): Promise<void>;
  /** What was written is where it belongs when this is fulfilled. */
  sync(): Promise<void>;
  close(): void;
}

/** A file; what came after the bookmark is cut off, so that nothing is in it twice. */
export class FileOutput implements Output {
  readonly #descriptor: number;
  #size: number;

  constructor(file: string, size: number) {
    this.#descriptor = openSync(file, 'a+', 0o600);
    ftruncateSync(this.#descriptor, size);
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(this.#descriptor, bytes, offset);
    this.#size += bytes.length;
  }

  async sync(): Promise<void> {
    fsyncSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Standard output: as fast as it is read. What was read is another one's business. */
export class StreamOutput implements Output {
  readonly size = 0;
  readonly #stream: NodeJS.WritableStream;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  write(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  async sync(): Promise<void> {
    // Each write waited for its end.
  }

  close(): void {
    // It isn't ours.
  }
}
