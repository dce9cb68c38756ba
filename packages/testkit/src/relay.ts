import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Teardown } from './cluster.ts';

/** Bytes kept from each direction; what comes later is passed on and not kept. */
const KEPT_SIZE_MAX = 64 * 1024 * 1024;

/** A hop between a client and a server that sees every byte and can cut the line. */
export interface Relay {
  readonly port: number;
  /** What clients sent so far, all connections one after the other as it came. */
  fromClients(): Buffer;
  /** What the server sent so far. */
  fromServer(): Buffer;
  /** Cuts every connection that is open now. */
  cut(): void;
  readonly connections: number;
}

export async function startRelay(test: Teardown, target: { host: string; port: number }): Promise<Relay> {
  const sent = new Tape();
  const received = new Tape();
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(target);
    join(client, upstream, sent);
    join(upstream, client, received);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  test.teardown(() => {
    cut();
    server.close();
  });
  const port = await listening(server);
  return {
    port,
    fromClients: () => sent.bytes(),
    fromServer: () => received.bytes(),
    cut,
    get connections() {
      return connections;
    },
  };
}

class Tape {
  readonly #chunks: Buffer[] = [];
  #size = 0;

  keep(chunk: Buffer): void {
    if (this.#size + chunk.length > KEPT_SIZE_MAX) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

function join(from: Socket, to: Socket, tape: Tape): void {
  from.on('data', (chunk: Buffer) => {
    tape.keep(chunk);
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
  from.on('error', () => to.destroy()); // One half broke: the other is told by its own close.
  from.on('close', () => to.destroy());
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
