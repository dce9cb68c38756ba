import { createServer, type Server, type Socket } from 'node:net';
import { ObError } from '@sealane/errors';
import { AcceptedConnection } from './accepted-connection.ts';
import type { Admission } from './accepted-link.ts';
import { FRAME_SIZE_MAX_DEFAULT } from './frame.ts';
import { LINK_TIMINGS_DEFAULT } from './link.ts';
import type { Encrypter, LinkWatcher, Logger, SecureFacts } from './link-ports.ts';
import type { UsslMethod } from './negotiation.ts';
import type { Identification } from './pcode.ts';
import type { RpcHandler } from './request-dispatcher.ts';

export interface AcceptorOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly self: Identification;
  /** By pcode; may grow while the acceptor runs. */
  readonly handlers: ReadonlyMap<number, RpcHandler>;
  /** The policy of this moment, asked for each new socket. */
  readonly admit: (peer: { readonly address: string }) => Admission;
  readonly encrypter: Encrypter;
  readonly watcher: LinkWatcher;
  readonly logger: Logger;
  readonly onOpened?: (link: AcceptedFacts) => void;
  /** Throws an ObError to refuse a peer that said who it is. */
  readonly onIdentified?: (
    peer: Identification,
    facts: SecureFacts | undefined,
    link: { readonly peerAddress: string },
  ) => void;
  readonly firstBytesTimeoutMs?: number;
  readonly secureTimeoutMs?: number;
  readonly deadAfterMs?: number;
  readonly frameSizeMax?: number;
  readonly connectionsMax?: number;
  /** Of those, the ones that have not said who they are; one more pushes out the one that has waited longest. */
  readonly strangersMax?: number;
  readonly requestsInFlightMax?: number;
}

export interface AcceptedFacts {
  /** `ip:port`. */
  readonly localAddress: string;
  readonly peerAddress: string;
  /** SSL_IO: encrypted, whichever way it was negotiated. */
  readonly method: UsslMethod;
}

const CONNECTIONS_MAX_DEFAULT = 4_096;
const STRANGERS_MAX_DEFAULT = 1_024;
const REQUESTS_IN_FLIGHT_MAX_DEFAULT = 10_000;

