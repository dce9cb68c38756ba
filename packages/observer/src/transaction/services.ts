import type {
  Catalog,
  CellValue,
  Plan,
  SessionState,
  SqlHandle,
  VirtualRows,
  VirtualTableDefinition,
} from '@sealane/sql';
import type { Privileges } from '../accounts/privileges.ts';
import type { Logger } from '../logger.ts';
import type { KillBoard } from '../reading/kill-board.ts';
import type { ReaderPool } from '../reading/reader-pool.ts';
import type { SqlEngine } from '../session/sql-engine.ts';
import type { AutoIncrement } from '../tenant/auto-increment.ts';

/** Plans of statements seen before; `StatementCache` of mysql-front is one. */
export interface PlanCache {
  get(key: PlanKey): Plan | undefined;
  set(key: PlanKey, plan: Plan): void;
}

/** Everything that a plan may depend on. */
export interface PlanKey {
  readonly tenantId: number;
  readonly schemaVersion: number;
  readonly database: string | undefined;
  /** sql_mode, and other variables that planning reads. */
  readonly sqlMode: string;
  readonly text: string;
}

/** What planning and running look at in a tenant; `TenantNode` is one. */
export interface TenantView {
  readonly tenantId: number;
  catalog(): Catalog;
  globalVariable(name: string): CellValue | undefined;
  /** Stands for all values that `globalVariable` gives: another object once one of them has changed. */
  readonly globals: object;
  readonly database: { reader(): SqlHandle };
  readonly autoIncrement: Pick<AutoIncrement, 'take' | 'observe'>;
}

/** What running statements needs of the node, whichever tenant they concern. */
export interface StatementServices {
  readonly engine: SqlEngine;
  readonly virtualTables: readonly VirtualTableDefinition[];
  virtualRows(definition: VirtualTableDefinition, session: SessionState): Promise<VirtualRows>;
  /** Values that differ from node to node (`hostname`, `port`, `have_ssl`); undefined: not one of these. */
  nodeVariable(name: string): CellValue | undefined;
  readonly planCache?: PlanCache;
  /** Undefined: everybody may do everything. */
  readonly privileges?: Pick<
    Privileges,
    'allow' | 'allowDatabase' | 'has' | 'visibility' | 'visibleRows' | 'disguised'
  >;
  /** Where long reads run; undefined: they run where short ones do. */
  readonly readers?: Pick<ReaderPool, 'read' | 'pin'>;
  /** Where a statement that keeps this thread busy sees that it was killed. */
  readonly kills?: Pick<KillBoard, 'watch'>;
  readonly logger: Logger;
}
