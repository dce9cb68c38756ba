import { ObError } from '@sealane/errors';
import { malformed } from './byte-reader.ts';
import { has, serverCapabilities, withoutFlags } from './capabilities.ts';
import type { CellValue } from './cell-value.ts';
import { type Charset, charsetByName, utf8mb4 } from './charset.ts';
import type { Column } from './column.ts';
import { typeCode } from './column-type.ts';
import { type Command, decodeCommand } from './command.ts';
import { errorPacket } from './error-packet.ts';
import { nativePasswordPlugin } from './native-password.ts';
import { Ob20Link } from './ob20/link.ts';
import { PacketDecoder } from './packet-stream.ts';
import { PacketWriter } from './packet-writer.ts';
import { encodeAuthMoreData } from './packets/auth-more-data.ts';
import { encodeAuthSwitch } from './packets/auth-switch.ts';
import { encodeBinaryRow } from './packets/binary-row.ts';
import {
  type ColumnDefinition,
  columnDefinition,
  encodeColumnDefinition,
} from './packets/column-definition.ts';
import { encodeEof } from './packets/eof.ts';
import { encodeErr } from './packets/err.ts';
import { encodeHandshake } from './packets/handshake.ts';
import {
  decodeHandshakeResponse,
  decodeSslRequest,
  type HandshakeResponse,
  sslRequestSize,
} from './packets/handshake-response.ts';
import { encodeOk, eofHeader, type Ok } from './packets/ok.ts';
import { encodePrepareOk } from './packets/prepare-ok.ts';
import { encodeTextRow } from './packets/text-row.ts';
import { PreparedShapes } from './prepared-shapes.ts';

/** What the client asked for. `invalid` is answered with its error, and the connection lives on. */
export type ServerEvent =
  | { readonly kind: 'tls-request' }
  | { readonly kind: 'login'; readonly response: HandshakeResponse }
  | { readonly kind: 'auth-response'; readonly response: Uint8Array }
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'invalid'; readonly error: ObError };

/** What the end of a result says of the session. */
export interface Outcome {
  readonly status: number;
  readonly warningCount: number;
}

export interface ServerConnectionOptions {
  readonly connectionId: number;
  /** 20 random bytes, none of them NUL. */
  readonly scramble: Uint8Array;
  /** Whether TLS is offered. */
  readonly tls: boolean;
  /** Whether a statement may ask for a file of the client's; as OceanBase does, unless told otherwise. */
  readonly localFiles?: boolean;
  readonly serverVersion: string;
  /** Bytes of one packet's whole payload, after login. */
  readonly maxAllowedPacket: number;
  /** The authentication plugin named in the greeting: mysql_native_password unless told otherwise. */
  readonly plugin?: string;
}

type State = 'new' | 'greeted' | 'securing' | 'secured' | 'authenticating' | 'ready' | 'closed';

/** utf8mb4_bin, as OceanBase greets. */
const greetingCharset = 46;
/** Before login a client gets no more memory than this: a handshake response with a driver's attributes is below 1 KiB. */
const loginPayloadMax = 16 * 1024;

/**
 * The server's end of one connection: bytes in, events out; answers are written into a buffer that `take` hands over.
 * It owns no socket and knows no SQL. Anything `next` throws ends the connection, after the error's packet.
 *
 *  state           a packet is                     then
 *  new             (we speak first: greet)         greeted
 *  greeted         an SSLRequest                   securing, until `secured` is called
 *  greeted         a handshake response            authenticating
 *  secured         a handshake response            authenticating
 *  authenticating  the answer to an auth switch,   authenticating, until `admit`
 *                  or to more of the exchange
 *  ready           a command                       ready; authenticating after COM_CHANGE_USER
 */
