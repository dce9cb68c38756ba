import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  capability,
  capabilityAttribute,
  commandCode,
  decodeErr,
  decodeHandshake,
  decodeOk,
  encodeHandshakeResponse,
  flagsOf,
  Ob20Link,
  type Ok,
  ownObCapabilities,
  PacketDecoder,
  PacketWriter,
  serverStatus,
} from '@sealane/mysql-protocol';
import { queryOf } from './payloads.ts';

/** One answer: a result for each statement, or the error that ended it; `closed` where the connection ended within it. */
export interface ClientAnswer {
  readonly results: readonly ClientRows[];
  readonly error: { readonly errno: number; readonly message: string } | undefined;
  readonly closed: boolean;
  /** Packets that had come when the connection ended. */
  readonly packetCount: number;
}

export interface ClientRows {
  readonly ok: Ok | undefined;
  readonly rows: readonly (readonly string[])[];
  readonly statementId: number;
}

/** A driver of OceanBase's that wants frames. */
const asks: readonly (readonly [string, string])[] = [
  ['__mysql_client_type', '__ob_libobclient'],
  [capabilityAttribute, String(ownObCapabilities)],
];

const base = flagsOf(
  'LONG_PASSWORD',
  'PROTOCOL_41',
  'SECURE_CONNECTION',
  'PLUGIN_AUTH',
  'CONNECT_WITH_DB',
  'CONNECT_ATTRS',
  'MULTI_STATEMENTS',
  'MULTI_RESULTS',
  'TRANSACTIONS',
);

/** A client that may send on before it is answered, and checks each packet's number. */
export class RawClient {
  readonly #socket: Socket;
  readonly #decoder = new PacketDecoder(1 << 30);
  readonly #capabilities: number;
  readonly #wakers: (() => void)[] = [];
  #frames: Ob20Link | undefined;
  #closed = false;
  connectionId = 0;

  private constructor(socket: Socket, deprecateEof: boolean) {
    this.#socket = socket;
    this.#capabilities = deprecateEof ? base | capability.DEPRECATE_EOF | capability.SESSION_TRACK : base;
    const wake = (): void => {
      for (const waker of this.#wakers.splice(0)) waker();
    };
    socket.on('data', (chunk: Buffer) => {
      if (this.#frames === undefined) this.#decoder.push(chunk);
      else this.#unwrap(this.#frames, chunk);
      wake();
    });
    socket.on('close', () => {
      this.#closed = true;
      wake();
    });
    socket.on('error', () => undefined);
  }

  static async open(
    port: number,
    { user = 'app@test', database = 'd0', deprecateEof = true, inFrames = false } = {},
  ): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const client = new RawClient(socket, deprecateEof);
    const greeting = await client.#packet(0);
    const { connectionId, capabilities } = decodeHandshake(greeting ?? new Uint8Array());
    client.connectionId = connectionId;
    const writer = new PacketWriter(1);
    encodeHandshakeResponse(writer, {
      capabilities: client.#capabilities & capabilities,
      packetSizeMax: 1 << 24,
      charset: 45,
      user,
      authResponse: new Uint8Array(),
      database,
      plugin: 'mysql_native_password',
      attributes: new Map(inFrames ? asks : []),
    });
    socket.write(writer.take());
    const verdict = await client.#packet(2);
    if (verdict?.[0] !== 0)
      throw new Error(`no login: ${verdict === undefined ? 'closed' : decodeErr(verdict).message}`);
    if (inFrames) client.#frames = new Ob20Link(connectionId, 'client');
    return client;
  }

  #unwrap(frames: Ob20Link, chunk: Buffer): void {
    frames.push(chunk);
    for (let bytes = frames.next(); bytes !== undefined; bytes = frames.next()) this.#decoder.push(bytes);
  }

  /** Bytes of a packet whose rest hasn't come. */
  get buffered(): number {
    return this.#decoder.buffered + (this.#frames?.buffered ?? 0);
  }

  /** Sends; `answer` waits. @param payload  from the command's code on */
  send(payload: Uint8Array): void {
    const writer = new PacketWriter();
    writer.begin().bytes(payload).end();
    const packets = writer.take();
    this.#socket.write(this.#frames?.request(packets) ?? packets);
  }

  query(text: string): Promise<ClientAnswer> {
    this.send(queryOf(text));
    return this.answer();
  }

