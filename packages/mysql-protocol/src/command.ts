import { ByteReader } from './byte-reader.ts';
import type { CellValue } from './cell-value.ts';
import { type Charset, utf8mb4 } from './charset.ts';
import { commandName } from './commands.ts';
import { type ChangeUser, decodeChangeUser } from './packets/change-user.ts';
import { decodeFieldList } from './packets/field-list.ts';

/** A command as the session sees it. Commands without an answer that only concern the protocol don't show up. */
export type Command =
  | { readonly name: 'COM_QUIT' }
  | { readonly name: 'COM_INIT_DB'; readonly database: string }
  | { readonly name: 'COM_QUERY'; readonly text: string }
  | { readonly name: 'COM_FIELD_LIST'; readonly table: string; readonly wildcard: string }
  | { readonly name: 'COM_STATISTICS' }
  | { readonly name: 'COM_PROCESS_INFO' }
  | { readonly name: 'COM_PROCESS_KILL'; readonly connectionId: number }
  | { readonly name: 'COM_PING' }
  | { readonly name: 'COM_CHANGE_USER'; readonly changeUser: ChangeUser }
  | { readonly name: 'COM_STMT_PREPARE'; readonly text: string }
  | {
      readonly name: 'COM_STMT_EXECUTE';
      readonly statementId: number;
      readonly parameters: readonly CellValue[];
    }
  | { readonly name: 'COM_STMT_CLOSE'; readonly statementId: number }
  | { readonly name: 'COM_STMT_RESET'; readonly statementId: number }
  | { readonly name: 'COM_STMT_FETCH'; readonly statementId: number }
  | { readonly name: 'COM_SET_OPTION'; readonly multiStatements: boolean }
  | { readonly name: 'COM_RESET_CONNECTION' };

/** COM_STMT_SEND_LONG_DATA: command (u8), statement id (u32), parameter index (u16), data to the end; it has no answer. */
export interface LongData {
  readonly name: 'COM_STMT_SEND_LONG_DATA';
  readonly statementId: number;
  readonly index: number;
  readonly data: Uint8Array;
}

/** COM_STMT_EXECUTE before its parameters are read, which takes what the connection remembers of the statement. */
export interface RawExecute {
  readonly name: 'COM_STMT_EXECUTE';
  readonly payload: Uint8Array;
}

type Decoded = Exclude<Command, { readonly name: 'COM_STMT_EXECUTE' }> | LongData | RawExecute;

/**
 * @returns undefined for a command we don't have
 * @throws ObError ER_MALFORMED_PACKET
 */
export function decodeCommand(
  payload: Uint8Array,
  { capabilities, charset = utf8mb4 }: { readonly capabilities: number; readonly charset?: Charset },
): Decoded | undefined {
  const reader = new ByteReader(payload);
  const name = commandName(reader.u8());
  switch (name) {
    case 'COM_QUIT':
    case 'COM_STATISTICS':
    case 'COM_PROCESS_INFO':
    case 'COM_PING':
    case 'COM_RESET_CONNECTION':
      return { name };
    case 'COM_INIT_DB':
      return { name, database: charset.decode(payload.subarray(1)) };
    case 'COM_QUERY':
    case 'COM_STMT_PREPARE':
      return { name, text: charset.decode(payload.subarray(1)) };
    case 'COM_FIELD_LIST':
      return { name, ...decodeFieldList(payload) };
    case 'COM_PROCESS_KILL':
      return { name, connectionId: reader.u32() };
    case 'COM_CHANGE_USER':
      return { name, changeUser: decodeChangeUser(payload, capabilities) };
    case 'COM_STMT_EXECUTE':
      return { name, payload };
    case 'COM_STMT_CLOSE':
    case 'COM_STMT_RESET':
    case 'COM_STMT_FETCH':
      return { name, statementId: reader.u32() };
    case 'COM_STMT_SEND_LONG_DATA':
      return { name, statementId: reader.u32(), index: reader.u16(), data: reader.restBytes() };
    case 'COM_SET_OPTION':
      return { name, multiStatements: reader.u16() === multiStatementsOn };
    default:
      return undefined;
  }
}

/** MYSQL_OPTION_MULTI_STATEMENTS_ON; 1 is off. */
const multiStatementsOn = 0;
