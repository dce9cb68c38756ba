import type { ClientSession } from '@sealane/mysql-protocol';
import { locationsQuery, serversQuery, type Topology, topologyOf } from './topology.ts';

/** A connection of the proxy's own, made under some rule about TLS. */
export interface OwnSession<Tls> {
  readonly session: ClientSession;
  readonly tls: Tls;
}

export interface TopologyReaderOptions<Tls> {
  /** `ip:sql_port`, in the order in which they are tried. */
  addresses(): Iterable<string>;
  /** Logs in. @throws ObError */
  connect(address: string): Promise<OwnSession<Tls>>;
  /** Whether such a connection would be made now. */
  isCurrent(tls: Tls): boolean;
}

/** Reads the topology over one connection, to whichever server answers. */
export class TopologyReader<Tls> {
  readonly #options: TopologyReaderOptions<Tls>;
  #open: OwnSession<Tls> | undefined;

  constructor(options: TopologyReaderOptions<Tls>) {
    this.#options = options;
  }

  /** @throws ObError of the last server that was tried */
  async read(): Promise<Topology> {
    const session = await this.#session();
    try {
      const servers = await session.query(serversQuery);
      const locations = await session.query(locationsQuery);
      return topologyOf(servers.rows, locations.rows);
    } catch (error) {
      session.close();
      throw error;
    }
  }

  close(): void {
    this.#open?.session.close();
    this.#open = undefined;
  }

  async #session(): Promise<ClientSession> {
    const { addresses, connect, isCurrent } = this.#options;
    if (this.#open?.session.usable === true && isCurrent(this.#open.tls)) return this.#open.session;
    this.close();
    let last: unknown;
    for (const address of addresses()) {
      try {
        this.#open = await connect(address);
        return this.#open.session;
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }
}
