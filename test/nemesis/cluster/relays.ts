import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Network, NetworkNode } from './network.ts';

/**
 * A TCP hop for each ordered pair of nodes, for machines without the right to make network namespaces. A cut way takes
 * connections and bytes and passes nothing on, in one direction or both, as a network does that loses everything. When
 * it heals, connections that lost bytes are broken: TCP can't go on without them.
 */
export class RelayNetwork implements Network {
  readonly kind = 'TCP relays between the nodes';
  readonly addresses: readonly string[];
  readonly #ways = new Map<string, Way>();

  constructor(count: number) {
    this.addresses = Array.from({ length: count }, () => '127.0.0.1');
  }

  async hooks(nodes: readonly NetworkNode[]): Promise<Record<string, unknown>> {
    const relays: Record<string, Record<string, number>> = {};
    for (const from of nodes) {
      const ports: Record<string, number> = {};
      for (const to of nodes) {
        if (to === from) continue;
        const way = new Way({ host: to.ip, port: to.rpcPort });
        this.#ways.set(key(from.name, to.name), way);
        ports[`${to.ip}:${to.rpcPort}`] = await way.listen();
      }
      relays[from.name] = ports;
    }
    return { relays };
  }

  /** Bytes go from one node to another on the links that either of them has dialled. */
  async cut(from: string, to: string): Promise<void> {
    this.#ways.get(key(from, to))?.cut('forth');
    this.#ways.get(key(to, from))?.cut('back');
  }

  async lose(): Promise<boolean> {
    return false;
  }

  async heal(): Promise<void> {
    for (const way of this.#ways.values()) way.heal();
  }

  async close(): Promise<void> {
    for (const way of this.#ways.values()) way.close();
  }
}

type Direction = 'forth' | 'back';

class Way {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #lossy = new Set<Socket>();
  readonly #cut: Record<Direction, boolean> = { forth: false, back: false };

  constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  cut(direction: Direction): void {
    this.#cut[direction] = true;
  }

  heal(): void {
    this.#cut.forth = false;
    this.#cut.back = false;
    for (const socket of this.#lossy) socket.destroy();
    this.#lossy.clear();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(client: Socket): void {
    // A connection that is begun while the way is cut never comes up; its dialler sees silence.
    const upstream = connect(this.#target);
    this.#pass(client, upstream, 'forth');
    this.#pass(upstream, client, 'back');
  }

  #pass(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      if (this.#cut[direction]) this.#lossy.add(from);
      else if (!this.#lossy.has(from) && !to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    // Its end is a packet like any other.
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      if (this.#cut[direction]) this.#lossy.add(to);
      else to.destroy();
    });
  }
}

function key(from: string, to: string): string {
  return `${from} ${to}`;
}
