import { ObError } from '@sealane/errors';
import {
  capability,
  decodeErr,
  decodeHandshake,
  decodeOk,
  encodeHandshakeResponse,
  encodeSslRequest,
  errorFromPacket,
  flagsOf,
  type Handshake,
  has,
  type Ok,
  PacketWriter,
} from '@sealane/mysql-protocol';
import { PacketReader } from './packet-reader.ts';
import type { ServerStream } from './server-link.ts';

/** Who logs in, as the client said it to us. */
export interface ServerLogin {
  /** With its tenant: `root@test`. */
  readonly user: string;
  readonly plugin: string;
  /** The client's answer to our scramble: we never learn the password. */
  readonly authResponse: Uint8Array;
  readonly database: string | undefined;
  readonly charset: number;
  readonly attributes: ReadonlyMap<string, string>;
  /** The scramble that the client has answered. */
  readonly scramble: Uint8Array;
  /** Those agreed with the client: answers pass through as they are. */
  readonly capabilities: number;
}

/** `required`: a server that doesn't offer TLS is refused; `preferred` goes on in clear then, as the original does. */
export type ServerTls = 'off' | 'preferred' | 'required';

export interface ServerLoginOptions {
  readonly login: ServerLogin;
  readonly tls: ServerTls;
  secure(stream: ServerStream): Promise<ServerStream>;
  /** The login itself goes out next, in clear. */
  inClear(): void;
  /**
   * Passes what the server says in the course of an exchange on to the client: another plugin, or more of this one.
   *
   * @returns the client's answer; undefined where none is due
   */
  ask(payload: Uint8Array): Promise<Uint8Array | undefined>;
  readonly timeoutMs: number;
}

export interface LoggedIn {
  readonly stream: ServerStream;
  readonly encrypted: boolean;
  /** Bytes of the server behind its OK. */
  readonly rest: Uint8Array;
  readonly capabilities: number;
  readonly ok: Ok;
  /** The server's number of the connection: KILL takes it. */
  readonly connectionId: number;
}

const okHeader = 0x00;
const moreDataHeader = 0x01;
const switchHeader = 0xfe;
const errHeader = 0xff;

/** What we want of a server whatever the client does: to be told of changes, and to tell who we are. */
const ownCapabilities = flagsOf(
  'PROTOCOL_41',
  'SECURE_CONNECTION',
  'PLUGIN_AUTH',
  'PLUGIN_AUTH_LENENC_CLIENT_DATA',
  'CONNECT_ATTRS',
  'SESSION_TRACK',
);
/** What would break the order of a command and its answer: a server that asks for a file. Or would be ours to unpack. */
const declinedCapabilities = flagsOf('SSL', 'COMPRESS', 'LOCAL_FILES');
/** How a row's end looks must be the same on both sides. */
const shapeCapabilities = flagsOf('DEPRECATE_EOF', 'PROTOCOL_41');

/**
 * Logs a client in at a server with its own answer, over a connected stream.
 *
 * @throws ObError what the server answered; OB_CONNECT_ERROR, OB_TIMEOUT; ER_HANDSHAKE_ERROR for a server without TLS
 */
export async function logInAt(stream: ServerStream, options: ServerLoginOptions): Promise<LoggedIn> {
  const reader = new PacketReader(stream);
  try {
    return await converse(stream, reader, options);
  } catch (error) {
    reader.detach();
    stream.on('error', () => undefined);
    stream.destroy();
    throw error;
  }
}

async function converse(
  plain: ServerStream,
  reader: PacketReader,
  options: ServerLoginOptions,
): Promise<LoggedIn> {
  const { login, timeoutMs } = options;
  const greeting = await reader.next(timeoutMs);
  if (greeting.payload[0] === errHeader) throw errorFromPacket(decodeErr(greeting.payload));
  const handshake = decodeHandshake(greeting.payload);
  const writer = new PacketWriter();
  writer.sequenceId = 1;
  const secure = wantsTls(options, handshake);
  const capabilities = agreed(login, handshake, secure);
  const head = { capabilities, packetSizeMax, charset: login.charset };
  let stream = plain;
  if (secure) {
    encodeSslRequest(writer, head);
    stream.write(writer.take());
    reader.detach();
    stream = await options.secure(plain);
    reader.attach(stream);
  } else options.inClear();
  encodeHandshakeResponse(writer, {
    ...head,
    user: login.user,
    authResponse: login.authResponse,
    database: login.database,
    plugin: login.plugin,
    attributes: new Map([
      ...login.attributes,
      ['__proxy_scramble', Buffer.from(mixed(login.scramble, handshake.scramble)).toString('latin1')],
    ]),
  });
  stream.write(writer.take());
  const ok = await verdict(stream, reader, writer, options, capabilities);
  const { connectionId } = handshake;
  return { stream, encrypted: secure, rest: reader.detach(), capabilities, ok, connectionId };
}

async function verdict(
  stream: ServerStream,
  reader: PacketReader,
  writer: PacketWriter,
  options: ServerLoginOptions,
  capabilities: number,
): Promise<Ok> {
  for (;;) {
    const { payload, sequenceId } = await reader.next(options.timeoutMs);
    if (payload[0] === okHeader) return decodeOk(payload, capabilities);
    if (payload[0] === errHeader) throw errorFromPacket(decodeErr(payload));
    if (payload[0] !== switchHeader && payload[0] !== moreDataHeader)
      throw new ObError('ER_MALFORMED_PACKET', [], { details: { what: 'no answer to a login' } });
    const answer = await options.ask(Uint8Array.from(payload));
    if (answer === undefined) continue;
    writer.sequenceId = sequenceId + 1;
    writer.begin().bytes(answer).end();
    stream.write(writer.take());
  }
}

function wantsTls({ tls }: ServerLoginOptions, handshake: Handshake): boolean {
  const offered = has(handshake.capabilities, 'SSL');
  if (tls === 'required' && !offered) {
    throw new ObError('ER_HANDSHAKE_ERROR', [], {
      message:
        'enable_server_ssl is True, and the server offers no TLS; set ssl_client_authentication there, or server_ssl_fallback here',
    });
  }
  return tls !== 'off' && offered;
}

function agreed(login: ServerLogin, handshake: Handshake, secure: boolean): number {
  const wanted = (login.capabilities | ownCapabilities) & ~declinedCapabilities;
  const database = login.database === undefined ? wanted & ~capability.CONNECT_WITH_DB : wanted;
  const common = database & handshake.capabilities & 0xffff_ffff;
  const lacking = login.capabilities & shapeCapabilities & ~common;
  if (lacking !== 0) {
    throw new ObError('ER_HANDSHAKE_ERROR', [], {
      message: `the server lacks capabilities that the client was offered: 0x${(lacking >>> 0).toString(16)}`,
    });
  }
  return (common | (secure ? capability.SSL : 0)) >>> 0;
}

/** So that the server can check an answer to our scramble by its own. */
function mixed(ours: Uint8Array, theirs: Uint8Array): Uint8Array {
  return ours.map((byte, at) => byte ^ (theirs[at] ?? 0));
}

const packetSizeMax = 64 * 1024 * 1024;
