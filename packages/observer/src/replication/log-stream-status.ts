import type { ReplicaView } from '@sealane/consensus';
import type { Applier } from './applier.ts';
import type { DiskSpace, DiskStatus } from './disk-space.ts';
import type { LogStore } from './log-store.ts';
import type { RoleReport } from './role-report.ts';
import type { SyncStatus } from './sync-figures.ts';

/** The facts behind a row of GV$OB_LOG_STAT. */
export interface LogStreamStatus extends RoleReport {
  readonly tenantId: number;
  readonly lsId: number;
  readonly server: string;
  /** OceanBase's word for the term. */
  readonly proposalId: number;
  readonly members: readonly string[];
  /** On the leader: servers that are on their way to be members. */
  readonly learners: readonly string[];
  /** false: its disk lacks what this member once knew; it doesn't vote until it has everything again. */
  readonly joined: boolean;
  /** The entry before the first one of the log: 0, or what a truncation or a snapshot left. */
  readonly baseLsn: number;
  /** First entry that can still be read. */
  readonly beginLsn: number;
  /** Of the entry before it. */
  readonly beginScn: bigint;
  /** Committed and on this disk up to here. */
  readonly endLsn: number;
  readonly endScn: bigint;
  /** Appended up to here. */
  readonly maxLsn: number;
  readonly maxScn: bigint;
  readonly appliedLsn: number;
  readonly appliedScn: bigint;
  /** What the leader last said is committed. */
  readonly leaderCommittedLsn: number;
  /** Hears its leader, or leads a majority that hears it. */
  readonly connected: boolean;
  /** Hears its leader (or leads a majority that hears it), and has everything that is committed. */
  readonly inSync: boolean;
  /** On the leader: every other member, a learner, and who was removed but may not know it yet. */
  readonly followers: readonly FollowerStatus[];
  /** Proposals that aren't applied yet. */
  readonly waitingCount: number;
  readonly sync: SyncStatus;
  readonly logSizeBytes: number;
  readonly disk: DiskStatus;
  /** How often damage in the log was found since the start, and the log opened anew without it. */
  readonly healedCount: number;
}

export interface FollowerStatus {
  readonly server: string;
  /** On its disk, and equal to the leader's log, up to here. */
  readonly matchLsn: number;
  /** Entries of the leader that it doesn't have, as far as is known. */
  readonly lag: number;
  /** Silence so far; a live follower answers every heartbeat. */
  readonly silentMs: number;
  readonly alive: boolean;
  readonly stopping: boolean;
  /** A learner, or a member whose disk was wiped, counts for nothing yet. */
  readonly joined: boolean;
  readonly diskFull: boolean;
}

export function makeStatus(from: {
  view: ReplicaView;
  report: RoleReport;
  nowMs: number;
  aliveWithinMs: number;
  applier: Applier;
  store: LogStore;
  space: DiskSpace;
  facts: Pick<LogStreamStatus, 'tenantId' | 'lsId' | 'waitingCount' | 'healedCount'>;
}): LogStreamStatus {
  const { view, report, nowMs, aliveWithinMs, applier, store, space } = from;
  const connected = isConnected(view, nowMs, aliveWithinMs);
  const endLsn = Math.min(view.committedLsn, view.persistedLsn);
  return {
    ...report,
    ...from.facts,
    server: view.self,
    members: view.members,
    learners: view.learners,
    joined: view.joined,
    proposalId: view.term,
    baseLsn: store.base.lsn,
    beginLsn: store.base.lsn + 1,
    beginScn: store.base.scn,
    endLsn,
    endScn: endScn(applier, endLsn),
    maxLsn: view.lastLsn,
    maxScn: view.lastScn,
    appliedLsn: applier.appliedLsn,
    appliedScn: applier.appliedScn,
    leaderCommittedLsn: view.leaderCommittedLsn,
    connected,
    inSync: connected && applier.appliedLsn >= view.leaderCommittedLsn,
    followers: followerStatuses(view, nowMs, aliveWithinMs),
    sync: store.figures.status(),
    logSizeBytes: store.size,
    disk: space.status,
  };
}

/** What can't be read at the moment is found by whoever needs it. */
function endScn(applier: Applier, endLsn: number): bigint {
  try {
    return endLsn === applier.appliedLsn ? applier.appliedScn : applier.scnOf(endLsn);
  } catch {
    return applier.appliedScn;
  }
}

function isConnected(view: ReplicaView, nowMs: number, aliveWithinMs: number): boolean {
  if (view.role === 'leader') return nowMs < view.leaseEndMs;
  return view.leader !== undefined && nowMs - (view.leaderHeardAtMs ?? -aliveWithinMs) < aliveWithinMs;
}

export function followerStatuses(view: ReplicaView, nowMs: number, aliveWithinMs: number): FollowerStatus[] {
  return view.followers.map(({ server, matchLsn, heardAtMs, stopping, joined, full }) => ({
    server,
    matchLsn,
    lag: view.lastLsn - matchLsn,
    silentMs: Math.max(0, Math.round(nowMs - heardAtMs)),
    alive: nowMs - heardAtMs < aliveWithinMs,
    stopping,
    joined,
    diskFull: full,
  }));
}
