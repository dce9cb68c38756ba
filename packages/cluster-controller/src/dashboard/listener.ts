import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ObError } from '@sealane/errors';
import { contentType as metricsType } from '@sealane/metrics';
import type { HistoryPoint, Snapshot } from '../seeing/snapshot.ts';
import { EventStream, type StreamSink } from './event-stream.ts';
import type { PageFile } from './page-files.ts';

export interface DashboardOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  readonly files: ReadonlyMap<string, PageFile>;
  readonly history: () => readonly HistoryPoint[];
  readonly latest: () => Snapshot | undefined;
  /** The controller's own figures, for Prometheus. */
  readonly metrics: () => string;
}

const CONNECTIONS_MAX = 64;
const REQUEST_TIMEOUT_MS = 10_000;
/** So that a stream that nobody reads any more is noticed while nothing is told. */
const BEAT_MS = 10_000;

/** Nothing from elsewhere, nothing inline, nobody's frame. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** Serves the page, the stream it lives on, one snapshot for scripts, and metrics. Answers GET only: there is nothing to change. */
export class DashboardListener {
  readonly stream = new EventStream();
  readonly #options: DashboardOptions;
  readonly #server: Server;
  readonly #beats: NodeJS.Timeout;

  constructor(options: DashboardOptions) {
    this.#options = options;
    this.#server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: 16_384 },
      (request, response) => this.#answer(request, response),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#beats = setInterval(() => this.stream.beat(), BEAT_MS);
  }

  /**
   * @returns the port it listens on
   * @throws ObError OB_INVALID_CONFIG when the port can't be had
   */
  async start(): Promise<number> {
    const { host, port } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `can't serve the dashboard on ${host}:${port}: ${cause.code ?? cause.message}; choose another with --port, or 0 for a free one`;
      reject(new ObError('OB_INVALID_CONFIG', [], { message, cause }));
    });
    this.#server.listen({ host, port }, resolve);
    await promise;
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  async stop(): Promise<void> {
    clearInterval(this.#beats);
    this.stream.close();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const reply = this.#replyTo(request);
    if (reply === 'stream') this.#openStream(response);
    else end(response, reply);
  }

  #replyTo(request: IncomingMessage): Reply | 'stream' {
    if (!isOurName(request, this.#options.host)) return text(421, 'this is another host\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'GET only\n');
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path === '/events') return 'stream';
    if (path === '/snapshot.json') return this.#snapshot();
    if (path === '/metrics') return { status: 200, body: this.#options.metrics(), type: metricsType };
    const file = this.#options.files.get(path);
    return file === undefined
      ? text(404, 'nothing is here\n')
      : { status: 200, body: file.bytes, type: file.type };
  }

  #snapshot(): Reply {
    const latest = this.#options.latest();
    if (latest === undefined) return text(503, 'nothing was seen yet\n');
    return { status: 200, body: `${JSON.stringify(latest)}\n`, type: 'application/json' };
  }

  #openStream(response: ServerResponse): void {
    const sink = sinkOf(response);
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' });
    if (!this.stream.add(sink, this.#options.history(), this.#options.latest())) {
      // The page says so and tries again later; an error would make the browser give up.
      response.end('event: full\ndata: {}\n\n');
      return;
    }
    response.on('close', () => this.stream.remove(sink));
  }
}

interface Reply {
  readonly status: number;
  readonly body: string | Buffer;
  readonly type: string;
}

/** A page of somebody else whose name was made to lead here may not read it. */
function isOurName({ headers: { host = '' } }: IncomingMessage, own: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const loopback = ['127.0.0.1', 'localhost', '::1'];
  // Beyond loopback it is up to whoever put it there by which name people come.
  return !loopback.includes(own) || loopback.includes(name);
}

function sinkOf(response: ServerResponse): StreamSink {
  return {
    get pendingSize() {
      return response.writableLength;
    },
    write: (text) => {
      response.write(text);
    },
    drop: () => response.destroy(),
  };
}

function text(status: number, body: string): Reply {
  return { status, body, type: 'text/plain' };
}

function end(response: ServerResponse, { status, body, type }: Reply): void {
  response.writeHead(status, { ...headers, 'content-type': type });
  response.end(body);
}
