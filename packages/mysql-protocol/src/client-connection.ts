import { ObError } from '@sealane/errors';
import { ByteReader, malformed } from './byte-reader.ts';
import { cachingSha2Plugin } from './caching-sha2.ts';
import { clientCapabilities, flagsOf, has, serverStatus } from './capabilities.ts';
import type { CellValue } from './cell-value.ts';
import { commandCode } from './commands.ts';
import { errorFromPacket } from './error-packet.ts';
import { nativePasswordPlugin } from './native-password.ts';
import { PacketDecoder } from './packet-stream.ts';
import { PacketWriter } from './packet-writer.ts';
import { authMoreDataHeader, decodeAuthMoreData } from './packets/auth-more-data.ts';
import { decodeAuthSwitch } from './packets/auth-switch.ts';
import { decodeBinaryRow } from './packets/binary-row.ts';
import { type ColumnDefinition, decodeColumnDefinition } from './packets/column-definition.ts';
import { decodeEof, isEof } from './packets/eof.ts';
import { decodeErr, errHeader } from './packets/err.ts';
import { decodeHandshake, type Handshake } from './packets/handshake.ts';
import { encodeHandshakeResponse, encodeSslRequest } from './packets/handshake-response.ts';
import { decodeOk, eofHeader, type Ok, okHeader } from './packets/ok.ts';
import { decodePrepareOk, type PrepareOk } from './packets/prepare-ok.ts';
import { encodeStmtExecute } from './packets/stmt-execute.ts';
import { decodeTextRow } from './packets/text-row.ts';
import { PasswordExchange } from './password-exchange.ts';
import { encodeQueryText } from './query-text.ts';

/** What the server said. `done` and `failed` end the command; `result-end` has another result behind it. */
export type ClientEvent =
  /** The server greeted; with TLS wanted: start it now, then call `secured`. */
  | { readonly kind: 'start-tls'; readonly handshake: Handshake }
  | { readonly kind: 'admitted'; readonly ok: Ok }
  | { readonly kind: 'columns'; readonly columns: readonly ColumnDefinition[] }
  /** Cells of a text result are bytes, those of a binary one are values. */
  | { readonly kind: 'row'; readonly cells: readonly CellValue[] }
  | { readonly kind: 'result-end'; readonly ok: Ok; readonly more: boolean }
  | { readonly kind: 'prepared'; readonly statement: PrepareOk }
  /** The command failed, or the login did. */
  | { readonly kind: 'failed'; readonly error: ObError };

export interface ClientConnectionOptions {
  /** With its tenant: `root@sys`. */
  readonly user: string;
  readonly password: string;
  readonly database?: string;
  /** `required`: no login without TLS; `preferred`: TLS where the server offers it. */
  readonly tls: 'off' | 'preferred' | 'required';
  readonly attributes?: ReadonlyMap<string, string>;
  /** Bytes of one packet's whole payload that are taken from the server. */
  readonly packetSizeMax?: number;
  /**
   * How a password may go to a server that asks for all of it, over a connection without TLS: encrypted with this key (PEM), or with
   * whatever key the server sends, which who sits in between may exchange for his own. Without it such a login fails.
   */
  readonly serverPublicKey?: string | 'ask';
}

type State =
  | { readonly name: 'greeting' }
  | { readonly name: 'securing'; readonly handshake: Handshake }
  | { readonly name: 'authenticating'; readonly exchange: PasswordExchange }
  | { readonly name: 'idle' }
  | { readonly name: 'answer'; readonly binary: boolean }
  | {
      readonly name: 'columns';
      readonly binary: boolean;
      readonly columns: ColumnDefinition[];
      readonly left: number;
    }
  | {
      readonly name: 'end-of-columns';
      readonly binary: boolean;
      readonly columns: readonly ColumnDefinition[];
    }
  | { readonly name: 'rows'; readonly binary: boolean; readonly columns: readonly ColumnDefinition[] }
  | { readonly name: 'prepare' }
  /** Definitions and EOFs to pass over behind the answer to COM_STMT_PREPARE. */
  | { readonly name: 'prepare-rest'; readonly statement: PrepareOk; readonly left: number };

