export { crc32c } from './crc32c.ts';
export {
  decodeEntry,
  decodeEntryHeader,
  type EntryFields,
  type EntryHeader,
  type EntryKind,
  entryHeaderSize,
  entryPayloadSizeMax,
  type LogEntry,
  makeEntry,
} from './entry.ts';
export type { Input, Instant } from './input.ts';
export type { LogBase, LogReader, MemberList } from './log.ts';
export { decodeMembers, encodeMembers } from './members.ts';
export type {
  ChangeLeaderMessage,
  CommittedMessage,
  Envelope,
  JoinAnswerMessage,
  JoinRequestMessage,
  Message,
  MessageKind,
  PrepareAnswerMessage,
  PrepareMessage,
  PushAnswerMessage,
  PushMessage,
  SnapshotMessage,
} from './message.ts';
export type { HardState, Install, MembershipRefusal, Output, Persist } from './output.ts';
export { type Random, seededRandom } from './random.ts';
export { type FollowerView, Replica, type ReplicaView } from './replica.ts';
export type { ReplicaOptions } from './replica-state.ts';
export {
  type BatchHeader,
  batchHeaderSize,
  batchMagic,
  decodeBatchHeader,
  decodeIndex,
  decodeSegmentHeader,
  decodeTrailer,
  encodeBatchHeader,
  encodeFooter,
  encodeSegmentHeader,
  indexMagic,
  type SegmentHeader,
  segmentHeaderSize,
  segmentName,
  segmentNamePattern,
  startsWith,
  type Trailer,
  trailerSize,
} from './segment-format.ts';
export { aliveWithinMs, checkTimings, defaultTimings, oceanBaseTimings, type Timings } from './timings.ts';
