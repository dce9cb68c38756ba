import { randomFillSync } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { ObError } from '@sealane/errors';
import { nativePasswordPlugin, ServerConnection, scrambleSize } from '@sealane/mysql-protocol';
import { ByteChannel } from './byte-channel.ts';
import { FrontConnection } from './front-connection.ts';
import { HalfOpen } from './half-open.ts';
import { defaultLimits, type FrontLimits } from './limits.ts';
import type { FrontPorts, LinkTraffic } from './ports.ts';
import { ProcessList } from './process-list.ts';

export interface MysqlListenerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly ports: FrontPorts;
  readonly limits?: Partial<FrontLimits>;
  /** As the handshake says it: `5.7.25`. */
  readonly serverVersion?: string;
  /** Connection ids are unique in the cluster: this server's share of them. 0 to 8191. */
  serverId(): number;
  readonly now?: () => number;
}

/** OceanBase greets so; `version()` says more. */
const defaultServerVersion = '5.7.25';
/** 13 bits for the server, 18 for its connections, below a leading 1, as OceanBase's session ids are large too. */
const serverShift = 18;

/** The SQL port of a node: accepts clients, bounds them, and runs each to its end. */
export class MysqlListener {
  readonly processes: ProcessList;
  readonly #options: MysqlListenerOptions;
  readonly #limits: FrontLimits;
  readonly #now: () => number;
  readonly #connections = new Set<FrontConnection>();
  /** Of those, the ones that have not logged in. */
  readonly #loggingIn = new HalfOpen<FrontConnection>();
  readonly #running = new Set<Promise<void>>();
  readonly #server: Server;
  #lastId = 0;

  constructor(options: MysqlListenerOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#now = options.now ?? Date.now;
    this.processes = new ProcessList(this.#now);
    this.#server = createServer(
      { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs },
      (socket) => this.#accept(socket),
    );
  }

