import { ObError } from '@sealane/errors';
import {
  type ByteStream,
  capabilityVariable,
  commandCode,
  decodeErr,
  errorFromPacket,
  Ob20Link,
  type Ok,
  obCapability,
  PacketWriter,
  type ResponsePiece,
  ResponseScanner,
} from '@sealane/mysql-protocol';
import type { LoggedIn, ServerTls } from './server-login.ts';

/** Told of what comes from a server, in order. */
export interface ServerLinkListener {
  /** Parts of the answer under way. @returns false to stop reading until `resume` */
  pieces(pieces: readonly ResponsePiece[]): boolean;
  /** The server takes bytes again. */
  drained(): void;
  /** Nothing more will come. @param reason  of the stream or of the protocol */
  closed(reason: ObError): void;
}

/** A server's stream as a link needs it. */
export interface ServerStream extends ByteStream {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close' | 'drain', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** A logged-in connection to one server: commands out, answers in, one at a time. */
export class ServerLink {
  readonly server: string;
  readonly capabilities: number;
  readonly encrypted: boolean;
  /** How it was made. */
  readonly tls: ServerTls;
  /** The server's number of the connection. */
  readonly connectionId: number;
  /** What the login's OK said of the session. */
  readonly admission: Ok;
  readonly #stream: ServerStream;
  readonly #scanner: ResponseScanner;
  /** Where both ends speak the OceanBase 2.0 protocol. */
  readonly #frames: Ob20Link | undefined;
  #rest: Uint8Array;
  #listener: ServerLinkListener | undefined;
  #broken: ObError | undefined;

  /** @param server  `ip:sql_port` */
  constructor(
    server: string,
    { stream, rest, capabilities, ok, encrypted, connectionId }: LoggedIn,
    tls: ServerTls,
  ) {
    this.server = server;
    this.capabilities = capabilities;
    this.connectionId = connectionId;
    this.admission = ok;
    this.encrypted = encrypted;
    this.tls = tls;
    this.#stream = stream;
    this.#rest = rest;
    this.#scanner = new ResponseScanner(capabilities);
    this.#frames = speaksOb20(ok) ? new Ob20Link(connectionId, 'client') : undefined;
    this.#stream.on('error', (error) => this.#break(lost(server, error.message)));
    this.#stream.on('close', () => this.#break(lost(server, 'the server closed the connection')));
    this.#stream.on('data', (chunk) => this.#received(chunk));
    this.#stream.on('drain', () => this.#listener?.drained());
  }

  get usable(): boolean {
    return this.#broken === undefined;
  }

  /** No answer is under way. */
  get idle(): boolean {
    return this.#scanner.idle;
  }

  /** Where the answer under way can be ended: the sequence id of a packet that does; undefined in the midst of a packet. */
  get nextSequenceId(): number | undefined {
    return this.#scanner.nextSequenceId;
  }

  listen(listener: ServerLinkListener): void {
    this.#listener = listener;
    const rest = this.#rest;
    this.#rest = new Uint8Array();
    if (rest.length > 0) this.#received(rest);
    if (this.#broken !== undefined) listener.closed(this.#broken);
  }

  /**
   * Sends a command.
   *
   * @param payload  from its first byte, the command's code
   * @returns whether an answer will come, and whether the stream took it without holding it back
   */
  send(payload: Uint8Array): { readonly answered: boolean; readonly taken: boolean } {
    const answered = this.#scanner.begin(payload[0] ?? 0);
    const writer = new PacketWriter(0, payload.length + packetHeadSize);
    writer.begin().bytes(payload).end();
    return { answered, taken: this.#write(writer.take()) };
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Says goodbye where that is possible. */
  close(): void {
    this.#listener = undefined;
    if (this.#broken !== undefined) return;
    this.#broken = lost(this.server, 'closed by the proxy');
    if (this.idle) this.#write(Buffer.from([1, 0, 0, 0, commandCode.COM_QUIT]));
    this.#stream.end();
    const stream = this.#stream;
    setTimeout(() => stream.destroy(), closeTimeoutMs).unref();
  }

  #write(packets: Uint8Array): boolean {
    return this.#stream.write(this.#frames?.request(packets) ?? packets);
  }

  #received(chunk: Uint8Array): void {
    if (this.#frames === undefined) this.#follow(chunk);
    else this.#unwrap(this.#frames, chunk);
  }

  #unwrap(frames: Ob20Link, chunk: Uint8Array): void {
    frames.push(chunk);
    while (this.#broken === undefined) {
      let bytes: Uint8Array | undefined;
      try {
        bytes = frames.next();
      } catch (error) {
        this.#break(damaged(this.server, error));
        this.#stream.destroy();
        return;
      }
      if (bytes === undefined) return;
      if (bytes.length > 0) this.#follow(bytes);
    }
  }

  #follow(chunk: Uint8Array): void {
    if (this.#broken !== undefined) return;
    if (this.idle) {
      this.#break(farewell(chunk) ?? lost(this.server, 'it spoke without being asked'));
      this.#stream.destroy();
      return;
    }
    try {
      const pieces = this.#scanner.scan(chunk);
      if (pieces.length > 0 && this.#listener?.pieces(pieces) === false) this.#stream.pause();
    } catch (error) {
      this.#break(error instanceof ObError ? error : lost(this.server, String(error)));
      this.#stream.destroy();
    }
  }

  #break(reason: ObError): void {
    if (this.#broken !== undefined) return;
    this.#broken = reason;
    this.#listener?.closed(reason);
  }
}

const closeTimeoutMs = 2_000;

const packetHeadSize = 4;

/** By the login's OK. */
function speaksOb20({ changes }: Ok): boolean {
  const agreed = changes.find((change) => change.kind === 'variable' && change.name === capabilityVariable);
  if (agreed?.kind !== 'variable' || !/^\d{1,20}$/.test(agreed.value)) return false;
  return (BigInt(agreed.value) & obCapability.OB_PROTOCOL_V2) !== 0n;
}

/** As the original calls it, whatever was wrong with a frame. */
function damaged(server: string, error: unknown): ObError {
  return new ObError('OB_PACKET_CHECKSUM_ERROR', [], {
    message: `Packet checksum error: ${server}: ${error instanceof Error ? error.message : String(error)}`,
    cause: error,
  });
}

/** A server that ends an idle session says why: it was killed. */
function farewell(chunk: Uint8Array): ObError | undefined {
  const payload = chunk.subarray(packetHeadSize);
  if (payload[0] !== errHeader) return undefined;
  try {
    return errorFromPacket(decodeErr(payload));
  } catch {
    // No error's packet either.
    return undefined;
  }
}

const errHeader = 0xff;

function lost(server: string, why: string): ObError {
  return new ObError('OB_CONNECT_ERROR', [], { message: `Connect error: ${server}: ${why}` });
}
