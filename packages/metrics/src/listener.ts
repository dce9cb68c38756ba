import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { ObError } from '@sealane/errors';
import { contentType } from './exposition.ts';

export interface MetricsListenerOptions {
  /** Loopback, or an address that a scraper reaches: whoever does may read. */
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** The whole text. Not asked again while it is being made. */
  readonly collect: () => Promise<string>;
  readonly logger: { warn(fields: object, message: string): void };
}

/** Scrapers are few. */
const connectionsMax = 16;
const requestTimeoutMs = 10_000;

/** `GET /metrics`, and nothing else, over HTTP in clear: the text holds no secrets. */
export class MetricsListener {
  readonly #options: MetricsListenerOptions;
  readonly #server: Server;
  #text: Promise<string> | undefined;

  constructor(options: MetricsListenerOptions) {
    this.#options = options;
    this.#server = createServer(
      { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs, maxHeaderSize: 8_192 },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = connectionsMax;
  }

  /**
   * @returns the port it listens on
   * @throws ObError OB_INVALID_CONFIG when the port can't be had
   */
  async start(): Promise<number> {
    const { host, port } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', (cause: NodeJS.ErrnoException) => {
      const at = isIPv6(host) ? `[${host}]` : host;
      const message = `can't serve metrics on ${at}:${port}: ${cause.code ?? cause.message}; choose another port`;
      reject(new ObError('OB_INVALID_CONFIG', [], { message, cause }));
    });
    this.#server.listen({ host, port }, resolve);
    await promise;
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const path = (request.url ?? '').split('?')[0];
    if (path !== '/metrics') return end(response, 404, 'text/plain', 'only /metrics is here\n');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return end(response, 405, 'text/plain', 'GET only\n');
    try {
      const text = await this.#collected();
      end(response, 200, contentType, request.method === 'HEAD' ? '' : text);
    } catch (error) {
      this.#options.logger.warn({ error: String(error) }, 'metrics could not be collected');
      end(response, 503, 'text/plain', 'not now\n');
    }
  }

  /** Those who ask at the same time get the same. */
  #collected(): Promise<string> {
    if (this.#text !== undefined) return this.#text;
    const text = this.#options.collect();
    this.#text = text;
    const forget = (): void => {
      if (this.#text === text) this.#text = undefined;
    };
    text.then(forget, forget);
    return text;
  }
}

function end(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}
