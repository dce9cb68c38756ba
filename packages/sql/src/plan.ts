import type { PasswordHasher } from './accounts/password-hasher.ts';
import type { RequiredPrivilege } from './accounts/required-privilege.ts';
import type { Catalog } from './catalog.ts';
import type { UserLockCall } from './functions/user-locks.ts';
import type { Visibility } from './information-schema/information-context.ts';
import type { ResultColumn, StatementResult } from './result.ts';
import type { SessionState } from './session-state.ts';
import type { CellValue, SqlHandle, SqlValue } from './values.ts';
import type { VirtualTableDefinition } from './virtual-table.ts';

/** What planning may look at. Planning is pure: no handle, no clock. */
export interface PlanEnvironment {
  readonly catalog: Catalog;
  readonly session: SessionState;
  /** Without regard to case. */
  virtualTable(database: string, name: string): VirtualTableDefinition | undefined;
  virtualTables(): readonly VirtualTableDefinition[];
  /** The session's value of a system variable, the global one where the session has none; undefined if there is no such variable. */
  variable(name: string, scope: 'session' | 'global'): CellValue | undefined;
}

/** What a plan may use while it runs. Running is synchronous on one SQLite handle. */
export interface ExecutionContext {
  readonly handle: SqlHandle;
  readonly catalog: Catalog;
  readonly session: SessionState;
  /** Values of `?`, in order. */
  readonly parameters: readonly CellValue[];
  /** When the statement began, microseconds since 1970: what NOW() answers. */
  readonly nowUs: bigint;
  variable(name: string, scope: 'session' | 'global'): CellValue | undefined;
  /** Takes `count` keys in a row for a table's AUTO_INCREMENT column. @returns the first */
  nextAutoIncrement(database: string, table: string, count: number): bigint;
  /** Notes that the table has this key now, so that generated ones lie above. */
  observeAutoIncrement(database: string, table: string, value: bigint): void;
  /** Adds to what SHOW WARNINGS answers. */
  warn(level: 'Note' | 'Warning' | 'Error', errno: number, message: string): void;
  /** What SHOW may list; undefined: everything. */
  visibility?(): Visibility | undefined;
  /** Left out where no statement on accounts runs. */
  readonly passwords?: PasswordHasher;
  /** SLEEP(): waits, or has waited. @returns 0, or 1 when it was interrupted. Left out where nobody may wait. */
  sleep?(seconds: number): bigint;
  /** The answers to `QueryPlan.userLocks`, one after the other; undefined when there is none left. */
  userLock?(): bigint | null | undefined;
  /** Called every few hundred rows while SQLite works. Throws what ends the statement. */
  checkpoint?(): void;
}

/** A planned statement: what kind it is, what it needs, and how it runs. */
export type Plan = (QueryPlan | DmlPlan | DdlPlan | SetPlan | TransactionPlan | SessionPlan | AdminPlan) &
  WithRequirements;

export interface WithRequirements {
  /** Privileges without which it may not run; left out: none. */
  readonly requires?: readonly RequiredPrivilege[];
}

/** Reads only. */
export interface QueryPlan extends WithRequirements {
  readonly kind: 'query';
  /** True when it reads a stored table: then it needs the leader, or a weak read. */
  readonly readsTables: boolean;
  readonly virtualTables: readonly VirtualTableDefinition[];
  /** FOR UPDATE or LOCK IN SHARE MODE: take the writer, as a write does. */
  readonly locking: boolean;
  /** READ_CONSISTENCY(WEAK) hint. */
  readonly weakRead: boolean;
  /** Of `SELECT SLEEP(n)` and `DO SLEEP(n)`: the seconds. Whoever runs it waits before. @throws 1210 */
  pause?(context: ExecutionContext): number;
  /** Of SELECT or DO with GET_LOCK and its kin: what to ask before, in order. @throws 3057 */
  userLocks?(context: ExecutionContext): readonly UserLockCall[];
  /** What SQLite will do, for whoever judges how long it takes; left out where it takes no time. */
  steps?(context: ExecutionContext): PlanSteps;
  /**
   * Like `run`, with rows one by one: what follows from all of them, such as FOUND_ROWS(), is set at their end.
   * Left out where rows aren't what it answers; undefined where the handle knows no `each`.
   */
  stream?(context: ExecutionContext): RowStream | undefined;
  run(context: ExecutionContext): StatementResult;
}

export interface RowStream {
  readonly columns: readonly ResultColumn[];
  readonly rows: Iterable<readonly CellValue[]>;
}

/** SQLite's plan of a query. */
export interface PlanSteps {
  readonly steps: readonly PlanStep[];
  /** It has a LIMIT: it may end early. */
  readonly hasLimit: boolean;
  /** It calls what may take any time for one row: SLEEP, or a regular expression of the worse kind. */
  readonly unbounded: boolean;
}

/** A row of SQLite's EXPLAIN QUERY PLAN. */
export interface PlanStep {
  readonly id: number;
  /** The step that it is a part of; 0 for none. */
  readonly parent: number;
  readonly detail: string;
  /** The stored table of a SCAN or SEARCH, as SQLite names it. */
  readonly table: string | undefined;
}

