import type { AppliedEntry, RoleReport } from '../replication/index.ts';

/** What a tenant needs of its log stream; `LogStream` is one. */
export interface TenantLog {
  /** @throws ObError OB_NOT_MASTER: nothing was appended; OB_TRANS_UNKNOWN: it may or may not come to be */
  propose(payload: Uint8Array): Promise<{ readonly lsn: number; readonly scn: bigint }>;
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

export type { AppliedEntry, RoleReport };
