import type { Span } from './ast-expression.ts';
import type { Query, TableName } from './ast-select.ts';
import type { TableOption } from './ast-table.ts';

export interface CreateDatabaseStatement extends Span {
  readonly kind: 'create-database';
  readonly name: string;
  readonly ifNotExists: boolean;
  /** CHARACTER SET, COLLATE, ENCRYPTION, READ ONLY. */
  readonly options: readonly TableOption[];
}

export interface AlterDatabaseStatement extends Span {
  readonly kind: 'alter-database';
  /** Undefined: the default database. */
  readonly name: string | undefined;
  readonly options: readonly TableOption[];
}

export interface DropDatabaseStatement extends Span {
  readonly kind: 'drop-database';
  readonly name: string;
  readonly ifExists: boolean;
}

/** An account as written: `user@host`; a missing host is undefined, CURRENT_USER has `current`. */
export interface AccountName extends Span {
  readonly user: string;
  readonly host: string | undefined;
  readonly current: boolean;
}

export interface CreateViewStatement extends Span {
  readonly kind: 'create-view';
  readonly orReplace: boolean;
  /** ALTER VIEW: the view has to exist. */
  readonly alter: boolean;
  readonly view: TableName;
  readonly ifNotExists: boolean;
  readonly algorithm: 'UNDEFINED' | 'MERGE' | 'TEMPTABLE' | undefined;
  readonly definer: AccountName | undefined;
  readonly security: 'DEFINER' | 'INVOKER' | undefined;
  readonly columns: readonly string[];
  /** Its span gives the view's text. */
  readonly query: Query;
  readonly checkOption: 'NONE' | 'LOCAL' | 'CASCADED';
}

export interface DropViewStatement extends Span {
  readonly kind: 'drop-view';
  readonly views: readonly TableName[];
  readonly ifExists: boolean;
}

export interface CreateTriggerStatement extends Span {
  readonly kind: 'create-trigger';
  readonly definer: AccountName | undefined;
  readonly ifNotExists: boolean;
  readonly trigger: TableName;
  readonly timing: 'BEFORE' | 'AFTER';
  readonly event: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly table: TableName;
  readonly order: { readonly place: 'FOLLOWS' | 'PRECEDES'; readonly trigger: string } | undefined;
  readonly body: Span;
}

export interface CreateRoutineStatement extends Span {
  readonly kind: 'create-routine';
  readonly type: 'PROCEDURE' | 'FUNCTION';
  readonly definer: AccountName | undefined;
  readonly ifNotExists: boolean;
  readonly name: TableName;
  readonly parameters: Span;
  readonly body: Span;
}

export interface CreateEventStatement extends Span {
  readonly kind: 'create-event';
  readonly definer: AccountName | undefined;
  readonly ifNotExists: boolean;
  readonly name: TableName;
  readonly body: Span;
}

/** DROP of what has no storage of its own here. */
export interface DropObjectStatement extends Span {
  readonly kind: 'drop-object';
  readonly type: 'TRIGGER' | 'PROCEDURE' | 'FUNCTION' | 'EVENT';
  readonly name: TableName;
  readonly ifExists: boolean;
}
