export type { Admission } from './accepted-link.ts';
export { type AcceptedFacts, Acceptor, type AcceptorOptions } from './acceptor.ts';
export { wasSent } from './calls.ts';
export { type CallOptions, type DialerOptions, DialledLink, type DialledLinkStatus } from './dialer.ts';
export { encodeFrame, FRAME_HEADER_SIZE, FRAME_SIZE_MAX_DEFAULT, type Frame } from './frame.ts';
export { FrameDecoder } from './frame-decoder.ts';
export { GrantedItems, isAsyncIterable } from './granted-items.ts';
export type { LinkTimings } from './link.ts';
export type {
  ByteCounter,
  CertificateFacts,
  Encrypter,
  LinkFacts,
  LinkRecord,
  LinkWatcher,
  Logger,
  SecuredStream,
  SecureFacts,
} from './link-ports.ts';
export { type DialPlan, encodeUsslNegotiation, type UsslMethod, usslMethods } from './negotiation.ts';
export { decodePacket, encodePacket, type Packet, type PacketHeader, packetFlags } from './packet.ts';
export { BODY_SIZE_MAX_DEFAULT, decodePayload, EncodedBody, encodePayload } from './payload.ts';
export {
  type DigestAnswer,
  type DigestRequest,
  type FetchedLog,
  type FetchLogRequest,
  type Identification,
  type LocateLogRequest,
  type PcodeName,
  pcodeName,
  pcodes,
  type SetConfigRequest,
  STREAM_WINDOW,
  type ViewAnswer,
  type ViewRequest,
} from './pcode.ts';
export type { RpcHandler, RpcRequest } from './request-dispatcher.ts';
export { noEncrypter, noLedger } from './tool-ends.ts';
