import { ObError } from '@sealane/errors';
import { type Packet, PacketDecoder } from '@sealane/mysql-protocol';
import type { ServerStream } from './server-link.ts';

/** Packets of a login come one at a time, each waited for. */
export class PacketReader {
  readonly #decoder = new PacketDecoder(loginPayloadMax);
  #stream: ServerStream;
  #closed: ObError | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: ServerStream) {
    this.#stream = stream;
    this.#listen();
  }

  /** @throws ObError OB_CONNECT_ERROR when the stream ends, OB_TIMEOUT, ER_MALFORMED_PACKET */
  async next(timeoutMs: number): Promise<Packet> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const packet = this.#decoder.next();
      if (packet !== undefined) return packet;
      if (this.#closed !== undefined) throw this.#closed;
      await this.#wait(deadline - performance.now());
    }
  }

  /** Goes on over this stream: the TLS one. */
  attach(stream: ServerStream): void {
    this.#stream = stream;
    this.#listen();
  }

  /** Lets go of the stream. @returns bytes that came behind the last packet */
  detach(): Uint8Array {
    this.#stream.off('data', this.#received);
    this.#stream.off('error', this.#failed);
    this.#stream.off('close', this.#ended);
    return this.#decoder.takeRest();
  }

  #listen(): void {
    this.#stream.on('data', this.#received);
    this.#stream.on('error', this.#failed);
    this.#stream.on('close', this.#ended);
  }

  readonly #received = (chunk: Uint8Array): void => {
    this.#decoder.push(chunk);
    this.#wake?.();
  };

  readonly #failed = (error: Error): void => this.#over(error.message);

  readonly #ended = (): void => this.#over('the server closed the connection');

  #over(reason: string): void {
    this.#closed ??= new ObError('OB_CONNECT_ERROR', [], { message: `Connect error: ${reason}` });
    this.#wake?.();
  }

  #wait(leftMs: number): Promise<void> {
    if (leftMs <= 0) throw new ObError('OB_TIMEOUT', [], { message: 'the server does not answer a login' });
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, leftMs);
    this.#wake = resolve;
    return promise.finally(() => {
      clearTimeout(timer);
      this.#wake = undefined;
    });
  }
}

/** A greeting or an OK of a login is small; its session changes may be some. */
const loginPayloadMax = 1024 * 1024;
