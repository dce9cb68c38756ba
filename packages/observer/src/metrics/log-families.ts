import { counter, type Family, gauge, type MaybeSample } from '@sealane/metrics';
import type { LogStreamStatus } from '../replication/index.ts';

export interface StreamFigures {
  readonly tenant: string;
  readonly status: LogStreamStatus;
  /** Transactions that this node committed as leader. */
  readonly commitCount: number;
  /** How often this node began to lead. */
  readonly takeovers: number;
}

/** One series for each log stream of this node, for followers one for each of them as well. */
export function logFamilies(streams: readonly StreamFigures[]): readonly Family[] {
  const each = (value: (of: StreamFigures) => number): readonly MaybeSample[] =>
    streams.map((of) => ({ labels: labelsOf(of), value: value(of) }));
  return [
    gauge('sealane_log_leader', '1 where this node leads the log stream, 0 elsewhere.', [
      ...each(({ status }) => Number(status.role === 'LEADER')),
    ]),
    gauge('sealane_log_in_sync', '1 where the replica hears its leader and has all that is committed.', [
      ...each(({ status }) => Number(status.inSync)),
    ]),
    gauge('sealane_log_proposal_id', 'Term of the log; every election makes it grow.', [
      ...each(({ status }) => status.proposalId),
    ]),
    counter('sealane_log_takeovers_total', 'How often this node began to lead the log stream.', [
      ...each(({ takeovers }) => takeovers),
    ]),
    gauge('sealane_log_end_lsn', 'Last entry that is committed and on this disk.', [
      ...each(({ status }) => status.endLsn),
    ]),
    gauge('sealane_log_applied_lsn', 'Last entry that is applied here.', [
      ...each(({ status }) => status.appliedLsn),
    ]),
    gauge(
      'sealane_log_gap_entries',
      'Entries that the leader last said are committed and that are not applied here.',
      each(({ status }) => Math.max(0, status.leaderCommittedLsn - status.appliedLsn)),
    ),
    gauge(
      'sealane_log_follower_lag_entries',
      'On the leader: entries that a follower does not have, as far as is known.',
      followerSamples(streams),
    ),
    counter(
      'sealane_log_syncs_total',
      'fsyncs of the log.',
      each(({ status }) => status.sync.syncCount),
    ),
    counter(
      'sealane_log_synced_entries_total',
      'Entries made durable by these fsyncs.',
      each(({ status }) => status.sync.entryCount),
    ),
    gauge(
      'sealane_log_sync_p99_seconds',
      'Of a write with its fsync since the start, the 99th percentile.',
      each(({ status }) => status.sync.p99Ms / 1_000),
    ),
    gauge('sealane_log_size_bytes', 'Size of the log on this disk.', [
      ...each(({ status }) => status.logSizeBytes),
    ]),
    counter('sealane_commits_total', 'Transactions that this node committed as leader.', [
      ...each(({ commitCount }) => commitCount),
    ]),
  ];
}

function labelsOf({ tenant, status }: StreamFigures) {
  return { tenant, ls_id: status.lsId };
}

function followerSamples(streams: readonly StreamFigures[]): readonly MaybeSample[] {
  return streams
    .filter(({ status }) => status.role === 'LEADER')
    .flatMap((of) =>
      of.status.followers.map(({ server, lag }) => ({
        labels: { ...labelsOf(of), follower: server },
        value: lag,
      })),
    );
}
