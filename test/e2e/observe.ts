import { askNode, type TestCluster, type TestNode } from '@sealane/testkit';

/** What stays as it is while nothing disturbs a cluster. */
export interface Observed {
  readonly terms: readonly unknown[];
  readonly servers: readonly unknown[];
  readonly links: readonly unknown[];
}

/** What one node says of all of them. */
export async function observe(cluster: TestCluster, node: TestNode): Promise<Observed> {
  const ask = (sql: string) => askNode(cluster, node, sql, { user: 'root@sys' });
  return {
    terms: await ask(
      'SELECT svr_port, tenant_id, role, proposal_id FROM oceanbase.GV$OB_LOG_STAT ORDER BY svr_port, tenant_id',
    ),
    servers: await ask(
      'SELECT svr_port, status, start_service_time, modify_time FROM oceanbase.DBA_OB_SERVERS ORDER BY svr_port',
    ),
    links: await ask(
      `SELECT svr_port, link_id, direction, opened_at FROM oceanbase.GV$OB_LINKS
        WHERE kind = 'RPC' AND closed_at IS NULL AND peer_svr_port IS NOT NULL ORDER BY svr_port, link_id`,
    ),
  };
}
