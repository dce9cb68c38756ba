import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  ClientConnection,
  type ClientConnectionOptions,
  type ClientEvent,
  commandCode,
  errorFromPacket,
  PacketDecoder,
  PacketWriter,
} from '@sealane/mysql-protocol';
import mysql from 'mysql2/promise';
import type { Test } from 'tap';
import { type FrontLimits, MysqlListener } from '../../src/mysql-front/index.ts';
import { type FakeServer, fakeServer } from './fake-session.ts';

export interface Served {
  readonly port: number;
  readonly fake: FakeServer;
  readonly listener: MysqlListener;
}

/** A listener on a free port with sessions in memory; stopped with the test. */
export async function serve(t: Test, limits: Partial<FrontLimits> = {}): Promise<Served> {
  const fake = fakeServer();
  const listener = new MysqlListener({
    host: '127.0.0.1',
    port: 0,
    ports: fake.ports,
    serverId: () => 1,
    limits,
  });
  const port = await listener.start();
  t.teardown(() => listener.stop(500));
  return { port, fake, listener };
}

/** Waits until a condition holds, for at most five seconds. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not within 5 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A client without mercy: sends any bytes and shows the packets that come back. */
export class RawClient {
  readonly socket: Socket;
  readonly #decoder = new PacketDecoder(1 << 30);
  #closed = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    const wake = (): void => this.#wake?.();
    socket.on('data', (chunk: Buffer) => {
      this.#decoder.push(chunk);
      wake();
    });
    socket.on('close', () => {
      this.#closed = true;
      wake();
    });
    socket.on('error', () => undefined);
  }

  static async connect(t: Test, port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    t.teardown(() => socket.destroy());
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Logs in as root@sys over the protocol's own client end, which it then leaves. */
  static async loggedIn(
    t: Test,
    port: number,
    options: Partial<ClientConnectionOptions> = {},
  ): Promise<RawClient> {
    const client = await RawClient.connect(t, port);
    const connection = new ClientConnection({ user: 'root@sys', password: '', tls: 'off', ...options });
    let event: ClientEvent | undefined;
    while (event === undefined) {
      const packet = await client.packet();
      if (packet === undefined) throw new Error('closed during the login');
      const writer = new PacketWriter(packet.sequenceId);
      writer.begin().bytes(packet.payload).end();
      connection.receive(writer.take());
      event = connection.next();
      client.socket.write(connection.take());
    }
    if (event.kind === 'failed') throw event.error;
    return client;
  }

  send(payload: Uint8Array, sequenceId = 0): void {
    const writer = new PacketWriter(sequenceId);
    writer.begin().bytes(payload).end();
    this.socket.write(writer.take());
  }

  query(text: string): void {
    this.send(Buffer.concat([Buffer.of(commandCode.COM_QUERY), Buffer.from(text)]));
  }

  /** @returns the next packet, or undefined when the server closed */
  async packet(): Promise<{ sequenceId: number; payload: Uint8Array } | undefined> {
    for (;;) {
      const packet = this.#decoder.next();
      if (packet !== undefined) return packet;
      if (this.#closed) return undefined;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => reject(new Error('no packet within 5 s')), 5_000);
      this.#wake = resolve;
      await promise.finally(() => clearTimeout(timer));
    }
  }

  /** @returns number and message of an ERR packet, `OK`, or `closed` */
  async verdict(): Promise<string> {
    const packet = await this.packet();
    if (packet === undefined) return 'closed';
    if (packet.payload[0] !== 0xff)
      return packet.payload[0] === 0 ? 'OK' : `0x${packet.payload[0]?.toString(16)}`;
    const view = Buffer.from(packet.payload);
    const text = view.toString('utf8', 3);
    const { message } = errorFromPacket({
      errno: view.readUInt16LE(1),
      sqlState: '',
      message: text.replace(/^#...../, ''),
    });
    return `${view.readUInt16LE(1)} ${message}`;
  }
}

/** A logged-in mysql2 connection, root@test unless told otherwise. */
export async function client(
  t: Test,
  { port }: Served,
  options: mysql.ConnectionOptions = {},
): Promise<mysql.Connection> {
  const connection = await mysql.createConnection({
    host: '127.0.0.1',
    port,
    user: 'root@test',
    password: 'secret',
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    ...options,
  });
  connection.on('error', () => undefined);
  t.teardown(() => connection.destroy());
  return connection;
}

export interface MysqlError {
  readonly errno: number;
  readonly sqlState?: string;
  readonly message: string;
}

/** The error of a promise that must fail. */
export async function failure(promise: Promise<unknown>): Promise<MysqlError> {
  try {
    await promise;
  } catch (error) {
    return error as MysqlError;
  }
  throw new Error('it should have failed');
}
