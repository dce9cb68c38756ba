import { ByteReader, malformed } from './byte-reader.ts';
import { has, serverStatus } from './capabilities.ts';
import { commandCode } from './commands.ts';
import { packetPayloadMax } from './packet-stream.ts';
import { decodeEof, type Eof } from './packets/eof.ts';
import { decodeErr, type Err, errHeader } from './packets/err.ts';
import { decodeOk, eofHeader, type Ok, okHeader } from './packets/ok.ts';
import { decodePrepareOk, type PrepareOk } from './packets/prepare-ok.ts';

/**
 * A part of an answer on its way through. `bytes` are what came, headers included: whoever passes all of them on, in order,
 * passes the answer on unchanged. `done` says that the command is answered.
 */
export type ResponsePiece =
  /** Columns, rows, and what else needn't be understood. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array; readonly done: boolean }
  /** The end of a result, or an answer without rows. */
  | { readonly kind: 'ok'; readonly bytes: Uint8Array; readonly ok: Ok; readonly done: boolean }
  | { readonly kind: 'eof'; readonly bytes: Uint8Array; readonly eof: Eof; readonly done: boolean }
  | { readonly kind: 'error'; readonly bytes: Uint8Array; readonly error: Err; readonly done: true }
  | {
      readonly kind: 'prepared';
      readonly bytes: Uint8Array;
      readonly statement: PrepareOk;
      readonly done: boolean;
    }
  /** LOCAL INFILE: the client speaks next, and then the server again. */
  | { readonly kind: 'infile'; readonly bytes: Uint8Array; readonly done: false };

/**
 *  state      a packet is                            then
 *  idle       (none may come)
 *  answer     OK, ERR, INFILE, the count of columns  idle, answer (more results), columns
 *  columns    a definition                           columns; then column-end or rows
 *  column-end EOF                                    rows; idle for an open cursor
 *  rows       a row; EOF or OK; ERR                  rows; idle, answer (more results)
 *  prepare    the prepared statement, ERR            definitions, idle
 *  definitions  of parameters and columns, EOFs      idle
 *  fields     a definition; EOF or OK; ERR           fields; idle
 *  text       a text                                 idle
 */
type State =
  | { readonly name: 'idle' | 'answer' | 'column-end' | 'rows' | 'prepare' | 'fields' | 'text' }
  | { readonly name: 'columns' | 'definitions'; readonly left: number };

const headerSize = 4;
/** Of packets that are looked into: OK with its session changes, ERR. Rows and columns have no bound here. */
const understoodSizeMax = 1024 * 1024;

/**
 * Follows the answers to commands through a stream of bytes without taking them apart: it finds where an answer ends and
 * what its end says, and looks at no row. For proxies.
 *
 * @see docs/protocol/mysql.md for the packets
 */
export class ResponseScanner {
  readonly #capabilities: number;
  #state: State = { name: 'idle' };
  /** The beginning of a packet whose rest hasn't come, and how many bytes must be there before it is looked at again. */
  #held: Uint8Array[] = [];
  #heldSize = 0;
  #needed = 0;
  /** Bytes of the current packet that pass without a look. */
  #skip = 0;
  /** The packet that passes is followed by another part of the same payload. */
  #goesOn = false;
  /** Of the last packet of which something was handed out. */
  #sequenceId = 0;

  /** @param capabilities  those agreed with the server */
  constructor(capabilities: number) {
    this.#capabilities = capabilities;
  }

  /** No answer is under way. */
  get idle(): boolean {
    return this.#state.name === 'idle';
  }

  /**
   * Where the answer breaks off, whoever passed all of it on may end it with a packet of this sequence id. Undefined in the midst of
   * a packet.
   */
  get nextSequenceId(): number | undefined {
    return this.#skip === 0 && !this.#goesOn ? (this.#sequenceId + 1) & 0xff : undefined;
  }

  /** A command was sent, by its first byte. @returns whether it has an answer */
  begin(command: number): boolean {
    if (!this.idle) throw malformed('a command while another one is answered');
    this.#state = { name: firstState(command) };
    return !this.idle;
  }

