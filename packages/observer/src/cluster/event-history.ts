import type { InternalSql } from './ports.ts';

/** One row of DBA_OB_ROOTSERVICE_EVENT_HISTORY, told by the RootService leader. */
export interface RootServiceEvent {
  readonly module: 'server' | 'zone' | 'bootstrap' | 'root_service' | 'parameter';
  readonly event: string;
  /** Facts in order, at most two: they become NAME1/VALUE1, NAME2/VALUE2. */
  readonly facts: readonly (readonly [name: string, value: string])[];
}

export async function recordEvent(
  sql: InternalSql,
  rootServer: { ip: string; rpcPort: number },
  event: RootServiceEvent,
): Promise<void> {
  const [first, second] = event.facts;
  await sql.execute(
    `INSERT INTO oceanbase.__all_rootservice_event_history
       (gmt_create, module, event, name1, value1, name2, value2, rs_svr_ip, rs_svr_port) VALUES (NOW(6), ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      event.module,
      event.event,
      first?.[0] ?? null,
      first?.[1] ?? null,
      second?.[0] ?? null,
      second?.[1] ?? null,
      rootServer.ip,
      rootServer.rpcPort,
    ],
  );
}