/** utf8mb4_general_ci */
const clientCharset = 45;
const defaultPacketSizeMax = 64 * 1024 * 1024;

/**
 * The client's end of one connection: bytes in, events out; what is to be sent is written into a buffer that `take`
 * hands over. It owns no socket. One command at a time; whatever `next` throws ends the connection.
 *
 *  state           a packet is                  then
 *  greeting        the handshake                securing (TLS agreed) or authenticating
 *  securing        (no packet; call `secured`)  authenticating
 *  authenticating  OK, ERR, auth switch, more   idle (OK)
 *  answer          OK, ERR, count of columns    idle, or columns
 *  columns         a column definition          columns, then end-of-columns or rows
 *  rows            a row, EOF or OK, ERR        rows; idle, or answer when another result follows
 *  prepare         the prepared statement, ERR  prepare-rest, then idle
 */
export class ClientConnection {
  readonly #options: ClientConnectionOptions;
  readonly #decoder: PacketDecoder;
  readonly #writer = new PacketWriter();
  #state: State = { name: 'greeting' };
  #capabilities = 0;
  #secured = false;

  constructor(options: ClientConnectionOptions) {
    this.#options = options;
    this.#decoder = new PacketDecoder(options.packetSizeMax ?? defaultPacketSizeMax);
    this.#decoder.expect(0);
  }

  /** What both ends may use; 0 before the greeting. */
  get capabilities(): number {
    return this.#capabilities;
  }

  get idle(): boolean {
    return this.#state.name === 'idle';
  }

  take(): Uint8Array {
    return this.#writer.take();
  }

  receive(chunk: Uint8Array): void {
    this.#decoder.push(chunk);
  }