export class ServerConnection {
  readonly #options: ServerConnectionOptions;
  readonly #decoder = new PacketDecoder(loginPayloadMax);
  readonly #writer = new PacketWriter();
  readonly #shapes = new PreparedShapes();
  readonly #offered: number;
  #frames: Ob20Link | undefined;
  #state: State = 'new';
  #capabilities = 0;
  #multiStatements = false;
  #maxAllowedPacket: number;
  #clientCharset: Charset = utf8mb4;
  #resultCharset: Charset = utf8mb4;
  #columns: readonly ColumnDefinition[] = [];

  constructor(options: ServerConnectionOptions) {
    this.#options = options;
    this.#maxAllowedPacket = options.maxAllowedPacket;
    const offered = serverCapabilities({ tls: options.tls });
    this.#offered = options.localFiles === false ? withoutFlags(offered, 'LOCAL_FILES') : offered;
  }

  /** What both ends may use; 0 before login. */
  get capabilities(): number {
    return this.#capabilities;
  }

  /** Whether a COM_QUERY may hold several statements. */
  get multiStatements(): boolean {
    return this.#multiStatements;
  }

  set multiStatements(allowed: boolean) {
    this.#multiStatements = allowed;
  }

  /** What statements come in and results go out in, by MySQL's names (character_set_client, character_set_results). */
  useCharsets({ client, results }: { readonly client: string; readonly results: string }): void {
    this.#clientCharset = charsetByName(client);
    this.#resultCharset = charsetByName(results);
  }

  /** Bytes written and not yet taken. */
  get pending(): number {
    return this.#writer.pending;
  }

  /** Bytes received and not yet handed out. */
  get buffered(): number {
    return this.#decoder.buffered + (this.#frames?.buffered ?? 0);
  }

  /** @param last  nothing more will be written in answer to the command */
  take(last = true): Uint8Array {
    const bytes = this.#writer.take();
    return this.#frames === undefined ? bytes : this.#frames.answer(bytes, last);
  }

