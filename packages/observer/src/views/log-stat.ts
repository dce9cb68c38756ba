import type { CellValue, VirtualRows } from '@sealane/sql';
import type { ReplicaFacts } from '../admin/stop-checks.ts';
import type { StreamGroup } from '../cluster/membership.ts';
import type { LogStreamStatus } from '../replication/index.ts';

/** The columns of V$OB_LOG_STAT after SVR_IP and SVR_PORT. LSNs count entries, SCNs are nanoseconds since 1970. */
export function logStatRow(status: LogStreamStatus): readonly CellValue[] {
  return [
    status.tenantId,
    status.lsId,
    status.role,
    status.proposalId,
    `{proposal_id:${status.proposalId}, config_seq:1}`,
    'APPEND',
    status.members.map((member) => `${member}:1`).join(','),
    status.members.length,
    status.role === 'LEADER' || status.inSync ? 'YES' : 'NO',
    status.baseLsn,
    status.beginLsn,
    status.beginScn,
    status.endLsn,
    status.endScn,
    status.maxLsn,
    status.maxScn,
    '',
    '',
    status.learners.map((learner) => `${learner}:1`).join(','),
  ];
}

/** Positions in a row of GV$OB_LOG_STAT. */
const column = {
  svrIp: 0,
  svrPort: 1,
  tenantId: 2,
  lsId: 3,
  role: 4,
  members: 8,
  replicaCount: 9,
  endScn: 15,
  learners: 20,
} as const;

/** What the leaders among the rows of GV$OB_LOG_STAT say of their groups. */
export function streamGroups(rows: VirtualRows): StreamGroup[] {
  return rows
    .filter((row) => row[column.role] === 'LEADER')
    .map((row) => ({
      tenantId: Number(row[column.tenantId]),
      lsId: Number(row[column.lsId]),
      leader: `${row[column.svrIp]}:${row[column.svrPort]}`,
      members: serversOf(row[column.members]),
      learners: serversOf(row[column.learners]),
    }));
}

/** `ip:port:timestamp,…` */
function serversOf(cell: CellValue | undefined): string[] {
  return String(cell ?? '')
    .split(',')
    .filter(Boolean)
    .map((item) => item.slice(0, item.lastIndexOf(':')));
}

/** Reads the rows of GV$OB_LOG_STAT as the checks of ALTER SYSTEM need them: those of members. */
export function replicaFacts(rows: VirtualRows): ReplicaFacts[] {
  const outsiders = new Set(
    streamGroups(rows).flatMap(({ tenantId, members }) =>
      rows
        .filter((row) => Number(row[column.tenantId]) === tenantId)
        .filter(
          (row) => members.length > 0 && !members.includes(`${row[column.svrIp]}:${row[column.svrPort]}`),
        ),
    ),
  );
  return rows
    .filter((row) => !outsiders.has(row))
    .map((row) => ({
      server: `${row[column.svrIp]}:${row[column.svrPort]}`,
      tenantId: Number(row[column.tenantId]),
      lsId: Number(row[column.lsId]),
      leader: row[column.role] === 'LEADER',
      endScn: BigInt(String(row[column.endScn])),
      replicaCount: Number(row[column.replicaCount]),
    }));
}
