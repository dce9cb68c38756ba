import { ByteReader, malformed } from '../byte-reader.ts';
import { has } from '../capabilities.ts';
import type { PacketWriter } from '../packet-writer.ts';

/**
 * The client's answer to the handshake.
 *
 *  offset size type    field            meaning
 *       0    4 u32     capabilities     PROTOCOL_41 must be among them
 *       4    4 u32     packet size max  what the client takes; informative
 *       8    1 u8      character set
 *       9   23 bytes   reserved
 *      32    … NUL     user
 *       …    … bytes   auth response    size as length-encoded integer (PLUGIN_AUTH_LENENC_CLIENT_DATA), as u8
 *                                       (SECURE_CONNECTION), or up to a NUL
 *       …    … NUL     database         with CONNECT_WITH_DB
 *       …    … NUL     plugin           with PLUGIN_AUTH
 *       …    … pairs   attributes       with CONNECT_ATTRS: size of all, then name and value, each with its size
 *
 * The first 32 bytes alone, with the SSL bit, are an SSLRequest.
 * Source: docs/protocol/mysql.md#handshake-response
 */
export interface HandshakeResponse {
  readonly capabilities: number;
  readonly packetSizeMax: number;
  readonly charset: number;
  readonly user: string;
  readonly authResponse: Uint8Array;
  readonly database: string | undefined;
  /** Empty when the client named none. */
  readonly plugin: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** The beginning of a handshake response: an SSLRequest holds nothing else. */
export interface SslRequest {
  readonly capabilities: number;
  readonly packetSizeMax: number;
  readonly charset: number;
}

export const sslRequestSize = 32;
/** More are refused: the original's own limit is the 64 KiB of the field. */
const attributesMax = 512;

export function encodeSslRequest(writer: PacketWriter, value: SslRequest): void {
  writeHead(writer.begin(), value).end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodeSslRequest(payload: Uint8Array): SslRequest {
  return readHead(new ByteReader(payload));
}

export function encodeHandshakeResponse(writer: PacketWriter, value: HandshakeResponse): void {
  writeHead(writer.begin(), value).textNul(value.user);
  if (has(value.capabilities, 'PLUGIN_AUTH_LENENC_CLIENT_DATA')) writer.sizedBytes(value.authResponse);
  else if (has(value.capabilities, 'SECURE_CONNECTION')) {
    writer.u8(value.authResponse.length).bytes(value.authResponse);
  } else writer.bytes(value.authResponse).u8(0);
  if (has(value.capabilities, 'CONNECT_WITH_DB')) writer.textNul(value.database ?? '');
  if (has(value.capabilities, 'PLUGIN_AUTH')) writer.textNul(value.plugin);
  if (has(value.capabilities, 'CONNECT_ATTRS')) writeAttributes(writer, value.attributes);
  writer.end();
}

/** @throws ObError ER_MALFORMED_PACKET */
export function decodeHandshakeResponse(payload: Uint8Array): HandshakeResponse {
  const reader = new ByteReader(payload);
  const head = readHead(reader);
  const { capabilities } = head;
  const user = reader.textUntilNul();
  const authResponse = readAuthResponse(reader, capabilities);
  const database = has(capabilities, 'CONNECT_WITH_DB') && reader.left > 0 ? reader.textUntilNul() : '';
  const plugin = has(capabilities, 'PLUGIN_AUTH') && reader.left > 0 ? readPlugin(reader) : '';
  const attributes =
    has(capabilities, 'CONNECT_ATTRS') && reader.left > 0
      ? readAttributes(reader)
      : new Map<string, string>();
  return {
    ...head,
    user,
    authResponse,
    database: database === '' ? undefined : database,
    plugin,
    attributes,
  };
}

/** Names and values, each with its size, behind the size of them all. */
export function writeAttributes(writer: PacketWriter, attributes: ReadonlyMap<string, string>): void {
  let size = 0;
  for (const pair of attributes) for (const text of pair) size += sizedTextSize(text);
  writer.size(size);
  for (const [name, value] of attributes) writer.sizedText(name).sizedText(value);
}

/** @throws ObError ER_MALFORMED_PACKET when a pair reaches over the end of them all */
export function readAttributes(reader: ByteReader): ReadonlyMap<string, string> {
  const pairs = new ByteReader(reader.sizedBytes());
  const attributes = new Map<string, string>();
  while (pairs.left > 0) {
    if (attributes.size >= attributesMax) throw malformed(`more than ${attributesMax} connection attributes`);
    attributes.set(pairs.sizedText(), pairs.sizedText());
  }
  return attributes;
}

function sizedTextSize(text: string): number {
  const size = Buffer.byteLength(text, 'utf8');
  return size + (size < 0xfb ? 1 : size < 0x10000 ? 3 : 4);
}

function writeHead(writer: PacketWriter, value: SslRequest): PacketWriter {
  return writer.u32(value.capabilities).u32(value.packetSizeMax).u8(value.charset).zeros(23);
}

function readHead(reader: ByteReader): SslRequest {
  const capabilities = reader.u32();
  if (!has(capabilities, 'PROTOCOL_41')) throw malformed('a client of before MySQL 4.1');
  const packetSizeMax = reader.u32();
  const charset = reader.u8();
  reader.skip(23);
  return { capabilities, packetSizeMax, charset };
}

function readAuthResponse(reader: ByteReader, capabilities: number): Uint8Array {
  if (has(capabilities, 'PLUGIN_AUTH_LENENC_CLIENT_DATA')) return reader.sizedBytes();
  if (has(capabilities, 'SECURE_CONNECTION')) return reader.bytes(reader.u8());
  return reader.bytesUntilNul();
}

/** Some clients leave the NUL out when the plugin is the last field. */
function readPlugin(reader: ByteReader): string {
  const before = reader.at;
  try {
    return reader.textUntilNul();
  } catch {
    // No NUL: what is left is the name.
    return reader.at === before ? reader.restText() : '';
  }
}
