import { ObError } from '@sealane/errors';
import { commandCode, commandName, decodeQueryText } from '@sealane/mysql-protocol';
import { type CommandKind, textKind, unknownKind } from './statement-kind.ts';

/** A statement that the client has prepared, by a number that is good on every server. */
interface Prepared {
  /** As the client sent it, without the command's code. */
  readonly text: Uint8Array;
  readonly parameterCount: number;
  readonly kind: CommandKind;
  /** The parameters' types of its last execution that named them: a server that has just prepared it needs them again. */
  types: Uint8Array | undefined;
  /** The server's number for it, by the link. */
  readonly onServer: WeakMap<object, { readonly id: number; bound: boolean }>;
  /** COM_STMT_SEND_LONG_DATA for the next execution, as they came. */
  longData: Uint8Array[];
  longDataSize: number;
}

/**
 *  COM_STMT_EXECUTE
 *  offset size      field
 *       0    1      code
 *       1    4 u32  statement id
 *       5    1      flags
 *       6    4 u32  iterations
 *      10    … bits NULLs       (parameters + 7) / 8 bytes, where there are parameters
 *       …    1      new types   1: two bytes for each parameter follow
 */
const idAt = 1;
const nullsAt = 10;

/** The client's prepared statements, whichever server has them now, and what it has sent ahead for them. */
export class PreparedStatements {
  readonly #byId = new Map<number, Prepared>();
  readonly #longDataMax: number;
  #lastId = 0;

  /** @param longDataMax  bytes sent ahead of one execution; with more it fails, as at a server */
  constructor(longDataMax: number) {
    this.#longDataMax = longDataMax;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** The server has prepared it. @returns the number for the client */
  add(text: Uint8Array, parameterCount: number, link: object, serverId: number): number {
    this.#lastId += 1;
    const prepared: Prepared = {
      text,
      parameterCount,
      kind: textKind(decodeQueryText(text.subarray(0, looksAt))),
      types: undefined,
      onServer: new WeakMap([[link, { id: serverId, bound: false }]]),
      longData: [],
      longDataSize: 0,
    };
    this.#byId.set(this.#lastId, prepared);
    return this.#lastId;
  }

  /** What an execution does. */
  kindOf(command: Uint8Array): CommandKind {
    return this.#of(command)?.kind ?? unknownKind;
  }

  /** @throws ObError OB_EER_UNKNOWN_STMT_HANDLER for a number of no statement: a server may know it as another's */
  mustKnow(command: Uint8Array): void {
    const id = statementIdOf(command);
    if (id === undefined || this.#byId.has(id)) return;
    const name = (commandName(command[0] ?? 0) ?? '').replace('COM_STMT_', '').toLowerCase();
    throw new ObError('OB_EER_UNKNOWN_STMT_HANDLER', [id, `mysqld_stmt_${name}`]);
  }

  /** @returns the text to be prepared on this link before the command makes sense there; undefined where it is */
  missingOn(
    link: object,
    command: Uint8Array,
  ): { readonly id: number; readonly text: Uint8Array } | undefined {
    if (this.#byId.size === 0) return undefined;
    const id = statementIdOf(command);
    const prepared = id === undefined ? undefined : this.#byId.get(id);
    if (id === undefined || prepared === undefined || prepared.onServer.has(link)) return undefined;
    return { id, text: prepared.text };
  }

  preparedOn(id: number, link: object, serverId: number): void {
    this.#byId.get(id)?.onServer.set(link, { id: serverId, bound: false });
  }

  /** @returns the command with the link's number, and with types where its server doesn't know them */
  translated(command: Uint8Array, link: object): Uint8Array {
    const prepared = this.#of(command);
    const onServer = prepared?.onServer.get(link);
    if (prepared === undefined || onServer === undefined) return command;
    const translated =
      command[0] === commandCode.COM_STMT_EXECUTE
        ? withTypes(command, prepared, onServer)
        : Buffer.from(command);
    translated.writeUInt32LE(onServer.id, idAt);
    return translated;
  }

  /** COM_STMT_SEND_LONG_DATA: kept until the statement is executed, wherever that is. */
  sendLongData(command: Uint8Array): void {
    const prepared = this.#of(command);
    if (prepared === undefined) return;
    prepared.longDataSize += command.length;
    if (prepared.longDataSize > this.#longDataMax) prepared.longData = [];
    else prepared.longData.push(Uint8Array.from(command));
  }

  /**
   * What must go to the link ahead of the execution.
   *
   * @throws ObError OB_ERR_NET_PACKET_TOO_LARGE
   */
  longDataFor(command: Uint8Array, link: object): Uint8Array[] {
    const prepared = this.#of(command);
    if (prepared === undefined || prepared.longDataSize === 0) return [];
    if (prepared.longDataSize > this.#longDataMax) {
      this.dropLongData(command);
      throw new ObError('OB_ERR_NET_PACKET_TOO_LARGE');
    }
    return prepared.longData.map((each) => this.translated(each, link));
  }

  /** It was executed, or reset. */
  dropLongData(command: Uint8Array): void {
    const prepared = this.#of(command);
    if (prepared === undefined) return;
    prepared.longData = [];
    prepared.longDataSize = 0;
  }

  /** COM_STMT_CLOSE. */
  forget(command: Uint8Array): void {
    const id = statementIdOf(command);
    if (id !== undefined) this.#byId.delete(id);
  }

  clear(): void {
    this.#byId.clear();
  }

  #of(command: Uint8Array): Prepared | undefined {
    const id = statementIdOf(command);
    return id === undefined ? undefined : this.#byId.get(id);
  }
}

const looksAt = 8_192;

/** @returns the client's number, for a command that has one */
export function statementIdOf(command: Uint8Array): number | undefined {
  switch (command[0]) {
    case commandCode.COM_STMT_EXECUTE:
    case commandCode.COM_STMT_SEND_LONG_DATA:
    case commandCode.COM_STMT_CLOSE:
    case commandCode.COM_STMT_RESET:
    case commandCode.COM_STMT_FETCH:
      return command.length < idAt + 4 ? undefined : bufferOf(command).readUInt32LE(idAt);
    default:
      return undefined;
  }
}

function withTypes(
  command: Uint8Array,
  prepared: Prepared,
  onServer: { readonly id: number; bound: boolean },
): Buffer {
  const { parameterCount } = prepared;
  if (parameterCount === 0) return Buffer.from(command);
  const flagAt = nullsAt + Math.ceil(parameterCount / 8);
  const typesEnd = flagAt + 1 + 2 * parameterCount;
  if (command[flagAt] === 1) {
    prepared.types = Uint8Array.from(command.subarray(flagAt + 1, typesEnd));
    onServer.bound = true;
    return Buffer.from(command);
  }
  if (onServer.bound || prepared.types === undefined) return Buffer.from(command);
  onServer.bound = true;
  return Buffer.concat([
    command.subarray(0, flagAt),
    Buffer.from([1]),
    prepared.types,
    command.subarray(flagAt + 1),
  ]);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