  /**
   * Takes bytes from the server. Pieces share their memory: pass them on or copy them.
   *
   * @throws ObError ER_MALFORMED_PACKET: what came isn't an answer to what was asked
   */
  scan(chunk: Uint8Array): ResponsePiece[] {
    const bytes = this.#joined(chunk);
    if (bytes === undefined) return [];
    const pieces: ResponsePiece[] = [];
    let rawFrom = 0;
    let at = 0;
    const pass = (to: number, done = false): void => {
      if (to > rawFrom) pieces.push({ kind: 'raw', bytes: bytes.subarray(rawFrom, to), done });
      rawFrom = to;
    };
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const size = Math.min(this.#skip, bytes.length - at);
        this.#skip -= size;
        at += size;
        if (this.#skip === 0 && this.idle) pass(at, true);
        continue;
      }
      const packet = this.#packetAt(bytes, at);
      if (packet === undefined) break;
      if (packet.kind === 'skip') {
        at += headerSize;
        if (packet.size === 0 && this.idle) pass(at, true);
        continue;
      }
      pass(at);
      at += packet.bytes.length;
      rawFrom = at;
      pieces.push(packet.piece);
    }
    pass(at);
    if (at < bytes.length) this.#hold(Buffer.from(bytes.subarray(at)));
    return pieces;
  }

  /** Joined once, when enough has come: a packet that drips in isn't copied for each of its bytes. */
  #joined(chunk: Uint8Array): Buffer | undefined {
    if (this.#heldSize === 0) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#hold(chunk);
    if (this.#heldSize < this.#needed) return undefined;
    const bytes = Buffer.concat(this.#held, this.#heldSize);
    this.#held = [];
    this.#heldSize = 0;
    return bytes;
  }

  #hold(bytes: Uint8Array): void {
    this.#heldSize += bytes.length;
    const last = this.#held.at(-1);
    // Nor does each of them cost an object.
    if (last !== undefined && last.length + bytes.length <= gatheredSizeMax) {
      this.#held[this.#held.length - 1] = Buffer.concat([last, bytes]);
    } else if (bytes.length > 0) this.#held.push(Uint8Array.from(bytes));
  }

  /** @returns undefined until enough of it has come */
  #packetAt(
    bytes: Buffer,
    at: number,
  ):
    | { readonly kind: 'skip'; readonly size: number }
    | { readonly kind: 'piece'; readonly bytes: Buffer; readonly piece: ResponsePiece }
    | undefined {
    this.#needed = headerSize;
    if (bytes.length - at < headerSize) return undefined;
    const size = bytes.readUIntLE(at, 3);
    const sequenceId = bytes.readUInt8(at + 3);
    if (this.#goesOn) return this.#skipPacket(size, sequenceId, false);
    if (this.idle) throw malformed('a packet that answers nothing');
    this.#needed = headerSize + 1;
    if (size > 0 && bytes.length - at === headerSize) return undefined;
    const first = size === 0 ? -1 : bytes.readUInt8(at + headerSize);
    if (!this.#isUnderstood(first, size)) return this.#skipPacket(size, sequenceId, true);
    if (size > understoodSizeMax) throw malformed(`an answer of ${size} bytes where a short one is due`);
    this.#needed = headerSize + size;
    if (bytes.length - at < this.#needed) return undefined;
    this.#sequenceId = sequenceId;
    const whole = bytes.subarray(at, at + headerSize + size);
    return { kind: 'piece', bytes: whole, piece: this.#piece(whole, whole.subarray(headerSize)) };
  }

  #skipPacket(
    size: number,
    sequenceId: number,
    isBeginning: boolean,
  ): { readonly kind: 'skip'; readonly size: number } {
    this.#sequenceId = sequenceId;
    this.#skip = size;
    this.#goesOn = size === packetPayloadMax;
    if (isBeginning) this.#passed();
    return { kind: 'skip', size };
  }

  /** Whether a packet that begins like this says something of the answer's course. */
  #isUnderstood(first: number, size: number): boolean {
    switch (this.#state.name) {
      case 'columns':
      case 'definitions':
      case 'text':
        return false;
      case 'rows':
      case 'fields':
        return (first === errHeader && size < packetPayloadMax) || this.#isEnd(first, size);
      default:
        return true;
    }
  }

  #isEnd(first: number, size: number): boolean {
    if (first !== eofHeader) return false;
    return has(this.#capabilities, 'DEPRECATE_EOF') ? size < packetPayloadMax : size < 9;
  }

  /** A packet went by that wasn't looked into. */
  #passed(): void {
    const state = this.#state;
    if (state.name === 'columns') {
      if (state.left > 1) this.#state = { name: 'columns', left: state.left - 1 };
      else this.#state = { name: has(this.#capabilities, 'DEPRECATE_EOF') ? 'rows' : 'column-end' };
    } else if (state.name === 'definitions') {
      this.#state = state.left > 1 ? { name: 'definitions', left: state.left - 1 } : { name: 'idle' };
    } else if (state.name === 'text') this.#state = { name: 'idle' };
  }

  #piece(bytes: Buffer, payload: Buffer): ResponsePiece {
    const first = payload[0];
    if (first === errHeader) {
      this.#state = { name: 'idle' };
      return { kind: 'error', bytes, error: decodeErr(payload), done: true };
    }
    switch (this.#state.name) {
      case 'answer':
        return this.#answer(bytes, payload);
      case 'column-end':
        return this.#columnEnd(bytes, payload);
      case 'prepare':
        return this.#prepared(bytes, decodePrepareOk(payload));
      case 'rows':
      case 'fields':
        return this.#end(bytes, payload);
      default:
        throw malformed(`a packet while ${this.#state.name}`);
    }
  }

