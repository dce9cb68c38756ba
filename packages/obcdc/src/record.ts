import type { CellValue, SqlType } from '@sealane/sql';

/**
 * A place in a tenant's log behind a whole transaction: enough to go on there, in any process, without a change twice or
 * missing. Transactions that were committed together share an LSN.
 */
export interface Position {
  readonly tenantId: number;
  readonly lsn: number;
  /** Of the transactions of that LSN, from 1 on; the last one's is Number.MAX_SAFE_INTEGER: all of them are behind it. */
  readonly ordinal: number;
}

interface Stamped {
  /** Of the tenant, by name. */
  readonly tenant: string;
  /** `<tenant id>_<lsn>.<ordinal>`, the same whenever the transaction is read. */
  readonly transactionId: string;
  /** Microseconds since 1970, when the transaction was committed. */
  readonly commitTimeUs: number;
  /** Behind the transaction that this record is a part of. */
  readonly position: Position;
}

/** Around the rows of a transaction; rows of two are never mixed. */
export interface BoundaryRecord extends Stamped {
  readonly type: 'begin' | 'commit';
}

/** One row. Values are as a client of MySQL sees them, TIMESTAMPs in UTC, in the order of `table.columns`. */
export interface RowRecord extends Stamped {
  readonly type: 'insert' | 'update' | 'delete';
  readonly table: CdcTable;
  /** The whole row before; undefined for an insert. */
  readonly before: readonly CellValue[] | undefined;
  /** The whole row after; undefined for a delete. */
  readonly after: readonly CellValue[] | undefined;
}

/** A change of the schema, a transaction of its own, between its begin and its commit. */
export interface DdlRecord extends Stamped {
  readonly type: 'ddl';
  /** That was in use; '' for none. */
  readonly database: string;
  /** In MySQL's dialect. */
  readonly text: string;
}

/** Everything that was committed up to this time has been told. */
export interface HeartbeatRecord {
  readonly type: 'heartbeat';
  /** Microseconds since 1970; never goes back. */
  readonly timeUs: number;
  /** Where each tenant's log was read to. */
  readonly positions: readonly Position[];
}

export type ChangeRecord = BoundaryRecord | RowRecord | DdlRecord;
export type CdcRecord = ChangeRecord | HeartbeatRecord;

/** A table as it was when the row changed. The same object until its schema changes. */
export interface CdcTable {
  readonly database: string;
  readonly name: string;
  readonly columns: readonly CdcColumn[];
}

export interface CdcColumn {
  readonly name: string;
  readonly type: SqlType;
  /** As SHOW COLUMNS writes it: `int(10) unsigned`. */
  readonly typeText: string;
  readonly nullable: boolean;
  /** Part of the primary key. */
  readonly key: boolean;
  /** Part of a UNIQUE index, or of the primary key. */
  readonly unique: boolean;
}
