import { ObError } from '@sealane/errors';
import type { ClusterView, Server } from './cluster-view.ts';
import type { SqlConnection, SqlRow } from './dialer.ts';

/** Opens a connection as root of the sys tenant to one node, or as its administrator to a proxy. */
export type Dial = (member: Server) => Promise<SqlConnection>;

/** One SQL connection to each node and each proxy, opened when first needed and again after it broke. */
export class SqlAccess {
  readonly #dial: Dial;
  readonly #connections = new Map<Server, Promise<SqlConnection>>();

  constructor(dial: Dial) {
    this.#dial = dial;
  }

  /**
   * @returns rows of texts, NULL as null
   * @throws ObError what the server answered, or why it could not be asked
   */
  async query(server: Server, text: string): Promise<readonly SqlRow[]> {
    const connection = await this.#connectionTo(server);
    try {
      return await connection.query(text);
    } catch (error) {
      if (!connection.usable) this.forget(server);
      throw error;
    }
  }

  /** Asks any node of the view that answers; `except` only when no other does. */
  async ask(view: ClusterView, text: string, except?: Server): Promise<readonly SqlRow[]> {
    const answering = view.nodes.filter((node) => node.answer !== undefined);
    const others = answering.filter((node) => node.server !== except);
    const node = others[0] ?? answering[0];
    if (node === undefined)
      throw new ObError('OB_TIMEOUT', [], { message: 'no node of the cluster answers' });
    return this.query(node.server, text);
  }

  /** Whether the connection to this node is encrypted. */
  async encrypted(server: Server): Promise<boolean> {
    const connection = await this.#connectionTo(server);
    return connection.encryption !== undefined;
  }

  forget(server: Server): void {
    const connection = this.#connections.get(server);
    this.#connections.delete(server);
    connection?.then(
      (open) => open.close(),
      () => undefined, // It never opened: there is nothing to close.
    );
  }

  close(): void {
    for (const server of [...this.#connections.keys()]) this.forget(server);
  }

  #connectionTo(server: Server): Promise<SqlConnection> {
    const known = this.#connections.get(server);
    if (known !== undefined) return known;
    const connection = this.#dial(server);
    this.#connections.set(server, connection);
    connection.catch(() => {
      if (this.#connections.get(server) === connection) this.#connections.delete(server);
    });
    return connection;
  }
}
