import { decodePayload, encodePayload } from '@sealane/ob-rpc';
import type { Channel } from './channel.ts';
import { ownBytes } from './channel.ts';
import type { Exchange } from './exchange.ts';
import type { CallArgument, ToLogThread, ToSqlThread } from './messages.ts';
import { mapPieces } from './pieces.ts';

export interface MeshClientOptions {
  readonly exchange: Pick<Exchange, 'ask' | 'open'>;
  readonly channel: Pick<Channel<ToLogThread, ToSqlThread>, 'post'>;
  readonly self: string;
  /** `ip:rpc_port` of all servers; this one is left out by itself. */
  readonly servers: readonly string[];
}

interface CallOptions {
  readonly timeoutMs: number;
  readonly tenantId?: number;
}

/** The links to the other servers as the SQL thread uses them; the sockets are the log thread's. See `Peers`. */
export class MeshClient {
  readonly #options: MeshClientOptions;
  #servers: readonly string[];

  constructor(options: MeshClientOptions) {
    this.#options = options;
    this.#servers = this.#others(options.servers);
  }

  /** The servers dialled, without this one. */
  get servers(): readonly string[] {
    return this.#servers;
  }

  setServers(servers: readonly string[]): void {
    this.#servers = this.#others(servers);
    this.#options.channel.post({ kind: 'servers', servers });
  }

  /** @throws ObError as Peers.call */
  async call(server: string, pcode: number, body: unknown, options: CallOptions): Promise<unknown> {
    const argument = callArgument(server, pcode, body, options);
    return decodeBytes(await this.#options.exchange.ask('call', argument, argument.body));
  }

  /** @throws ObError as Peers.stream */
  stream(server: string, pcode: number, body: unknown, options: CallOptions): AsyncIterableIterator<unknown> {
    const argument = callArgument(server, pcode, body, options);
    return mapPieces(this.#options.exchange.open('stream', argument, argument.body), decodeBytes);
  }

  /** One way: nobody learns whether it was even sent. */
  post(server: string, pcode: number, body: unknown, options: { readonly tenantId?: number } = {}): void {
    const bytes = ownBytes(encodePayload(body));
    const { tenantId } = options;
    this.#options.channel.post({ kind: 'packet', server, pcode, tenantId, body: bytes }, bytes);
  }

  #others(servers: readonly string[]): readonly string[] {
    return servers.filter((server) => server !== this.#options.self);
  }
}

function callArgument(
  server: string,
  pcode: number,
  body: unknown,
  { timeoutMs, tenantId }: CallOptions,
): CallArgument {
  return { server, pcode, tenantId, timeoutMs, body: ownBytes(encodePayload(body)) };
}

function decodeBytes(bytes: unknown): unknown {
  return decodePayload(bytes as Uint8Array);
}
