import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { tlsOptions } from '@sealane/transport-security';

const CONNECT_TIMEOUT_MS = 2_000;

export interface ProbeAddress {
  readonly host: string;
  readonly port: number;
}

/** Certificates to show, PEM; none when undefined. */
export interface Papers {
  readonly certificate: string;
  readonly key: string;
}

/** How a wait for bytes ended: something was found in them, the peer closed, the socket broke, nothing came in time. */
export type Heard =
  | { readonly kind: 'found'; readonly bytes: Buffer }
  | { readonly kind: 'closed'; readonly bytes: Buffer }
  | { readonly kind: 'broken'; readonly bytes: Buffer; readonly why: string; readonly code: string }
  | { readonly kind: 'silence'; readonly bytes: Buffer };

/** A connection that is used for one attempt. Whatever comes is kept; errors are part of the answer. */
export class ProbeSocket {
  readonly #socket: Socket | TLSSocket;
  readonly from: string;
  #bytes = Buffer.alloc(0);
  #ended = false;
  #error: NodeJS.ErrnoException | undefined;
  #wake = (): void => undefined;

  constructor(socket: Socket | TLSSocket, from: string) {
    this.#socket = socket;
    this.from = from;
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#error ??= error;
      this.#wake();
    });
    for (const event of ['end', 'close'] as const)
      socket.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
  }

  /** The bare socket, for whoever goes on with it; what came in before stays here. */
  get socket(): Socket | TLSSocket {
    return this.#socket;
  }

  /** Protocol and suite, once TLS is spoken. */
  get tls(): string | undefined {
    if (!('getProtocol' in this.#socket)) return undefined;
    return `${this.#socket.getProtocol() ?? 'TLS'} ${this.#socket.getCipher()?.name ?? ''}`.trim();
  }

  send(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Waits until `found` likes what has come so far, or nothing more will come. */
  async hear(found: (bytes: Buffer) => boolean, timeoutMs: number): Promise<Heard> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const bytes = this.#bytes;
      if (bytes.length > 0 && found(bytes)) return { kind: 'found', bytes };
      if (this.#error !== undefined)
        return { kind: 'broken', bytes, why: this.#error.message, code: this.#error.code ?? '' };
      if (this.#ended) return { kind: 'closed', bytes };
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) return { kind: 'silence', bytes };
      await this.#more(leftMs);
    }
  }

  /** Bytes up to here are dealt with. */
  forget(): void {
    this.#bytes = Buffer.alloc(0);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #more(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** @returns the connection, or why there is none */
export function dialProbe({ host, port }: ProbeAddress): Promise<ProbeSocket | string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    const fail = (why: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(`no connection to ${host}:${port}: ${why}`);
    };
    const timer = setTimeout(() => fail(`none within ${CONNECT_TIMEOUT_MS / 1000} s`), CONNECT_TIMEOUT_MS);
    const broken = (error: Error): void => fail(error.message);
    socket.once('error', broken);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', broken);
      resolve(new ProbeSocket(socket, `${socket.localAddress}:${socket.localPort}`));
    });
  });
}

/**
 * Starts TLS as client. Whose certificate the other end shows is not asked: it is the other end that is on trial.
 *
 * @returns at once; a handshake that fails shows as an error of the connection
 */
export function startTls(plain: ProbeSocket, papers: Papers | undefined, serverName?: string): ProbeSocket {
  const { socket } = plain;
  socket.removeAllListeners('data');
  const secured = connectTls({
    ...tlsOptions(),
    socket,
    rejectUnauthorized: false,
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(papers === undefined ? {} : { cert: papers.certificate, key: papers.key }),
  });
  return new ProbeSocket(secured, plain.from);
}
