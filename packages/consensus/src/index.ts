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
export type { LogReader } from './log.ts';
export type {
  ChangeLeaderMessage,
  CommittedMessage,
  Envelope,
  Message,
  MessageKind,
  PrepareAnswerMessage,
  PrepareMessage,
  PushAnswerMessage,
  PushMessage,
} from './message.ts';
export type { HardState, Output, Persist } from './output.ts';
export { type Random, seededRandom } from './random.ts';
export { type FollowerView, Replica, type ReplicaView } from './replica.ts';
export type { ReplicaOptions } from './replica-state.ts';
export { checkTimings, defaultTimings, type Timings } from './timings.ts';
