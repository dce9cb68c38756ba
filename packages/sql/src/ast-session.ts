import type { Expression, Span } from './ast-expression.ts';
import type { AccountName } from './ast-schema.ts';
import type { LimitClause, TableName } from './ast-select.ts';

/** SET a = 1, @b := 2, GLOBAL c = DEFAULT, @@session.d = ON, NAMES utf8mb4 …, in the order written. */
export interface SetStatement extends Span {
  readonly kind: 'set';
  readonly items: readonly SetItem[];
}

export type SetItem =
  | { readonly kind: 'user-variable'; readonly name: string; readonly value: Expression }
  /**
   * `scope` undefined: none written. A bare word as value (`SET sql_mode = ansi`, ON, OFF) is a
   * 'column' node with only a name; DEFAULT is a 'default' node.
   */
  | {
      readonly kind: 'system-variable';
      readonly scope: 'session' | 'global' | 'persist' | 'persist-only' | undefined;
      readonly name: string;
      readonly value: Expression;
    }
  /** SET NAMES; charset undefined: DEFAULT. */
  | { readonly kind: 'names'; readonly charset: string | undefined; readonly collation: string | undefined }
  /** SET CHARACTER SET; undefined: DEFAULT. */
  | { readonly kind: 'character-set'; readonly charset: string | undefined };

/** SET [GLOBAL|SESSION] TRANSACTION …; scope undefined: the next transaction only. */
export interface SetTransactionStatement extends Span {
  readonly kind: 'set-transaction';
  readonly scope: 'session' | 'global' | undefined;
  readonly isolation: 'READ UNCOMMITTED' | 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE' | undefined;
  readonly readOnly: boolean | undefined;
}

/** What SHOW shows, in lower case with dashes. */
export type ShowSubject =
  | 'databases'
  | 'tables'
  | 'open-tables'
  | 'triggers'
  | 'events'
  | 'table-status'
  | 'columns'
  | 'index'
  | 'create-table'
  | 'create-view'
  | 'create-database'
  | 'create-procedure'
  | 'create-function'
  | 'create-trigger'
  | 'create-event'
  | 'create-user'
  | 'create-tenant'
  | 'create-tablegroup'
  | 'procedure-status'
  | 'function-status'
  | 'procedure-code'
  | 'function-code'
  | 'variables'
  | 'status'
  | 'parameters'
  | 'warnings'
  | 'errors'
  | 'count-warnings'
  | 'count-errors'
  | 'processlist'
  | 'grants'
  | 'privileges'
  | 'charset'
  | 'collation'
  | 'engines'
  | 'engine'
  | 'plugins'
  | 'profile'
  | 'profiles'
  | 'binary-logs'
  | 'binlog-events'
  | 'relaylog-events'
  | 'master-status'
  | 'slave-status'
  | 'slave-hosts'
  | 'tenant'
  | 'tenants'
  | 'tablegroups'
  | 'trace'
  | 'recyclebin'
  | 'restore-preview';

export interface ShowStatement extends Span {
  readonly kind: 'show';
  readonly subject: ShowSubject;
  readonly full: boolean;
  readonly extended: boolean;
  readonly ifNotExists: boolean;
  /** SHOW GLOBAL VARIABLES / STATUS. */
  readonly global: boolean;
  /** FROM or IN database. */
  readonly database: string | undefined;
  /** Of columns, index, create-table and create-view: the table; of create-*: the object's name. */
  readonly name: TableName | undefined;
  readonly like: string | undefined;
  readonly where: Expression | undefined;
  readonly limit: LimitClause | undefined;
  /** Of grants and create-user; undefined: the own account. */
  readonly account: AccountName | undefined;
  /** SHOW GRANTS … USING role. */
  readonly roles: readonly AccountName[];
  /** SHOW PARAMETERS … TENANT = t. */
  readonly tenant: string | undefined;
  /** ENGINE's name and what of it; the rest of rare forms as written. */
  readonly rest: string | undefined;
}