  receive(chunk: Uint8Array): void {
    if (this.#frames === undefined) this.#decoder.push(chunk);
    else this.#frames.push(chunk);
  }

  /** From here on both ends speak in frames of the OceanBase 2.0 protocol. The login's OK has been taken. */
  beginOb20(): void {
    this.#frames = new Ob20Link(this.#options.connectionId, 'server');
    this.#frames.push(this.#decoder.takeRest());
  }

  /**
   * @returns what the next whole packet asks for, or undefined until more bytes have come
   * @throws ObError ER_NET_PACKETS_OUT_OF_ORDER, OB_ERR_NET_PACKET_TOO_LARGE, ER_MALFORMED_PACKET (handshake), and what is wrong with a
   *   frame: the connection ends
   */
  next(): ServerEvent | undefined {
    for (;;) {
      if (this.#state === 'closed' || this.#state === 'securing' || this.#state === 'new') return undefined;
      if (this.#state === 'ready') this.#writer.sequenceId = 1;
      this.#decoder.expect(this.#state === 'ready' ? 0 : this.#writer.sequenceId);
      const packet = this.#decoder.next();
      if (packet === undefined) {
        if (!this.#unwrap()) return undefined;
        continue;
      }
      this.#writer.sequenceId = packet.sequenceId + 1;
      const event = this.#state === 'ready' ? this.#command(packet.payload) : this.#connect(packet.payload);
      if (event !== undefined) return event;
    }
  }

  /** @returns whether another frame has come */
  #unwrap(): boolean {
    const bytes = this.#frames?.next();
    if (bytes === undefined) return false;
    this.#decoder.push(bytes);
    return true;
  }

  /** Writes the first packet. */
  greet(): void {
    const { connectionId, scramble, serverVersion, plugin = nativePasswordPlugin } = this.#options;
    encodeHandshake(this.#writer, {
      serverVersion,
      connectionId,
      scramble,
      capabilities: this.#offered,
      charset: greetingCharset,
      status: 0,
      plugin,
    });
    this.#state = 'greeted';
  }

  /** @returns bytes that came behind the TLS request: they belong to TLS, and are never read as ours */
  takeRest(): Uint8Array {
    return this.#decoder.takeRest();
  }

  /** TLS is up: the handshake response comes next. */
  secured(): void {
    this.#state = 'secured';
  }

  /** The account's plugin is another one: the client shall begin again with that. */
  authSwitch(plugin: string, scramble: Uint8Array): void {
    encodeAuthSwitch(this.#writer, { plugin, scramble });
    this.#state = 'authenticating';
  }

  /** A plugin's own next message to the client. */
  authMoreData(data: Uint8Array): void {
    encodeAuthMoreData(this.#writer, data);
  }

  /**
   * The login is accepted: writes OK; commands come next.
   *
   * @param maxAllowedPacket  where the session has its own
   */
  admit(ok: Partial<Ok>, maxAllowedPacket = this.#maxAllowedPacket): void {
    this.#state = 'ready';
    this.#maxAllowedPacket = maxAllowedPacket;
    this.#decoder.payloadMax = maxAllowedPacket;
    this.ok(ok);
  }

  /** Nothing more is read. */
  close(): void {
    this.#state = 'closed';
    this.#decoder.takeRest();
  }

  ok(ok: Partial<Ok>): void {
    encodeOk(this.#writer, { ...plainOk, ...ok }, { capabilities: this.#capabilities });
  }

  /** @param error  what isn't an ObError shows as "Internal error" */
  error(error: unknown): void {
    encodeErr(this.#writer, errorPacket(error), { sqlState: this.#state !== 'new' });
  }

  /** The answer to COM_STATISTICS: text without a header. */
  text(text: string): void {
    this.#writer.begin().text(text).end();
  }

  /** Begins a result set: the count of the columns, and each of them. */
  columns(columns: readonly Column[], outcome: Outcome): void {
    this.#writer.begin().size(columns.length).end();
    this.#definitions(columns);
    if (!has(this.#capabilities, 'DEPRECATE_EOF')) encodeEof(this.#writer, outcome);
  }

  textRow(cells: readonly CellValue[]): void {
    encodeTextRow(this.#writer, this.#columns, cells, this.#resultCharset.encode);
  }

  binaryRow(cells: readonly CellValue[]): void {
    encodeBinaryRow(this.#writer, this.#columns, cells, this.#resultCharset.encode);
  }

  endOfRows(outcome: Outcome & Partial<Ok>): void {
    if (!has(this.#capabilities, 'DEPRECATE_EOF')) encodeEof(this.#writer, outcome);
    else
      encodeOk(
        this.#writer,
        { ...plainOk, ...outcome },
        { capabilities: this.#capabilities, header: eofHeader },
      );
  }

  /** Answers COM_FIELD_LIST. */
  fieldList(columns: readonly Column[], outcome: Outcome): void {
    for (const column of columns) {
      const definition = columnDefinition(column, this.#resultCharset);
      encodeColumnDefinition(this.#writer, definition, {
        fieldList: true,
        encode: this.#resultCharset.encode,
      });
    }
    this.endOfRows(outcome);
  }

  /** Answers COM_STMT_PREPARE, and remembers the statement. */
  prepared(
    statement: { readonly id: number; readonly parameterCount: number; readonly columns: readonly Column[] },
    outcome: Outcome,
  ): void {
    const { id, parameterCount, columns } = statement;
    this.#shapes.add(id, parameterCount);
    const warningCount = outcome.warningCount;
    encodePrepareOk(this.#writer, {
      statementId: id,
      columnCount: columns.length,
      parameterCount,
      warningCount,
    });
    for (let index = 0; index < parameterCount; index++)
      encodeColumnDefinition(this.#writer, parameterDefinition);
    if (parameterCount > 0) this.#eofUnlessDeprecated(outcome);
    this.#definitions(columns);
    if (columns.length > 0) this.#eofUnlessDeprecated(outcome);
  }

  /** Forgets all prepared statements: after COM_CHANGE_USER and COM_RESET_CONNECTION. */
  forgetPrepared(): void {
    this.#shapes.clear();
  }

  #connect(payload: Uint8Array): ServerEvent {
    if (this.#state === 'authenticating')
      return { kind: 'auth-response', response: Uint8Array.from(payload) };
    if (this.#state === 'greeted' && payload.length === sslRequestSize) return this.#tlsRequest(payload);
    const response = decodeHandshakeResponse(payload);
    if (this.#state === 'secured' && !has(response.capabilities, 'SSL')) {
      throw malformed('a handshake response over TLS without the SSL flag');
    }
    this.#capabilities = (response.capabilities & this.#offered) >>> 0;
    this.#multiStatements = has(this.#capabilities, 'MULTI_STATEMENTS');
    this.#state = 'authenticating';
    return { kind: 'login', response };
  }

  #tlsRequest(payload: Uint8Array): ServerEvent {
    const { capabilities } = decodeSslRequest(payload);
    if (!has(capabilities, 'SSL')) throw malformed('32 bytes that ask for no TLS');
    if (!this.#options.tls)
      throw new ObError('ER_HANDSHAKE_ERROR', [], { details: { what: 'TLS was not offered' } });
    this.#state = 'securing';
    return { kind: 'tls-request' };
  }

  #command(payload: Uint8Array): ServerEvent | undefined {
    try {
      return this.#decodedCommand(payload);
    } catch (error) {
      if (error instanceof ObError) return { kind: 'invalid', error };
      throw error;
    }
  }

  #decodedCommand(payload: Uint8Array): ServerEvent | undefined {
    const command = decodeCommand(payload, {
      capabilities: this.#capabilities,
      charset: this.#clientCharset,
    });
    if (command === undefined) throw new ObError('OB_UNKNOWN_PACKET');
    switch (command.name) {
      case 'COM_STMT_SEND_LONG_DATA':
        this.#shapes.addLongData(command, this.#maxAllowedPacket);
        return undefined;
      case 'COM_STMT_EXECUTE': {
        const { statementId, parameters } = this.#shapes.decodeExecute(command.payload, this.#clientCharset);
        return { kind: 'command', command: { name: command.name, statementId, parameters } };
      }
      case 'COM_STMT_CLOSE':
        this.#shapes.remove(command.statementId);
        return { kind: 'command', command };
      case 'COM_STMT_RESET':
        if (!this.#shapes.dropLongData(command.statementId)) throw unknown(command.statementId);
        return { kind: 'command', command };
      case 'COM_CHANGE_USER':
        this.#state = 'authenticating';
        return { kind: 'command', command };
      default:
        return { kind: 'command', command };
    }
  }

  #definitions(columns: readonly Column[]): void {
    this.#columns = columns.map((column) => columnDefinition(column, this.#resultCharset));
    const { encode } = this.#resultCharset;
    for (const definition of this.#columns) encodeColumnDefinition(this.#writer, definition, { encode });
  }

  #eofUnlessDeprecated(outcome: Outcome): void {
    if (!has(this.#capabilities, 'DEPRECATE_EOF')) encodeEof(this.#writer, outcome);
  }
}

function unknown(statementId: number): ObError {
  return new ObError('OB_EER_UNKNOWN_STMT_HANDLER', [statementId, 'mysqld_stmt_reset']);
}

const plainOk: Ok = { affectedRows: 0n, lastInsertId: 0n, status: 0, warningCount: 0, info: '', changes: [] };

/** What MySQL tells of a parameter whose type it doesn't know. */
const parameterDefinition: ColumnDefinition = {
  database: '',
  table: '',
  originalTable: '',
  name: '?',
  originalName: '',
  code: typeCode.VAR_STRING,
  flags: 0x80,
  charset: 63,
  length: 0,
  decimals: 0,
};