  async command(code: number, ...rest: Uint8Array[]): Promise<ClientAnswer> {
    this.send(Buffer.concat([Buffer.of(code), ...rest]));
    return this.answer(code);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The next answer in order. @param firstId  number of its first packet: more than 1 behind a command over 16 MiB */
  async answer(code: number = commandCode.COM_QUERY, firstId = 1): Promise<ClientAnswer> {
    const results: ClientRows[] = [];
    let id = firstId;
    const next = async (): Promise<Uint8Array> => {
      const packet = await this.#packet(id & 0xff);
      if (packet === undefined) throw new Closed(id - firstId);
      id += 1;
      return packet;
    };
    try {
      for (;;) {
        const result = await this.#result(code, next);
        if ('errno' in result) return { results, error: result, closed: false, packetCount: id - firstId };
        results.push(result);
        if (((result.ok?.status ?? 0) & serverStatus.MORE_RESULTS_EXIST) === 0)
          return { results, error: undefined, closed: false, packetCount: id - firstId };
      }
    } catch (error) {
      if (!(error instanceof Closed)) throw error;
      return { results, error: undefined, closed: true, packetCount: error.packetCount };
    }
  }

  async #result(
    code: number,
    next: () => Promise<Uint8Array>,
  ): Promise<ClientRows | { readonly errno: number; readonly message: string }> {
    const first = await next();
    if (first[0] === 0xff) return decodeErr(first);
    if (code === commandCode.COM_STMT_PREPARE) return this.#prepared(Buffer.from(first), next);
    if (first[0] === 0) return { ok: decodeOk(first, this.#capabilities), rows: [], statementId: 0 };
    if (first[0] === 0xfe) return { ok: endOf(first, this.#capabilities), rows: [], statementId: 0 };
    if (code === commandCode.COM_STATISTICS)
      return { ok: undefined, rows: [[Buffer.from(first).toString('latin1')]], statementId: 0 };
    const deprecated = (this.#capabilities & capability.DEPRECATE_EOF) !== 0;
    for (let left = (first[0] ?? 0) + (deprecated ? 0 : 1); left > 0; left -= 1) {
      const packet = await next();
      if (packet[0] === 0xff) return decodeErr(packet);
    }
    const rows: string[][] = [];
    for (;;) {
      const packet = await next();
      if (packet[0] === 0xff) return decodeErr(packet);
      if (packet[0] === 0xfe && packet.length < 0xffffff)
        return { ok: endOf(packet, this.#capabilities), rows, statementId: 0 };
      rows.push(cellsOf(packet, code === commandCode.COM_STMT_EXECUTE ? 2 : 0, first[0] ?? 0));
    }
  }

  async #prepared(first: Buffer, next: () => Promise<Uint8Array>): Promise<ClientRows> {
    const deprecated = (this.#capabilities & capability.DEPRECATE_EOF) !== 0;
    const groups = [first.readUInt16LE(5), first.readUInt16LE(7)];
    for (const count of groups)
      for (let left = count === 0 ? 0 : count + (deprecated ? 0 : 1); left > 0; left -= 1) await next();
    return { ok: undefined, rows: [], statementId: first.readUInt32LE(1) };
  }

  async #packet(expectedId: number): Promise<Uint8Array | undefined> {
    const deadline = Date.now() + packetTimeoutMs;
    for (;;) {
      const packet = this.#decoder.next();
      if (packet !== undefined) {
        if (packet.sequenceId !== expectedId)
          throw new Error(`packet ${packet.sequenceId} instead of ${expectedId}`);
        return Uint8Array.from(packet.payload);
      }
      if (this.#closed) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, Math.max(1, deadline - Date.now()));
      this.#wakers.push(resolve);
      await promise.finally(() => clearTimeout(timer));
      if (Date.now() >= deadline) throw new Error('no answer in time');
    }
  }
}

const packetTimeoutMs = 20_000;

class Closed extends Error {
  readonly packetCount: number;

  constructor(packetCount: number) {
    super('closed');
    this.packetCount = packetCount;
  }
}

function endOf(packet: Uint8Array, capabilities: number): Ok {
  if ((capabilities & capability.DEPRECATE_EOF) !== 0) return decodeOk(packet, capabilities);
  const status = Buffer.from(packet).readUInt16LE(3);
  return { affectedRows: 0n, lastInsertId: 0n, status, warningCount: 0, info: '', changes: [] };
}

/** Short texts only. @param skip  header and NULL bits of a binary row */
function cellsOf(packet: Uint8Array, skip: number, count: number): string[] {
  const bytes = Buffer.from(packet);
  const cells: string[] = [];
  let at = skip;
  for (let index = 0; index < count; index += 1) {
    let size = bytes.readUInt8(at);
    at += 1;
    if (size === 0xfc || size === 0xfd) {
      const width = size === 0xfc ? 2 : 3;
      size = bytes.readUIntLE(at, width);
      at += width;
    }
    cells.push(bytes.toString('utf8', at, at + size));
    at += size;
  }
  return cells;
}
