import { ByteReader, malformed } from '../byte-reader.ts';
import { has } from '../capabilities.ts';
import { scrambleSize } from '../native-password.ts';
import type { PacketWriter } from '../packet-writer.ts';

/**
 * Handshake version 10, the first packet, from the server.
 *
 *  offset size type    field            meaning
 *       0    1 u8      protocol         10
 *       1    … NUL     server version   `5.7.25`
 *       …    4 u32     connection id
 *       …    8 bytes   scramble         first part
 *       …    1 u8      filler           0
 *       …    2 u16     capabilities     low half
 *       …    1 u8      character set    46: utf8mb4_bin
 *       …    2 u16     status           server status
 *       …    2 u16     capabilities     high half
 *       …    1 u8      scramble size    21: with its NUL
 *       …   10 bytes   reserved         zeros
 *       …   13 bytes   scramble         second part, 12 bytes and a NUL
 *       …    … NUL     plugin           with PLUGIN_AUTH
 * Source: docs/protocol/mysql.md#handshake
 */
export interface Handshake {
  readonly serverVersion: string;
  readonly connectionId: number;
  /** 20 bytes, none of them NUL. */
  readonly scramble: Uint8Array;
  readonly capabilities: number;
  readonly charset: number;
  readonly status: number;
  readonly plugin: string;
}

const protocolVersion = 10;
const scrambleHead = 8;

export function encodeHandshake(writer: PacketWriter, value: Handshake): void {
  writer
    .begin()
    .u8(protocolVersion)
    .textNul(value.serverVersion)
    .u32(value.connectionId)
    .bytes(value.scramble.subarray(0, scrambleHead))
    .u8(0)
    .u16(value.capabilities)
    .u8(value.charset)
    .u16(value.status)
    .u16(value.capabilities >>> 16)
    .u8(has(value.capabilities, 'PLUGIN_AUTH') ? scrambleSize + 1 : 0)
    .zeros(10)
    .bytes(value.scramble.subarray(scrambleHead, scrambleSize))
    .u8(0);
  if (has(value.capabilities, 'PLUGIN_AUTH')) writer.textNul(value.plugin);
  writer.end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodeHandshake(payload: Uint8Array): Handshake {
  const reader = new ByteReader(payload);
  const version = reader.u8();
  if (version !== protocolVersion) throw malformed(`handshake version ${version}`);
  const serverVersion = reader.textUntilNul();
  const connectionId = reader.u32();
  const head = reader.bytes(scrambleHead);
  reader.skip(1);
  const low = reader.u16();
  const charset = reader.u8();
  const status = reader.u16();
  const capabilities = (low | (reader.u16() << 16)) >>> 0;
  reader.skip(11);
  const tail = reader.bytes(scrambleSize - scrambleHead);
  if (reader.left > 0) reader.skip(1);
  const plugin = has(capabilities, 'PLUGIN_AUTH') && reader.left > 0 ? readPlugin(reader) : '';
  return {
    serverVersion,
    connectionId,
    scramble: Buffer.concat([head, tail]),
    capabilities,
    charset,
    status,
    plugin,
  };
}

/** Some servers leave the last NUL out. */
function readPlugin(reader: ByteReader): string {
  return reader.restText().replace(/\0.*$/s, '');
}
