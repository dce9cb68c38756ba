import { createServer, type Server, type Socket } from 'node:net';
import { ObError } from '@sealane/errors';

/** A client's connection. */
export type ClientSocket = Socket;

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  accept(socket: ClientSocket): void;
}

/** The port for clients. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => options.accept(socket));
  }

  /** @returns the port it listens on. @throws ObError OB_CONNECT_ERROR */
  start(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const message = `can't listen on ${host}:${port}: ${cause.code ?? cause.message}; free the port or choose another with --listen-port`;
        reject(new ObError('OB_CONNECT_ERROR', [], { message, cause }));
      });
      this.#server.listen({ host, port, backlog }, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** No new clients. */
  stop(): void {
    this.#server.close();
  }
}

const backlog = 511;
