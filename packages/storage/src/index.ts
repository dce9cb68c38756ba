export { decodeChangeset, encodeChangeset } from './changeset.ts';
export type { DatabaseDigest } from './digest.ts';
export type { FileCopy } from './file-task.ts';
export {
  checkDatabaseFile,
  copyDatabaseFile,
  DatabaseFileError,
  makeDatabaseFileDurable,
  putDatabaseFile,
} from './file-tasks.ts';
export { decodeLogRecord, encodeLogRecord, type LogRecord, type TypedStatement } from './log-record.ts';
export type { DeleteEvent, InsertEvent, RowEvent, UpdateEvent } from './row-event.ts';
export {
  type ConstraintFailure,
  type ConstraintKind,
  DivergenceError,
  MalformedRecordError,
  StorageError,
} from './storage-error.ts';
export {
  type Applied,
  type ApplyWatcher,
  type BeginOptions,
  type CommittedEntry,
  openTenantDatabase,
  type PendingApply,
  type Snapshot,
  type TenantDatabase,
  type TenantDatabaseOptions,
} from './tenant-database.ts';
export { openTenantReader, type TenantReader } from './tenant-reader.ts';
export type { SqlHandle, SqlValue, StorageAggregate, StorageFunction, StoredStatement } from './values.ts';
export type { WriteRound } from './write-round.ts';
export type { WriteTransaction } from './write-transaction.ts';
