import type { AdminAction, SessionState, StatementResult } from '@sealane/sql';
import type { FinishedStatement } from '../metrics/statement-figures.ts';
import type { TenantNode } from '../tenant/tenant-node.ts';
import type { LeaderAccess } from '../transaction/leader-access.ts';
import type { LeaderExecutor } from '../transaction/leader-executor.ts';
import type { StatementServices } from '../transaction/services.ts';
import type { Killer } from './connection-killer.ts';

/** One tenant as sessions use it. */
export interface TenantRuntime {
  readonly node: TenantNode;
  /** What this node executes when it leads. */
  readonly executor: LeaderExecutor;
  /** The way to whoever leads. */
  readonly access: LeaderAccess;
}

/** ALTER SYSTEM and the like. */
export interface AdminExecutor {
  execute(action: AdminAction, session: SessionState): Promise<StatementResult>;
}

/** What sessions need of their node. */
export interface SessionServices extends StatementServices {
  /** This server's address. */
  readonly self: string;
  /** Another one after each start of this process. */
  readonly incarnation: number;
  /** @throws ObError OB_TENANT_NOT_IN_SERVER */
  tenant(tenantId: number): TenantRuntime;
  readonly admin: AdminExecutor;
  /** Told of each statement of a client. */
  readonly statements?: { finished(statement: FinishedStatement): void };
  /** KILL n. @throws ObError OB_UNKNOWN_CONNECTION, OB_ERR_KILL_DENIED */
  kill(connectionId: bigint, what: 'query' | 'connection', by: Killer): Promise<void>;
}
