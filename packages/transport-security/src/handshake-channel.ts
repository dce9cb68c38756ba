import { Duplex } from 'node:stream';
import { RecordSplitter } from './record-splitter.ts';

/**
 * What TLS talks over while it only authenticates: it takes TLS records off a socket and puts TLS records on it, and leaves
 * the socket as it was, every later byte still in it. Destroying the channel does nothing to the socket.
 */
export class HandshakeChannel extends Duplex {
  /** Fulfilled when TLS has written its last byte, the goodbye included. */
  readonly said: Promise<void>;
  readonly #socket: Duplex;
  readonly #splitter = new RecordSplitter();
  /** Bytes behind the peer's last record. */
  #clear: Buffer | undefined;
  #said: () => void = () => undefined;

  constructor(socket: Duplex) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.said = new Promise((resolve) => {
      this.#said = resolve;
    });
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('close', this.#onClose);
    socket.on('error', this.#onError);
    socket.resume();
  }

  /** Lets go of the socket, paused; bytes that were read too far are back in it. */
  release(): void {
    const socket = this.#socket;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onClose);
    socket.off('error', this.#onError);
    socket.pause();
    const clear = this.#clear;
    this.#clear = undefined;
    if (clear !== undefined && clear.length > 0) socket.unshift(clear);
  }

  override _read(): void {
    if (this.#clear === undefined) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  /** TLS has shut down its side. The socket's stays open. */
  override _final(done: () => void): void {
    this.#said();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      const { records, clear } = this.#splitter.push(chunk);
      if (records.length > 0 && !this.push(records)) this.#socket.pause();
      if (clear !== undefined) this.#keep(clear);
    } catch (error) {
      this.destroy(error as Error);
    }
  };

  /** What follows stays in the socket, for whoever speaks in clear. There is no more TLS: who waits for some has failed. */
  #keep(clear: Buffer): void {
    this.push(null);
    this.#clear = clear;
    this.#socket.pause();
    this.#socket.off('data', this.#onData);
  }

  readonly #onEnd = (): void => {
    this.push(null);
  };

  readonly #onClose = (): void => {
    this.destroy();
  };

  readonly #onError = (error: Error): void => {
    this.destroy(error);
  };
}
