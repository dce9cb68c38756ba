import { commandCode } from '@sealane/mysql-protocol';

/** A statement that the client has prepared, by a number that is good on every server. */
interface Prepared {
  /** As the client sent it, without the command's code. */
  readonly text: Uint8Array;
  readonly parameterCount: number;
  /** The parameters' types of its last execution that named them: a server that has just prepared it needs them again. */
  types: Uint8Array | undefined;
  /** The server's number for it, and on which link. */
  onServer: { readonly link: object; readonly id: number; bound: boolean } | undefined;
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

/** The client's prepared statements, whichever server has them now. */
export class PreparedStatements {
  readonly #byId = new Map<number, Prepared>();
  #lastId = 0;

  get size(): number {
    return this.#byId.size;
  }

  /** The server has prepared it. @returns the number for the client */
  add(text: Uint8Array, parameterCount: number, link: object, serverId: number): number {
    this.#lastId += 1;
    const onServer = { link, id: serverId, bound: false };
    this.#byId.set(this.#lastId, { text, parameterCount, types: undefined, onServer });
    return this.#lastId;
  }

  /** @returns the text to be prepared on this link before the command makes sense there; undefined where it is */
  missingOn(
    link: object,
    command: Uint8Array,
  ): { readonly id: number; readonly text: Uint8Array } | undefined {
    const id = statementIdOf(command);
    const prepared = id === undefined ? undefined : this.#byId.get(id);
    if (id === undefined || prepared === undefined || prepared.onServer?.link === link) return undefined;
    return { id, text: prepared.text };
  }

  preparedOn(id: number, link: object, serverId: number): void {
    const prepared = this.#byId.get(id);
    if (prepared !== undefined) prepared.onServer = { link, id: serverId, bound: false };
  }

  /** @returns the command with the server's number, and with types where the server doesn't know them; unchanged for an unknown one */
  translated(command: Uint8Array): Uint8Array {
    const id = statementIdOf(command);
    const prepared = id === undefined ? undefined : this.#byId.get(id);
    if (id === undefined || prepared?.onServer === undefined) return command;
    const translated =
      command[0] === commandCode.COM_STMT_EXECUTE ? withTypes(command, prepared) : Buffer.from(command);
    Buffer.from(translated.buffer, translated.byteOffset, translated.length).writeUInt32LE(
      prepared.onServer.id,
      idAt,
    );
    if (command[0] === commandCode.COM_STMT_CLOSE) this.#byId.delete(id);
    return translated;
  }

  /** The client closed one that no server has. */
  forget(command: Uint8Array): void {
    const id = statementIdOf(command);
    if (id !== undefined) this.#byId.delete(id);
  }

  clear(): void {
    this.#byId.clear();
  }
}

/** @returns the client's number, for a command that has one */
export function statementIdOf(command: Uint8Array): number | undefined {
  switch (command[0]) {
    case commandCode.COM_STMT_EXECUTE:
    case commandCode.COM_STMT_SEND_LONG_DATA:
    case commandCode.COM_STMT_CLOSE:
    case commandCode.COM_STMT_RESET:
    case commandCode.COM_STMT_FETCH:
      return command.length < idAt + 4 ? undefined : Buffer.from(command).readUInt32LE(idAt);
    default:
      return undefined;
  }
}

function withTypes(command: Uint8Array, prepared: Prepared): Uint8Array {
  const { parameterCount, onServer } = prepared;
  if (parameterCount === 0 || onServer === undefined) return Buffer.from(command);
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
