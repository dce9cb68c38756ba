import type { AdminSession } from './admin/admin-session.ts';
import type { ProxySession } from './session/proxy-session.ts';

/** A client that is logged in. */
export interface Client {
  /** What it was greeted with: `CONNECTION_ID()` as the proxy sees it. */
  readonly id: number;
  readonly user: string;
  readonly tenant: string;
  /** As the client named it; empty where it didn't. */
  readonly cluster: string;
  readonly ip: string;
  readonly port: number;
  /** It came over TLS. */
  readonly encrypted: boolean;
  readonly session: ProxySession | AdminSession;
}

/** All clients that are logged in, by id. */
export class ClientTable {
  readonly #clients = new Map<number, Client>();
  #lastId = 0;

  /** An id that no client has. */
  nextId(): number {
    do this.#lastId = (this.#lastId % 0x7fff_ffff) + 1;
    while (this.#clients.has(this.#lastId));
    return this.#lastId;
  }

  add(client: Client): void {
    this.#clients.set(client.id, client);
  }

  delete(id: number): void {
    this.#clients.delete(id);
  }

  get(id: number): Client | undefined {
    return this.#clients.get(id);
  }

  get size(): number {
    return this.#clients.size;
  }

  list(): readonly Client[] {
    return [...this.#clients.values()];
  }
}