/** Changes rows; runs inside a write transaction whose changes are captured. */
export interface DmlPlan extends WithRequirements {
  readonly kind: 'dml';
  readonly virtualTables: readonly VirtualTableDefinition[];
  run(context: ExecutionContext): StatementResult;
}

/**
 * Changes the schema. `compile` settles everything that could differ between nodes; the
 * statements then run in order, in one SQLite transaction, on every node. They write the catalog
 * table too (`__catalog`, see catalog-rows.ts).
 */
export interface DdlPlan {
  readonly kind: 'ddl';
  /** Of a statement on the schema, as it was typed: for the log. Left out where it may hold a password. */
  readonly text?: string;
  compile(context: ExecutionContext): {
    readonly statements: readonly StoredStatement[];
    /** What follows as DML of its own transaction: the SELECT part of CREATE TABLE … SELECT. */
    readonly then?: DmlPlan;
    readonly result: StatementResult;
  };
}

/** A SQLite statement with its values, as it stands in a log entry. */
export interface StoredStatement {
  readonly sql: string;
  readonly binds: readonly SqlValue[];
}

/** SET of user and session variables, SET NAMES: changes the session; needs a handle for its expressions. */
export interface SetPlan extends WithRequirements {
  readonly kind: 'set';
  readonly readsTables: boolean;
  readonly virtualTables: readonly VirtualTableDefinition[];
  /** Changes `context.session`. Global assignments are returned: they are stored by the observer. */
  run(context: ExecutionContext): {
    readonly global: readonly { readonly name: string; readonly value: CellValue }[];
  };
}

export interface TransactionPlan {
  readonly kind: 'transaction';
  readonly action: /** snapshot: WITH CONSISTENT SNAPSHOT */
    | { readonly name: 'begin'; readonly readOnly: boolean; readonly snapshot: boolean }
    | { readonly name: 'commit' | 'rollback'; readonly chain: boolean; readonly release: boolean }
    | { readonly name: 'savepoint' | 'release' | 'rollback-to'; readonly savepoint: string };
}

/** What only the session itself can do. */
export interface SessionPlan {
  readonly kind: 'session';
  readonly action:
    | { readonly name: 'use'; readonly database: string }
    | {
        readonly name: 'prepare';
        readonly statement: string;
        readonly text: string | { readonly variable: string };
      }
    | { readonly name: 'execute'; readonly statement: string; readonly variables: readonly string[] }
    | { readonly name: 'deallocate'; readonly statement: string }
    | { readonly name: 'kill'; readonly connectionId: bigint; readonly queryOnly: boolean }
    /** Accepted for compatibility and without effect, as in OceanBase: LOCK TABLES, FLUSH, ANALYZE answers … */
    | { readonly name: 'nothing' };
}

/** ALTER SYSTEM … and account statements: carried out by the observer. */
export interface AdminPlan {
  readonly kind: 'admin';
  readonly action: AdminAction;
}

export type AdminAction =
  | {
      readonly name: 'set-parameters';
      readonly items: readonly ParameterAssignment[];
      readonly reset: boolean;
    }
  | {
      readonly name: 'server';
      readonly operation: 'add' | 'delete' | 'cancel-delete' | 'start' | 'stop' | 'force-stop' | 'isolate';
      /** `ip:rpc_port` each. */
      readonly servers: readonly string[];
      readonly zone?: string;
    }
  | {
      readonly name: 'zone';
      readonly operation: 'add' | 'delete' | 'start' | 'stop' | 'force-stop' | 'isolate' | 'alter';
      readonly zone: string;
    }
  | {
      readonly name: 'minor-freeze';
      readonly servers: readonly string[];
      readonly zone?: string;
      readonly tenant?: string;
    }
  | {
      readonly name: 'switch-leader';
      readonly role: 'LEADER' | 'FOLLOWER' | 'DEFAULT';
      readonly server?: string;
      readonly zone?: string;
      readonly tenant?: string;
      readonly lsId?: number;
    }
  /** Replaces the links that these servers (or all) have dialled. */
  | { readonly name: 'renew-links'; readonly servers: readonly string[] }
  /** On this server. Without rollback, new clients get no TLS where the wallet is no good. */
  | { readonly name: 'reload-tls'; readonly rollback: boolean }
  | ResourceAction
  | {
      readonly name: 'bootstrap';
      readonly servers: readonly { readonly zone: string; readonly server: string }[];
    };

/** CREATE, ALTER and DROP of TENANT, RESOURCE UNIT and RESOURCE POOL. */
export interface ResourceAction {
  readonly name: 'tenant' | 'resource-unit' | 'resource-pool';
  readonly operation: 'create' | 'alter' | 'drop';
  /** Its name, as written. */
  readonly subject: string;
  readonly ifNotExists: boolean;
  readonly ifExists: boolean;
  /** Names in upper case; values as written, strings unquoted. */
  readonly options: readonly { readonly name: string; readonly values: readonly string[] }[];
  /** SET a = 1, with the value as an expression of MySQL. */
  readonly variables: readonly { readonly name: string; readonly value: string }[];
}

export interface ParameterAssignment {
  readonly name: string;
  readonly value: string;
  readonly scope?: 'MEMORY' | 'SPFILE' | 'BOTH';
  readonly server?: string;
  readonly zone?: string;
  readonly tenant?: string;
  readonly comment?: string;
}