/** The RPC port: one port for links in clear and over TLS. */
export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #server: Server;
  readonly #connections = new Set<AcceptedConnection>();
  #allGone: PromiseWithResolvers<void> | undefined;

  constructor(options: AcceptorOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => this.#accept(socket));
  }

  /** @throws ObError OB_INVALID_CONFIG when the port can't be had */
  async listen(): Promise<{ readonly host: string; readonly port: number }> {
    const { host, port } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', (error) => reject(cannotListen(host, port, error)));
    this.#server.listen({ host, port }, resolve);
    await promise;
    const address = this.#server.address();
    return { host, port: typeof address === 'object' && address !== null ? address.port : port };
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Closes the links of one server, for instance so that it dials again. */
  closeLinksFrom(server: string, reason: string): void {
    const why = new ObError('OB_RPC_NEED_RECONNECT', [], { message: reason });
    for (const connection of this.#connections) if (connection.peer?.server === server) connection.close(why);
  }

  /** Accepts nothing new, answers what is being worked on, closes every link. */
  async drain(timeoutMs: number): Promise<void> {
    this.#server.close();
    const deadline = performance.now() + timeoutMs;
    for (const connection of this.#connections) connection.drain(deadline);
    await this.#gone();
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const connection of this.#connections) connection.close();
    await this.#gone();
  }

  #accept(socket: Socket): void {
    const { logger } = this.#options;
    const remoteIp = plainIp(socket.remoteAddress);
    const peerAddress = `${remoteIp}:${socket.remotePort ?? 0}`;
    const connectionsMax = this.#options.connectionsMax ?? CONNECTIONS_MAX_DEFAULT;
    if (!this.#makeRoom(connectionsMax)) {
      logger.warn({ dest: peerAddress, connections_max: connectionsMax }, 'rpc connection refused: too many');
      socket.destroy();
      return;
    }
    const localAddress = `${plainIp(socket.localAddress)}:${socket.localPort}`;
    const connection: AcceptedConnection = new AcceptedConnection({
      ...this.#settings(),
      socket,
      remoteAddress: peerAddress,
      admission: this.#options.admit({ address: remoteIp }),
      record: this.#options.watcher.open({
        kind: 'RPC',
        direction: 'IN',
        localAddress,
        peerAddress,
        counter: socket,
      }),
      onOpened: (method) => this.#options.onOpened?.({ localAddress, peerAddress, method }),
      onIdentified: (peer, facts) => this.#options.onIdentified?.(peer, facts, { peerAddress }),
      onClosed: (why) => {
        if (why !== undefined)
          logger.warn(
            { local_addr: localAddress, dest: peerAddress, reason: why.message },
            'rpc connection closed',
          );
      },
      onGone: () => this.#forget(connection),
    });
    this.#connections.add(connection);
  }

  /**
   * Half-open links never keep a server out: the stranger that has waited longest goes.
   *
   * @returns whether there is room for one more
   */
  #makeRoom(connectionsMax: number): boolean {
    const strangersMax = this.#options.strangersMax ?? STRANGERS_MAX_DEFAULT;
    const strangers = [...this.#connections].filter((connection) => connection.peer === undefined);
    if (this.#connections.size < connectionsMax && strangers.length < strangersMax) return true;
    const [oldest] = strangers;
    if (oldest === undefined) return false;
    // At once: it would be the oldest the next time, too.
    this.#connections.delete(oldest);
    oldest.close(
      new ObError('OB_CONNECT_ERROR', [], {
        message: `${strangers.length} links have not said who they are, and this one has waited longest`,
      }),
    );
    return true;
  }

  #settings() {
    const options = this.#options;
    return {
      self: options.self,
      handlers: options.handlers,
      encrypter: options.encrypter,
      logger: options.logger,
      frameSizeMax: options.frameSizeMax ?? FRAME_SIZE_MAX_DEFAULT,
      requestsInFlightMax: options.requestsInFlightMax ?? REQUESTS_IN_FLIGHT_MAX_DEFAULT,
      timings: {
        firstBytesTimeoutMs: options.firstBytesTimeoutMs ?? LINK_TIMINGS_DEFAULT.negotiateTimeoutMs,
        secureTimeoutMs: options.secureTimeoutMs ?? LINK_TIMINGS_DEFAULT.secureTimeoutMs,
        deadAfterMs: options.deadAfterMs ?? LINK_TIMINGS_DEFAULT.deadAfterMs,
        pingEveryMs: LINK_TIMINGS_DEFAULT.pingEveryMs,
      },
    };
  }

  #forget(connection: AcceptedConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#allGone?.resolve();
  }

  async #gone(): Promise<void> {
    if (this.#connections.size === 0) return;
    this.#allGone ??= Promise.withResolvers();
    await this.#allGone.promise;
  }
}

/** On a port that is open for both, IPv4 peers come as `::ffff:10.0.0.1`. Undefined once the peer is gone. */
function plainIp(address: string | undefined): string {
  return address?.replace(/^::ffff:/, '') ?? 'unknown';
}

function cannotListen(host: string, port: number, error: Error & { readonly code?: string }): ObError {
  const what =
    error.code === 'EADDRINUSE'
      ? 'the port is taken; stop what listens there, or choose another rpc_port (-P)'
      : error.code === 'EADDRNOTAVAIL'
        ? 'this machine does not have that address; correct local_ip (-I)'
        : error.message;
  return new ObError('OB_INVALID_CONFIG', [], {
    message: `cannot listen for RPC on ${host}:${port}: ${what}`,
    cause: error,
  });
}
