export type { Environment, LogFile, LogFiles, Timer } from './environment.ts';
export { LogStream } from './log-stream.ts';
export {
  type AppliedEntry,
  type DiskEvent,
  type Lease,
  type LogPosition,
  type LogStreamOptions,
  type LogStreamTimings,
} from './log-stream-options.ts';
export type { FollowerStatus, LogStreamStatus } from './log-stream-status.ts';
export { decodeMessage, encodeMessage, messagePcodes } from './message-codec.ts';
export type { ProposalOrder } from './proposals.ts';
export type { RoleReport } from './role-report.ts';
export { systemEnvironment } from './system-environment.ts';