/** DESCRIBE t [column or pattern]. */
export interface DescribeStatement extends Span {
  readonly kind: 'describe';
  readonly table: TableName;
  readonly column: string | undefined;
}

export interface ExplainStatement<Statement> extends Span {
  readonly kind: 'explain';
  /** Upper case: TRADITIONAL, JSON, TREE, BASIC, OUTLINE, EXTENDED, EXTENDED_NOADDR, PARTITIONS. */
  readonly format: string | undefined;
  readonly analyze: boolean;
  /** Undefined: FOR CONNECTION. */
  readonly statement: Statement | undefined;
  readonly connectionId: bigint | undefined;
}

export interface UseStatement extends Span {
  readonly kind: 'use';
  readonly database: string;
}

export interface PrepareStatement extends Span {
  readonly kind: 'prepare';
  readonly name: string;
  readonly source:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'variable'; readonly name: string };
}

export interface ExecuteStatement extends Span {
  readonly kind: 'execute';
  readonly name: string;
  /** Names of user variables. */
  readonly using: readonly string[];
}

export interface DeallocateStatement extends Span {
  readonly kind: 'deallocate';
  readonly name: string;
}

/** START TRANSACTION and BEGIN. */
export interface BeginStatement extends Span {
  readonly kind: 'begin';
  readonly readOnly: boolean | undefined;
  readonly consistentSnapshot: boolean;
}

export interface EndTransactionStatement extends Span {
  readonly kind: 'commit' | 'rollback';
  /** Undefined: not written, completion_type decides. */
  readonly chain: boolean | undefined;
  readonly release: boolean | undefined;
}

export interface SavepointStatement extends Span {
  readonly kind: 'savepoint' | 'rollback-to' | 'release-savepoint';
  readonly name: string;
}

export interface XaStatement extends Span {
  readonly kind: 'xa';
  readonly action: 'START' | 'END' | 'PREPARE' | 'COMMIT' | 'ROLLBACK' | 'RECOVER';
}

export interface LockTablesStatement extends Span {
  readonly kind: 'lock-tables';
  readonly locks: readonly {
    readonly table: TableName;
    readonly alias: string | undefined;
    readonly mode: 'READ' | 'READ LOCAL' | 'WRITE' | 'LOW_PRIORITY WRITE';
  }[];
}

/** UNLOCK TABLES. */
export interface UnlockTablesStatement extends Span {
  readonly kind: 'unlock-tables';
}

export interface KillStatement extends Span {
  readonly kind: 'kill';
  readonly queryOnly: boolean;
  readonly id: Expression;
}

/** `what` in upper case: TABLES, PRIVILEGES, LOGS, STATUS, HOSTS, BINARY LOGS, … */
export interface FlushStatement extends Span {
  readonly kind: 'flush';
  readonly what: readonly string[];
  readonly tables: readonly TableName[];
  readonly withReadLock: boolean;
  readonly forExport: boolean;
}

export interface TableMaintenanceStatement extends Span {
  readonly kind: 'table-maintenance';
  readonly operation: 'ANALYZE' | 'CHECK' | 'OPTIMIZE' | 'REPAIR' | 'CHECKSUM';
  readonly tables: readonly TableName[];
  /** QUICK, EXTENDED, FOR UPGRADE, …; of ANALYZE the histogram clause as written. */
  readonly options: readonly string[];
}

/** RESET MASTER, RESET QUERY CACHE, RESET PERSIST name. */
export interface ResetStatement extends Span {
  readonly kind: 'reset';
  readonly what: string;
}

/** A known statement that we don't have: `name` as in the answer 1235 "… not supported". */
export interface UnsupportedStatement extends Span {
  readonly kind: 'unsupported';
  readonly name: string;
}

/** Nothing at all, which MySQL answers with 1065, or only a comment, which it answers with OK. */
export interface EmptyStatement extends Span {
  readonly kind: 'empty';
  readonly comment: boolean;
}
