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
    degraded(status)
      .map((member) => `${member}:1`)
      .join(','),
    status.learners.map((learner) => `${learner}:1`).join(','),
  ];
}

/** Members whose disk lacks what they once knew: they count for nothing until they have it again. */
function degraded({ members, followers }: LogStreamStatus): string[] {
  return followers
    .filter(({ server, joined }) => !joined && members.includes(server))
    .map(({ server }) => server);
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
  degraded: 19,
  learners: 20,
} as const;

/** What the leaders among the rows of GV$OB_LOG_STAT say of their groups. */
export function streamGroups(rows: VirtualRows): StreamGroup[] {
  return rows
    .filter((row) => row[column.role] === 'LEADER')
    .map((row) => ({
      tenantId: Number(row[column.tenantId]),
      lsId: Number(row[column.lsId]),
      leader: serverOf(row),
      members: serversOf(row[column.members]),
      degraded: serversOf(row[column.degraded]),
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

/** Reads the rows of GV$OB_LOG_STAT as the checks of ALTER SYSTEM need them: those of members that count. */
export function replicaFacts(rows: VirtualRows): ReplicaFacts[] {
  const groups = streamGroups(rows);
  return rows
    .filter((row) => {
      const group = groups.find(({ tenantId }) => tenantId === Number(row[column.tenantId]));
      return group === undefined || counts(group, serverOf(row));
    })
    .map((row) => ({
      server: serverOf(row),
      tenantId: Number(row[column.tenantId]),
      lsId: Number(row[column.lsId]),
      leader: row[column.role] === 'LEADER',
      endScn: BigInt(String(row[column.endScn])),
      replicaCount: Number(row[column.replicaCount]),
    }));
}

function counts({ members, degraded }: StreamGroup, server: string): boolean {
  return members.includes(server) && !degraded.includes(server);
}

function serverOf(row: readonly CellValue[]): string {
  return `${row[column.svrIp]}:${row[column.svrPort]}`;
}
