import type { Expression, Span } from './ast-expression.ts';

/** Where a command of ALTER SYSTEM applies: the clauses that were written. Servers are `ip:rpc_port`. */
export interface SystemTarget {
  readonly servers: readonly string[];
  readonly zone: string | undefined;
  readonly tenants: readonly string[];
}

/** ALTER SYSTEM [SET] name = value …, and ALTER SYSTEM RESET name (value undefined). */
export interface AlterSystemSetStatement extends Span {
  readonly kind: 'alter-system-set';
  readonly reset: boolean;
  readonly items: readonly SystemParameterItem[];
}

export interface SystemParameterItem extends Span {
  readonly name: string;
  /** Strings unquoted, numbers and words as written. Undefined for RESET. */
  readonly value: string | undefined;
  readonly comment: string | undefined;
  readonly scope: 'MEMORY' | 'SPFILE' | 'BOTH' | undefined;
  readonly server: string | undefined;
  readonly zone: string | undefined;
  readonly tenant: string | undefined;
}

export interface AlterSystemServerStatement extends Span {
  readonly kind: 'alter-system-server';
  readonly operation: 'add' | 'delete' | 'cancel-delete' | 'start' | 'stop' | 'force-stop' | 'isolate';
  readonly servers: readonly string[];
  readonly zone: string | undefined;
}

export interface AlterSystemZoneStatement extends Span {
  readonly kind: 'alter-system-zone';
  readonly operation: 'add' | 'delete' | 'start' | 'stop' | 'force-stop' | 'isolate' | 'alter';
  readonly zone: string;
  readonly region: string | undefined;
  readonly idc: string | undefined;
  readonly zoneType: string | undefined;
}

export interface AlterSystemFreezeStatement extends Span {
  readonly kind: 'alter-system-freeze';
  readonly type: 'minor' | 'major';
  readonly target: SystemTarget;
  readonly lsId: number | undefined;
  readonly tabletId: number | undefined;
}

export interface AlterSystemSwitchStatement extends Span {
  /** SWITCH REPLICA, or the old SWITCH ROOTSERVICE. */
  readonly kind: 'alter-system-switch-replica' | 'alter-system-switch-rootservice';
  readonly role: 'LEADER' | 'FOLLOWER' | 'DEFAULT';
  readonly server: string | undefined;
  readonly zone: string | undefined;
  readonly tenant: string | undefined;
  readonly lsId: number | undefined;
}

export interface AlterSystemBootstrapStatement extends Span {
  readonly kind: 'alter-system-bootstrap';
  readonly servers: readonly {
    readonly region: string | undefined;
    readonly zone: string;
    readonly idc: string | undefined;
    readonly server: string;
  }[];
}

/**
 * Maintenance without an argument that matters here. `command` in upper case: REFRESH SCHEMA,
 * REFRESH MEMORY STAT, CLEAR LOCATION CACHE, FLUSH PLAN CACHE, RELOAD SERVER, KILL SESSION, …
 */
export interface AlterSystemCommandStatement extends Span {
  readonly kind: 'alter-system-command';
  readonly command: string;
  readonly target: SystemTarget;
}

/** ALTER SYSTEM RENEW RPC LINKS; without servers, of all of them. */
export interface AlterSystemRenewLinksStatement extends Span {
  readonly kind: 'alter-system-renew-links';
  readonly servers: readonly string[];
}

/** ALTER INSTANCE RELOAD TLS, MySQL's. */
export interface AlterInstanceReloadTlsStatement extends Span {
  readonly kind: 'alter-instance-reload-tls';
  /** False for NO ROLLBACK ON ERROR. */
  readonly rollback: boolean;
}

/** ALTER SYSTEM KILL SESSION 'id'. */
export interface AlterSystemKillStatement extends Span {
  readonly kind: 'alter-system-kill-session';
  readonly sessionId: bigint;
}

/** `name` in upper case; lists as items; words and numbers as written. */
export interface ResourceOption extends Span {
  readonly name: string;
  readonly values: readonly string[];
}

/** CREATE, ALTER and DROP of TENANT, RESOURCE UNIT and RESOURCE POOL. */
export interface ResourceStatement extends Span {
  readonly kind: 'resource';
  readonly operation: 'create' | 'alter' | 'drop';
  readonly type: 'TENANT' | 'RESOURCE UNIT' | 'RESOURCE POOL';
  readonly name: string;
  readonly ifNotExists: boolean;
  readonly ifExists: boolean;
  readonly options: readonly ResourceOption[];
  /** SET name = value after CREATE TENANT or in ALTER TENANT. */
  readonly variables: readonly { readonly name: string; readonly value: Expression }[];
}