  /**
   * @returns the next event, or undefined until more bytes have come
   * @throws ObError ER_MALFORMED_PACKET, ER_NET_PACKETS_OUT_OF_ORDER, OB_ERR_NET_PACKET_TOO_LARGE, ER_HANDSHAKE_ERROR
   */
  next(): ClientEvent | undefined {
    while (this.#state.name !== 'securing') {
      const packet = this.#decoder.next();
      if (packet === undefined) return undefined;
      this.#writer.sequenceId = packet.sequenceId + 1;
      const event = this.#packet(packet.payload);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  /** TLS is up: writes the handshake response. */
  secured(): void {
    if (this.#state.name !== 'securing') throw outOfTurn('secured', this.#state.name);
    this.#secured = true;
    this.#respond(this.#state.handshake);
  }

  /** @param text  one statement or several */
  query(text: string): void {
    this.#command('query', { name: 'answer', binary: false });
    this.#writer.begin().u8(commandCode.COM_QUERY).bytes(encodeQueryText(text)).end();
  }

  prepare(text: string): void {
    this.#command('prepare', { name: 'prepare' });
    this.#writer.begin().u8(commandCode.COM_STMT_PREPARE).bytes(encodeQueryText(text)).end();
  }

  execute(statementId: number, parameters: readonly CellValue[]): void {
    this.#command('execute', { name: 'answer', binary: true });
    encodeStmtExecute(this.#writer, { statementId, parameters });
  }

  /** Has no answer. */
  closePrepared(statementId: number): void {
    this.#command('closePrepared', { name: 'idle' });
    this.#writer.begin().u8(commandCode.COM_STMT_CLOSE).u32(statementId).end();
  }

  useDatabase(database: string): void {
    this.#command('useDatabase', { name: 'answer', binary: false });
    this.#writer.begin().u8(commandCode.COM_INIT_DB).text(database).end();
  }

  ping(): void {
    this.#command('ping', { name: 'answer', binary: false });
    this.#writer.begin().u8(commandCode.COM_PING).end();
  }

  reset(): void {
    this.#command('reset', { name: 'answer', binary: false });
    this.#writer.begin().u8(commandCode.COM_RESET_CONNECTION).end();
  }

  /** The server closes without an answer. */
  quit(): void {
    this.#writer.sequenceId = 0;
    this.#writer.begin().u8(commandCode.COM_QUIT).end();
  }

  #command(what: string, state: State): void {
    if (this.#state.name !== 'idle') throw outOfTurn(what, this.#state.name);
    this.#state = state;
    this.#writer.sequenceId = 0;
    this.#decoder.expect(1);
  }

  #packet(payload: Uint8Array): ClientEvent | undefined {
    const state = this.#state;
    if (payload[0] === errHeader && state.name !== 'columns') return this.#failed(payload);
    switch (state.name) {
      case 'greeting':
        return this.#greeted(decodeHandshake(payload));
      case 'authenticating':
        return this.#authenticated(payload, state.exchange);
      case 'answer':
        return this.#answered(payload, state.binary);
      case 'columns':
        return this.#column(payload, state);
      case 'end-of-columns':
        if (!isEof(payload)) throw malformed('no EOF behind the columns');
        return this.#rowsBegin(state);
      case 'rows':
        return this.#row(payload, state);
      case 'prepare':
        return this.#preparedRest(decodePrepareOk(payload));
      case 'prepare-rest':
        return this.#preparedRest(state.statement, state.left - 1);
      case 'idle':
      case 'securing':
        throw malformed(`a packet while ${state.name}`);
    }
  }

  #failed(payload: Uint8Array): ClientEvent {
    this.#state = { name: 'idle' };
    return { kind: 'failed', error: errorFromPacket(decodeErr(payload)) };
  }

  #greeted(handshake: Handshake): ClientEvent | undefined {
    const { tls, database } = this.#options;
    const offersTls = has(handshake.capabilities, 'SSL');
    if (tls === 'required' && !offersTls) {
      throw new ObError('ER_HANDSHAKE_ERROR', [], {
        message:
          'TLS is required, and the server does not offer it; turn ssl_client_authentication on there, or allow plain connections',
      });
    }
    const secure = tls !== 'off' && offersTls;
    const wanted =
      clientCapabilities | flagsOf(...(database === undefined ? [] : (['CONNECT_WITH_DB'] as const)));
    this.#capabilities =
      ((wanted & handshake.capabilities) | flagsOf(...(secure ? (['SSL'] as const) : []))) >>> 0;
    if (!secure) {
      this.#respond(handshake);
      return undefined;
    }
    encodeSslRequest(this.#writer, this.#head());
    this.#state = { name: 'securing', handshake };
    return { kind: 'start-tls', handshake };
  }

  #respond(handshake: Handshake): void {
    const plugin = handshake.plugin === cachingSha2Plugin ? cachingSha2Plugin : nativePasswordPlugin;
    const exchange = this.#exchange(plugin, handshake.scramble);
    encodeHandshakeResponse(this.#writer, {
      ...this.#head(),
      user: this.#options.user,
      authResponse: exchange.first(),
      database: this.#options.database,
      plugin,
      attributes: this.#options.attributes ?? new Map(),
    });
    this.#state = { name: 'authenticating', exchange };
    this.#decoder.expect(this.#writer.sequenceId);
  }

