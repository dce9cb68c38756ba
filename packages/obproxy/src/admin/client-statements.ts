import { ObError } from '@sealane/errors';
import type { Client, ClientTable } from '../client-table.ts';
import type { ServerLink } from '../server/server-link.ts';
import { ProxySession } from '../session/proxy-session.ts';
import type { SessionFacts } from '../session/session-options.ts';
import { type AdminAnswer, type AdminRow, columnsOf } from './admin-table.ts';
import { likePattern } from './like.ts';

const processColumns = columnsOf(
  'Id bigint, Tenant varchar(128), User varchar(128), Host varchar(128), db varchar(128)?, trans_count bigint, svr_session_count bigint, state varchar(64), tid bigint, pid bigint',
);
const sessionColumns = columnsOf(
  'proxy_sessid bigint, Id bigint, Cluster varchar(128), Tenant varchar(128), User varchar(128), Host varchar(128), db varchar(128)?, trans_count bigint, svr_session_count bigint, state varchar(64), tid bigint, pid bigint, using_ssl bigint',
);
const attributeColumns = columnsOf('attribute_name varchar(128), value varchar(4096), info varchar(64)');
const variableColumns = columnsOf('variable_name varchar(128), value varchar(4096)?');

/** SHOW PROCESSLIST */
export function showProcessList(clients: ClientTable): AdminAnswer {
  const rows = clients.list().map((client): AdminRow => {
    const { tenant, user, database, commandCount, links, state } = factsOf(client);
    const place = [client.id, tenant, user, hostOf(client), database ?? null];
    return [...place, commandCount, links.length, state, process.pid, process.pid];
  });
  return { kind: 'rows', columns: processColumns, rows };
}

/** SHOW PROXYSESSION */
export function showSessions(clients: ClientTable): AdminAnswer {
  const rows = clients.list().map((client): AdminRow => {
    const { tenant, user, database, commandCount, links, state } = factsOf(client);
    const { id, cluster, encrypted } = client;
    const place = [id, id, cluster, tenant, user, hostOf(client), database ?? null];
    return [...place, ...[commandCount, links.length, state, process.pid, process.pid, Number(encrypted)]];
  });
  return { kind: 'rows', columns: sessionColumns, rows };
}

/** SHOW PROXYSESSION ATTRIBUTE id [LIKE]. @throws ObError OB_UNKNOWN_CONNECTION */
export function showAttributes(clients: ClientTable, id: number, like: string | undefined): AdminAnswer {
  const client = clientOf(clients, id);
  const facts = factsOf(client);
  const of = (info: string, values: Readonly<Record<string, string | number>>): readonly AdminRow[] =>
    Object.entries(values).map(([name, value]) => [name, String(value), info]);
  const rows = [
    ...of('cs common', {
      proxy_sessid: id,
      cs_id: id,
      cluster: client.cluster,
      tenant: facts.tenant,
      user: facts.user,
      host_ip: client.ip,
      host_port: client.port,
      db: facts.database ?? '',
      total_trans_cnt: facts.commandCount,
      svr_session_cnt: facts.links.length,
      active: facts.state === 'MCS_ACTIVE_READER' ? 'true' : 'false',
      read_state: facts.state,
      tid: process.pid,
      pid: process.pid,
      using_ssl: Number(client.encrypted),
    }),
    ...facts.links.flatMap((link, at) =>
      of(at === 0 ? 'last used ss' : 'ss pool', serverAttributes(facts, link)),
    ),
  ];
  return { kind: 'rows', columns: attributeColumns, rows: matching(rows, like) };
}

/** SHOW PROXYSESSION VARIABLES id [LIKE]: what the client has changed. @throws ObError OB_UNKNOWN_CONNECTION */
export function showVariables(clients: ClientTable, id: number, like: string | undefined): AdminAnswer {
  const rows = factsOf(clientOf(clients, id)).variables.map(([name, value]): AdminRow => [name, value]);
  return { kind: 'rows', columns: variableColumns, rows: matching(rows, like) };
}

/** KILL [CONNECTION] id, KILL PROXYSESSION id. @throws ObError OB_UNKNOWN_CONNECTION */
export function killClient(clients: ClientTable, id: number): AdminAnswer {
  clientOf(clients, id).session.close('killed');
  return { kind: 'ok', affectedRows: 0 };
}

/** Where a client's statement runs; undefined: nowhere. @throws ObError OB_UNKNOWN_CONNECTION */
export function serverLinkOf(clients: ClientTable, id: number): ServerLink | undefined {
  return factsOf(clientOf(clients, id)).links[0];
}

/** KILL QUERY id where no server has it: a statement that is held is answered. @throws ObError OB_UNKNOWN_CONNECTION */
export function endWaiting(clients: ClientTable, id: number): void {
  const { session } = clientOf(clients, id);
  if (session instanceof ProxySession) session.endWaiting('query');
}

function serverAttributes(
  { inTransaction, pinned }: SessionFacts,
  { server, connectionId, encrypted }: ServerLink,
): Readonly<Record<string, string | number>> {
  const colon = server.lastIndexOf(':');
  return {
    server_ip: server.slice(0, colon),
    server_port: server.slice(colon + 1),
    server_sessid: connectionId,
    server_trans_stat: Number(inTransaction),
    using_ssl: Number(encrypted),
    pinned: Number(pinned),
  };
}

function clientOf(clients: ClientTable, id: number): Client {
  const client = clients.get(id);
  if (client === undefined) throw new ObError('OB_UNKNOWN_CONNECTION', [id]);
  return client;
}

function factsOf({ session, id, tenant, user }: Client): SessionFacts {
  if (session instanceof ProxySession) return session.facts;
  // The proxy answers itself, and this is what it answers now.
  return {
    ...{ id, tenant, user, database: undefined, inTransaction: false, pinned: false },
    state: 'MCS_ACTIVE_READER',
    commandCount: 0,
    links: [],
    variables: [],
  };
}

function hostOf({ ip, port }: Client): string {
  return `${ip}:${port}`;
}

function matching(rows: readonly AdminRow[], like: string | undefined): readonly AdminRow[] {
  if (like === undefined) return rows;
  const pattern = likePattern(like);
  return rows.filter(([name]) => pattern.test(String(name)));
}
