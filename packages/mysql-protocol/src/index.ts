export {
  cachingSha2FastMatches,
  cachingSha2Hash,
  cachingSha2Masked,
  cachingSha2Matches,
  cachingSha2Memory,
  cachingSha2Plugin,
  cachingSha2Response,
  fastAuthSuccess,
  isCachingSha2Hash,
  performFullAuthentication,
  requestPublicKey,
} from './caching-sha2.ts';
export {
  type CapabilityName,
  capability,
  capabilityNames,
  clientCapabilities,
  flagsOf,
  has,
  serverCapabilities,
  serverStatus,
} from './capabilities.ts';
export type { CellValue } from './cell-value.ts';
export { type Charset, charsetByName } from './charset.ts';
export { ClientConnection, type ClientConnectionOptions, type ClientEvent } from './client-connection.ts';
export {
  type ByteStream,
  type ClientResult,
  ClientSession,
  type ClientSessionOptions,
} from './client-session.ts';
export type { Column, ColumnType } from './column.ts';
export { columnFlag, type ResultCharset, typeCode, type WireType, wireType } from './column-type.ts';
export type { Command } from './command.ts';
export { type CommandName, commandCode, commandName } from './commands.ts';
export { errorFromPacket, errorPacket } from './error-packet.ts';
export {
  isNativePasswordHash,
  nativePasswordHash,
  nativePasswordMatches,
  nativePasswordPlugin,
  nativePasswordResponse,
  scrambleSize,
} from './native-password.ts';
export {
  agreedObCapabilities,
  capabilityAttribute,
  capabilityVariable,
  obCapability,
  ownObCapabilities,
} from './ob20/capabilities.ts';
export { crc16, crc32c } from './ob20/checksums.ts';
export { encodeOb20Frame, type Ob20Frame, ob20Flag, ob20PayloadMax } from './ob20/frame.ts';
export { Ob20Link } from './ob20/link.ts';
export { type Packet, PacketDecoder, packetPayloadMax } from './packet-stream.ts';
export { PacketWriter } from './packet-writer.ts';
export { decodeAuthSwitch } from './packets/auth-switch.ts';
export { type ChangeUser, decodeChangeUser } from './packets/change-user.ts';
export type { ColumnDefinition } from './packets/column-definition.ts';
export { decodeErr, type Err, encodeErr } from './packets/err.ts';
export { decodeHandshake, type Handshake } from './packets/handshake.ts';
export {
  encodeHandshakeResponse,
  encodeSslRequest,
  type HandshakeResponse,
} from './packets/handshake-response.ts';
export { decodeOk, encodeOk, type Ok } from './packets/ok.ts';
export type { SessionChange } from './packets/session-track.ts';
export { decodeQueryText, encodeQueryText } from './query-text.ts';
export { type ResponsePiece, ResponseScanner } from './response-scanner.ts';
export {
  type Outcome,
  ServerConnection,
  type ServerConnectionOptions,
  type ServerEvent,
} from './server-connection.ts';
