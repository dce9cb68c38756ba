import type { CellValue } from '@sealane/sql';

/** A figure of one tenant on this node, since its start. */
export interface SystemStatistics {
  readonly tenantId: number;
  /** Transactions that this node committed as leader. */
  readonly commitCount: number;
  /** fsyncs of the log. */
  readonly logSyncCount: number;
}

/** The statistics of V$SYSSTAT that there are: OceanBase's numbers, names and classes. Source: ob_stat_event.h */
const statistics = [
  { id: 30_007, name: 'trans commit count', classId: 4, value: (of: SystemStatistics) => of.commitCount },
  {
    id: 80_001,
    name: 'palf write io count to disk',
    classId: 256,
    value: (of: SystemStatistics) => of.logSyncCount,
  },
] as const;

/** The columns of V$SYSSTAT; the server's address is the second and third. */
export function systemStatisticsRows(
  svrIp: string,
  svrPort: number,
  of: SystemStatistics,
): readonly (readonly CellValue[])[] {
  return statistics.map(({ id, name, classId, value }, index) => [
    of.tenantId,
    svrIp,
    svrPort,
    index,
    name,
    classId,
    value(of),
    'ADD_VALUE',
    id,
  ]);
}