  #answer(bytes: Buffer, payload: Buffer): ResponsePiece {
    if (payload[0] === okHeader) return this.#okPiece(bytes, decodeOk(payload, this.#capabilities));
    if (payload[0] === infileHeader) return { kind: 'infile', bytes, done: false };
    const left = new ByteReader(payload).size();
    if (left === 0) throw malformed('a result without columns');
    this.#state = { name: 'columns', left };
    return { kind: 'raw', bytes, done: false };
  }

  #columnEnd(bytes: Buffer, payload: Buffer): ResponsePiece {
    if (payload[0] !== eofHeader) throw malformed('no EOF behind the columns');
    const eof = decodeEof(payload);
    const isCursor = (eof.status & serverStatus.CURSOR_EXISTS) !== 0;
    this.#state = { name: isCursor ? 'idle' : 'rows' };
    return { kind: 'eof', bytes, eof, done: isCursor };
  }

  #end(bytes: Buffer, payload: Buffer): ResponsePiece {
    if (has(this.#capabilities, 'DEPRECATE_EOF'))
      return this.#okPiece(bytes, decodeOk(payload, this.#capabilities));
    const eof = decodeEof(payload);
    return { kind: 'eof', bytes, eof, done: this.#resultOver(eof.status) };
  }

  #okPiece(bytes: Buffer, ok: Ok): ResponsePiece {
    return { kind: 'ok', bytes, ok, done: this.#resultOver(ok.status) };
  }

  /** @returns whether nothing follows */
  #resultOver(status: number): boolean {
    const more = (status & serverStatus.MORE_RESULTS_EXIST) !== 0;
    this.#state = { name: more ? 'answer' : 'idle' };
    return !more;
  }

  #prepared(bytes: Buffer, statement: PrepareOk): ResponsePiece {
    const ends = has(this.#capabilities, 'DEPRECATE_EOF') ? 0 : 1;
    const group = (count: number): number => (count === 0 ? 0 : count + ends);
    const left = group(statement.parameterCount) + group(statement.columnCount);
    this.#state = left === 0 ? { name: 'idle' } : { name: 'definitions', left };
    return { kind: 'prepared', bytes, statement, done: left === 0 };
  }
}

const infileHeader = 0xfb;
/** Chunks up to this size are put together as they come. */
const gatheredSizeMax = 4 * 1024;

function firstState(command: number): 'idle' | 'answer' | 'prepare' | 'fields' | 'rows' | 'text' {
  switch (command) {
    case commandCode.COM_QUIT:
    case commandCode.COM_STMT_CLOSE:
    case commandCode.COM_STMT_SEND_LONG_DATA:
      return 'idle';
    case commandCode.COM_STMT_PREPARE:
      return 'prepare';
    case commandCode.COM_FIELD_LIST:
      return 'fields';
    case commandCode.COM_STMT_FETCH:
    // Answered by the mere end of a result.
    case commandCode.COM_SET_OPTION:
    case commandCode.COM_DEBUG:
      return 'rows';
    case commandCode.COM_STATISTICS:
      return 'text';
    default:
      return 'answer';
  }
}
