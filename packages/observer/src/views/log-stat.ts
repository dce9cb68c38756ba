import type { CellValue, VirtualRows } from '@sealane/sql';
import type { ReplicaFacts } from '../admin/stop-checks.ts';
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
    status.beginLsn,
    status.beginLsn,
    0,
    status.endLsn,
    status.endScn,
    status.maxLsn,
    status.maxScn,
    '',
    '',
    '',
  ];
}

/** Positions in a row of GV$OB_LOG_STAT. */
const column = { svrIp: 0, svrPort: 1, tenantId: 2, lsId: 3, role: 4, replicaCount: 9, endScn: 15 } as const;

/** Reads the rows of GV$OB_LOG_STAT as the checks of ALTER SYSTEM need them. */
export function replicaFacts(rows: VirtualRows): ReplicaFacts[] {
  return rows.map((row) => ({
    server: `${row[column.svrIp]}:${row[column.svrPort]}`,
    tenantId: Number(row[column.tenantId]),
    lsId: Number(row[column.lsId]),
    leader: row[column.role] === 'LEADER',
    endScn: BigInt(String(row[column.endScn])),
    replicaCount: Number(row[column.replicaCount]),
  }));
}
