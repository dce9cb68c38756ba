import type { AppliedEntry, ProposalOrder, RoleReport } from '../replication/index.ts';

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
  apply(entry: AppliedEntry): void;
  onRoleChange(report: RoleReport): void;
}

export type { AppliedEntry, ProposalOrder, RoleReport };
