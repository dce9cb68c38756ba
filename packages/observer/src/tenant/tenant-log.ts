import type { Install } from '@sealane/consensus';
import type { AppliedEntry, DiskEvent, ProposalOrder, RoleReport } from '../replication/index.ts';
import type { LogPosition } from '../snapshot/log-position.ts';

/** What a tenant needs of its log stream; `LogStream` is one. */
export interface TenantLog {
  /**
   * Fulfilled after `apply` has returned for it. Those of one order are appended in the order of the calls; when one
   * isn't appended, none that follows it is.
   * @throws ObError OB_TRANS_UNKNOWN: it may or may not come to be; anything else: nothing was appended
   */
  propose(
    payload: Uint8Array,
    order?: ProposalOrder,
  ): Promise<{ readonly lsn: number; readonly scn: bigint }>;
  role(): RoleReport;
  /** @throws ObError OB_LEADER_NOT_EXIST if none is known in time */
  waitForLeader(timeoutMs: number): Promise<string>;
}

/** What a log stream calls; handed over when it is made. */
export interface TenantLogHooks {
  readonly appliedLsn: number;
  /** The tenant's file is a snapshot of another node that ends here, and the log may not begin there yet. */
  readonly installed?: LogPosition | undefined;
  apply(entry: AppliedEntry): void;
  /** Several in a row, which share a COMMIT. All of them or none. */
  applyAll(entries: readonly AppliedEntry[]): void;
  onRoleChange(report: RoleReport): void;
  /** Other nodes' logs begin behind what this one needs: a snapshot of at least that entry is needed. */
  install?(request: Install): void;
  onDiskEvent?(event: DiskEvent): void;
}

export type { AppliedEntry, ProposalOrder, RoleReport };
