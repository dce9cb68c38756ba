import { createServer, type Server, type Socket } from 'node:net';
import { FakeSession } from './fake-session.ts';

/** What becomes of a server at a command that it got. */
export type Fate =
  | 'lives'
  /** Nothing was done. */
  | 'dies before'
  /** Done, and not a byte of the answer has left. */
  | 'dies after'
  /** Done, and a part of the answer has left. */
  | 'dies within';

/** What is committed, and how often each write ran. All servers have the same. */
export interface FakeStore {
  readonly committed: Map<number, number>;
  readonly executed: Map<number, number>;
}

/** Says what happens to whom; asked at each command of a client, never at one of the proxy's own. */
export interface FakeWeather {
  fateOf(server: FakeServer): Fate;
  /** How much of an answer leaves before the server dies. */
  partOf(size: number): number;
  /** What the wire makes of an answer to a client's command. */
  onTheWay?(bytes: Uint8Array): Uint8Array;
}

/** Servers in one process that share what is committed; one of them leads, and any may die at any byte. */
export class FakeCluster {
  readonly store: FakeStore = { committed: new Map(), executed: new Map() };
  readonly servers: readonly FakeServer[];
  readonly weather: FakeWeather;
  leader: FakeServer | undefined;
  #lastConnectionId = 0x8000_0000;

  constructor(weather: FakeWeather, size = 3) {
    this.weather = weather;
    this.servers = Array.from({ length: size }, () => new FakeServer(this));
    this.leader = this.servers[0];
  }

  async start(): Promise<void> {
    for (const server of this.servers) await server.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.die()));
  }

  nextConnectionId(): number {
    this.#lastConnectionId += 1;
    return this.#lastConnectionId;
  }

  /** The old leader knows at once, and undoes what is open there. */
  lead(server: FakeServer | undefined): void {
    if (server === this.leader) return;
    const before = this.leader;
    this.leader = server;
    before?.deposed();
  }

  session(connectionId: number): FakeSession | undefined {
    for (const server of this.servers) {
      const found = server.sessions.find((session) => session.connectionId === connectionId);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** As DBA_OB_SERVERS has it. */
  serverRows(): string[][] {
    return this.servers.map((server) => [
      '127.0.0.1',
      String(server.port + 1),
      String(server.port),
      'z',
      server.alive ? 'ACTIVE' : 'INACTIVE',
      '1',
      '0',
    ]);
  }

  /** As the tenants' locations are asked for. */
  locationRows(): string[][] {
    return this.servers.map((server) => [
      'test',
      '127.0.0.1',
      String(server.port),
      server === this.leader ? 'LEADER' : 'FOLLOWER',
    ]);
  }
}

export class FakeServer {
  readonly cluster: FakeCluster;
  readonly sessions: FakeSession[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(cluster: FakeCluster) {
    this.cluster = cluster;
  }

  get port(): number {
    return this.#port;
  }

  get alive(): boolean {
    return this.#server !== undefined;
  }

  get leads(): boolean {
    return this.cluster.leader === this;
  }

  /** On the port it had, if it had one. */
  async start(): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  /** Like a kill -9: what isn't committed is gone. */
  async die(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    if (this.leads) this.cluster.lead(undefined);
    for (const socket of this.#sockets) socket.destroy();
    this.sessions.length = 0;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  deposed(): void {
    for (const session of this.sessions) session.loseTransaction();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const session = new FakeSession(this, socket);
    this.sessions.push(session);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      const at = this.sessions.indexOf(session);
      if (at >= 0) this.sessions.splice(at, 1);
    });
  }
}
