import type { Server } from '../cluster-view.ts';
import type { SqlAccess } from '../sql-access.ts';

/** What one node counted since its start, for user tenants. */
export interface NodeCounters {
  readonly statements: number;
  readonly failed: number;
  readonly commits: number;
}

const SYS_TENANT = 1;
const SQL = `SELECT NAME, SUM(VALUE) FROM oceanbase.V$SYSSTAT WHERE CON_ID <> ${SYS_TENANT}
  AND STAT_ID IN (30007, 40000, 40002, 40004, 40006, 40008, 40018, 40119) GROUP BY NAME`;

/** @throws ObError when the node doesn't answer */
export async function readCounters(sql: SqlAccess, server: Server): Promise<NodeCounters> {
  const values = new Map((await sql.query(server, SQL)).map(([name, value]) => [name, Number(value)]));
  const kinds = ['select', 'insert', 'replace', 'update', 'delete', 'other'];
  return {
    statements: kinds.reduce((sum, kind) => sum + (values.get(`sql ${kind} count`) ?? 0), 0),
    failed: values.get('sql fail count') ?? 0,
    commits: values.get('trans commit count') ?? 0,
  };
}
