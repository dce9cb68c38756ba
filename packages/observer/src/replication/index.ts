export type { Environment, LogFile, LogFiles, Timer } from './environment.ts';
export { LogStream } from './log-stream.ts';
export type {
  AppliedEntry,
  DiskEvent,
  Lease,
  LogPosition,
  LogStreamOptions,
  LogStreamTimings,
} from './log-stream-options.ts';
export type { FollowerStatus, LogStreamStatus } from './log-stream-status.ts';
export { decodeMessage, encodeMessage, messagePcodes } from './message-codec.ts';
export type { ProposalOrder } from './proposals.ts';
export type { RoleReport } from './role-report.ts';
export { systemEnvironment } from './system-environment.ts';
