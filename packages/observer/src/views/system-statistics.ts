import type { CellValue } from '@sealane/sql';
import { type StatementKind, statementKinds, type TenantStatements } from '../metrics/statement-figures.ts';

/** A figure of one tenant on this node, since its start. */
export interface SystemStatistics {
  readonly tenantId: number;
  /** Transactions that this node committed as leader. */
  readonly commitCount: number;
  /** fsyncs of the log. */
  readonly logSyncCount: number;
  /** Of clients; undefined while they asked nothing. */
  readonly statements?: TenantStatements | undefined;
}

/** The statistics of V$SYSSTAT that there are: OceanBase's numbers, names and classes. Source: ob_stat_event.h */
const statistics: readonly Statistic[] = [
  { id: 30_007, name: 'trans commit count', classId: 4, value: (of: SystemStatistics) => of.commitCount },
  {
    id: 80_001,
    name: 'palf write io count to disk',
    classId: 256,
    value: (of: SystemStatistics) => of.logSyncCount,
  },
  ...statementKinds.flatMap(statementStatistics),
  {
    id: 40_119,
    name: 'sql fail count',
    classId: 8,
    value: (of) => of.statements?.failures.total ?? 0,
  },
];

interface Statistic {
  readonly id: number;
  readonly name: string;
  readonly classId: number;
  value(of: SystemStatistics): number;
}

/** How many, and their microseconds. */
function statementStatistics(kind: StatementKind): readonly Statistic[] {
  const id = {
    select: 40_000,
    insert: 40_002,
    replace: 40_004,
    update: 40_006,
    delete: 40_008,
    other: 40_018,
  }[kind];
  const of = (kinds: SystemStatistics) => kinds.statements?.kinds[kind];
  return [
    { id, name: `sql ${kind} count`, classId: 8, value: (all) => of(all)?.count ?? 0 },
    { id: id + 1, name: `sql ${kind} time`, classId: 8, value: (all) => Math.round(of(all)?.timeUs ?? 0) },
  ];
}

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