  #exchange(plugin: string, scramble: Uint8Array): PasswordExchange {
    const { password, serverPublicKey } = this.#options;
    return new PasswordExchange({ plugin, password, scramble, serverPublicKey, secured: this.#secured });
  }

  #head(): { capabilities: number; packetSizeMax: number; charset: number } {
    const packetSizeMax = this.#options.packetSizeMax ?? defaultPacketSizeMax;
    return { capabilities: this.#capabilities, packetSizeMax, charset: clientCharset };
  }

  #authenticated(payload: Uint8Array, exchange: PasswordExchange): ClientEvent | undefined {
    switch (payload[0]) {
      case okHeader:
        this.#state = { name: 'idle' };
        return { kind: 'admitted', ok: decodeOk(payload, this.#capabilities) };
      case authMoreDataHeader:
        this.#answer(exchange.more(decodeAuthMoreData(payload)));
        return undefined;
      case eofHeader: {
        const { plugin, scramble } = decodeAuthSwitch(payload);
        const other = this.#exchange(plugin, scramble);
        this.#state = { name: 'authenticating', exchange: other };
        this.#answer(other.first());
        return undefined;
      }
      default:
        throw malformed('neither OK nor a part of the authentication');
    }
  }

  /** @param bytes  undefined: it is the server's turn again */
  #answer(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined) this.#writer.begin().bytes(bytes).end();
    this.#decoder.expect(this.#writer.sequenceId);
  }

  #answered(payload: Uint8Array, binary: boolean): ClientEvent | undefined {
    if (payload[0] === okHeader) return this.#resultEnd(decodeOk(payload, this.#capabilities), binary);
    const left = new ByteReader(payload).size();
    this.#state = { name: 'columns', binary, columns: [], left };
    return undefined;
  }

  #column(payload: Uint8Array, state: Extract<State, { name: 'columns' }>): ClientEvent | undefined {
    state.columns.push(decodeColumnDefinition(payload));
    const left = state.left - 1;
    if (left > 0) this.#state = { ...state, left };
    else if (has(this.#capabilities, 'DEPRECATE_EOF')) return this.#rowsBegin(state);
    else this.#state = { name: 'end-of-columns', binary: state.binary, columns: state.columns };
    return undefined;
  }

  #rowsBegin(state: {
    readonly binary: boolean;
    readonly columns: readonly ColumnDefinition[];
  }): ClientEvent {
    this.#state = { name: 'rows', binary: state.binary, columns: state.columns };
    return { kind: 'columns', columns: state.columns };
  }

  #row(payload: Uint8Array, state: Extract<State, { name: 'rows' }>): ClientEvent {
    if (this.#isEndOfRows(payload)) {
      const deprecated = has(this.#capabilities, 'DEPRECATE_EOF');
      const ok = deprecated ? decodeOk(payload, this.#capabilities) : { ...noChange, ...decodeEof(payload) };
      return this.#resultEnd(ok, state.binary);
    }
    const cells = state.binary
      ? decodeBinaryRow(payload, state.columns)
      : decodeTextRow(payload, state.columns.length);
    return { kind: 'row', cells };
  }

  #isEndOfRows(payload: Uint8Array): boolean {
    if (!has(this.#capabilities, 'DEPRECATE_EOF')) return isEof(payload);
    return payload[0] === eofHeader && payload.length < 0xffffff;
  }

  #resultEnd(ok: Ok, binary: boolean): ClientEvent {
    const more = (ok.status & serverStatus.MORE_RESULTS_EXIST) !== 0;
    this.#state = more ? { name: 'answer', binary } : { name: 'idle' };
    return { kind: 'result-end', ok, more };
  }

  #preparedRest(statement: PrepareOk, left = this.#packetsBehind(statement)): ClientEvent | undefined {
    if (left === 0) {
      this.#state = { name: 'idle' };
      return { kind: 'prepared', statement };
    }
    this.#state = { name: 'prepare-rest', statement, left };
    return undefined;
  }

  #packetsBehind({ columnCount, parameterCount }: PrepareOk): number {
    const ends = has(this.#capabilities, 'DEPRECATE_EOF') ? 0 : 1;
    const group = (count: number): number => (count === 0 ? 0 : count + ends);
    return group(parameterCount) + group(columnCount);
  }
}

function outOfTurn(what: string, state: string): ObError {
  return new ObError('OB_STATE_NOT_MATCH', [], { message: `${what} while the connection is ${state}` });
}

const noChange: Ok = {
  affectedRows: 0n,
  lastInsertId: 0n,
  status: 0,
  warningCount: 0,
  info: '',
  changes: [],
};
