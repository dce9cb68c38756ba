import { ByteReader } from '../byte-reader.ts';
import { has } from '../capabilities.ts';
import { commandCode } from '../commands.ts';
import type { PacketWriter } from '../packet-writer.ts';
import { readAttributes, writeAttributes } from './handshake-response.ts';

/**
 * COM_CHANGE_USER.
 *
 *  offset size type   field          meaning
 *       0    1 u8     command        0x11
 *       1    … NUL    user
 *       …    … bytes  auth response  size as u8
 *       …    … NUL    database
 *       …    2 u16    character set  this and what follows may be missing
 *       …    … NUL    plugin         with PLUGIN_AUTH
 *       …    … pairs  attributes     with CONNECT_ATTRS
 * Source: docs/protocol/mysql.md#com_change_user
 */
export interface ChangeUser {
  readonly user: string;
  readonly authResponse: Uint8Array;
  readonly database: string | undefined;
  readonly charset: number | undefined;
  readonly plugin: string;
  readonly attributes: ReadonlyMap<string, string>;
}

export function encodeChangeUser(writer: PacketWriter, value: ChangeUser, capabilities: number): void {
  writer
    .begin()
    .u8(commandCode.COM_CHANGE_USER)
    .textNul(value.user)
    .u8(value.authResponse.length)
    .bytes(value.authResponse)
    .textNul(value.database ?? '');
  if (value.charset !== undefined) {
    writer.u16(value.charset);
    if (has(capabilities, 'PLUGIN_AUTH')) writer.textNul(value.plugin);
    if (has(capabilities, 'CONNECT_ATTRS')) writeAttributes(writer, value.attributes);
  }
  writer.end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodeChangeUser(payload: Uint8Array, capabilities: number): ChangeUser {
  const reader = new ByteReader(payload, 1);
  const user = reader.textUntilNul();
  const authResponse = reader.bytes(reader.u8());
  const database = reader.textUntilNul();
  const charset = reader.left >= 2 ? reader.u16() : undefined;
  const plugin = has(capabilities, 'PLUGIN_AUTH') && reader.left > 0 ? reader.textUntilNul() : '';
  const attributes =
    has(capabilities, 'CONNECT_ATTRS') && reader.left > 0
      ? readAttributes(reader)
      : new Map<string, string>();
  return {
    user,
    authResponse,
    database: database === '' ? undefined : database,
    charset,
    plugin,
    attributes,
  };
}