  /**
   * @returns the port it listens on
   * @throws ObError OB_CONNECT_ERROR when the port is taken or the address isn't ours
   */
  start(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const message = `can't listen for SQL on ${host}:${port}: ${cause.code ?? cause.message}; free the port or choose another with -p`;
        reject(new ObError('OB_CONNECT_ERROR', [], { message, cause }));
      });
      this.#server.listen({ host, port, backlog }, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Stops accepting; idle connections are closed, busy ones when their command is answered, the rest after `drainMs`. */
  async stop(drainMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.end();
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, drainMs);
    const late = Promise.withResolvers<void>();
    const lateTimer = setTimeout(() => {
      this.#options.ports.logger.warn(
        { connections: this.#connections.size },
        'connections outlive the drain',
      );
      late.resolve();
    }, drainMs + destroyGraceMs);
    await Promise.race([Promise.all([...this.#running, closed]), late.promise]);
    clearTimeout(timer);
    clearTimeout(lateTimer);
  }

  /** Connections of every state. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  #accept(socket: Socket): void {
    // Each later user of the socket listens for errors too; this one is there in between.
    socket.on('error', () => undefined);
    if (!this.#makeRoom()) {
      this.#turnAway(socket);
      return;
    }
    const connection = this.#connect(socket);
    this.#connections.add(connection);
    this.#loggingIn.add(connection, plainAddress(socket.remoteAddress));
    const running = connection.run().then(() => {
      this.#connections.delete(connection);
      this.#loggingIn.delete(connection);
      this.#running.delete(running);
    });
    this.#running.add(running);
  }

  #connect(socket: Socket): FrontConnection {
    const { ports, serverVersion = defaultServerVersion } = this.#options;
    const connectionId = this.#nextId();
    const scramble = newScramble();
    const secureInbound = ports.tls();
    const greeted = ports.greetingPlugin?.() ?? nativePasswordPlugin;
    const connection = new ServerConnection({
      connectionId,
      scramble,
      tls: secureInbound !== undefined,
      serverVersion,
      maxAllowedPacket: this.#limits.maxAllowedPacket,
      plugin: greeted,
    });
    const channel = new ByteChannel(socket, connection, this.#limits, this.#now);
    const traffic = new Traffic(socket, channel);
    const clientHost = plainAddress(socket.remoteAddress);
    const clientPort = socket.remotePort ?? 0;
    const link = ports.ledger.open({
      kind: 'SQL',
      direction: 'IN',
      localAddress: `${plainAddress(socket.localAddress)}:${socket.localPort ?? 0}`,
      peerAddress: `${clientHost}:${clientPort}`,
      connectionId,
      traffic: () => traffic.figures(),
    });
    const front: FrontConnection = new FrontConnection({
      connectionId,
      scramble,
      greeted,
      clientHost,
      clientPort,
      connection,
      channel,
      link,
      ports,
      limits: this.#limits,
      processes: this.processes,
      secureInbound,
      full: () => this.processes.size >= this.#limits.connectionsMax,
      authenticated: () => this.#loggingIn.delete(front),
      upgraded: (takenBack) => traffic.upgraded(takenBack),
      now: this.#now,
    });
    return front;
  }

  /** The error comes instead of the greeting, as MySQL has it. */
  #turnAway(socket: Socket): void {
    const { ports, serverVersion = defaultServerVersion } = this.#options;
    const connection = new ServerConnection({
      connectionId: 0,
      scramble: newScramble(),
      tls: false,
      serverVersion,
      maxAllowedPacket: this.#limits.maxAllowedPacket,
    });
    connection.error(new ObError('OB_ERR_CON_COUNT_ERROR'));
    socket.end(connection.take());
    socket.destroySoon();
    ports.logger.warn(
      { direct_client_ip: plainAddress(socket.remoteAddress), connections: this.#connections.size },
      'too many connections',
    );
  }

  /**
   * Half-open clients never keep a new one out: of the address that has most of them, the longest-waiting goes.
   *
   * @returns whether there is room for one more
   */
  #makeRoom(): boolean {
    const { connectionsMax, loggingInMax } = this.#limits;
    const full = this.#connections.size >= connectionsMax + reservedConnections + loggingInMax;
    if (!full && this.#loggingIn.size < loggingInMax) return true;
    const victim = this.#loggingIn.takeVictim();
    victim?.destroy();
    return victim !== undefined || !full;
  }

  #nextId(): number {
    const base = (0x8000_0000 | (this.#options.serverId() << serverShift)) >>> 0;
    do this.#lastId = (this.#lastId + 1) & ((1 << serverShift) - 1);
    while (this.#lastId === 0 || this.processes.has(base + this.#lastId));
    return base + this.#lastId;
  }
}

/** Beyond `connectionsMax`, for whoever has SUPER: somebody must get in and end what fills the node. */
const reservedConnections = 10;
/** Connects that wait for their accept; where it overflows, a client tries again after a second. Linux cuts it to somaxconn. */
const backlog = 8_192;
/** Statements whose connection was destroyed end by themselves, or are left behind. */
const destroyGraceMs = 2_000;
const keepAliveMs = 60_000;

/**
 * Counts what goes over the wire: the socket's own figures, split where TLS began. The greeting and the request for TLS agree on
 * how to talk; without that request, the first word of the client is the first one in clear.
 */
class Traffic {
  readonly #socket: Socket;
  readonly #channel: ByteChannel;
  /** Set with the first byte of the client. */
  #greetingSize: number | undefined;
  /** Set when TLS began. */
  #negotiated: { readonly bytesIn: number; readonly bytesOut: number } | undefined;
  #last = { bytesIn: 0, bytesOut: 0 };

  constructor(socket: Socket, channel: ByteChannel) {
    this.#socket = socket;
    this.#channel = channel;
    socket.once('data', () => {
      this.#greetingSize = socket.bytesWritten;
    });
    socket.once('close', () => this.#read());
  }

  /** @param takenBack  bytes that came with the last ones in clear, and belong to TLS */
  upgraded(takenBack: number): void {
    const { bytesIn, bytesOut } = this.#read();
    this.#negotiated = { bytesIn: bytesIn - takenBack, bytesOut };
  }

  figures(): LinkTraffic {
    const { bytesIn, bytesOut } = this.#read();
    const encrypted = this.#negotiated !== undefined;
    const agreed = this.#negotiated ?? { bytesIn: 0, bytesOut: this.#greetingSize ?? bytesOut };
    const rest = { bytesIn: bytesIn - agreed.bytesIn, bytesOut: bytesOut - agreed.bytesOut };
    const silent = rest.bytesIn + rest.bytesOut === 0;
    return {
      negotiationBytesIn: agreed.bytesIn,
      negotiationBytesOut: agreed.bytesOut,
      clearBytesIn: encrypted ? 0 : rest.bytesIn,
      clearBytesOut: encrypted ? 0 : rest.bytesOut,
      encryptedBytesIn: encrypted ? rest.bytesIn : 0,
      encryptedBytesOut: encrypted ? rest.bytesOut : 0,
      lastClearAt: encrypted || silent ? undefined : this.#channel.lastByteAt,
    };
  }

  /** A socket that is gone may forget its figures. */
  #read(): { readonly bytesIn: number; readonly bytesOut: number } {
    const { bytesRead, bytesWritten } = this.#socket;
    this.#last = {
      bytesIn: Math.max(this.#last.bytesIn, bytesRead),
      bytesOut: Math.max(this.#last.bytesOut, bytesWritten),
    };
    return this.#last;
  }
}

/** 20 random bytes, none of them NUL, since clients read them as text. */
function newScramble(): Uint8Array {
  const bytes = randomFillSync(new Uint8Array(scrambleSize));
  return bytes.map((byte) => byte & 0x7f || 1);
}

/** An IPv4 address as such, also where it came through an IPv6 socket. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}
