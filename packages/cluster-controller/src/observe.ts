import type {
  ClusterView,
  NodeAnswer,
  NodeView,
  Server,
  ServerRow,
  StreamRow,
  TenantRow,
  TlsRow,
} from './cluster-view.ts';
import { watchedParameters } from './cluster-view.ts';
import type { Dialect } from './dialect/gate.ts';
import { withSeenLinks } from './dialect/seen-links.ts';
import type { SqlRow } from './dialer.ts';
import { observeProxies } from './observe-proxies.ts';
import { linkRow, NODE_LINKS_SQL } from './read-links.ts';
import type { SqlAccess } from './sql-access.ts';
import type { Target, TargetNode } from './targets/target.ts';
import type { TenantProbe } from './tenant-probe.ts';
import { withinDeadline } from './within-deadline.ts';

const SERVERS_SQL = `SELECT SVR_IP, SVR_PORT, ZONE, SQL_PORT, STATUS, START_SERVICE_TIME, STOP_TIME
  FROM oceanbase.DBA_OB_SERVERS`;
const PARAMETERS_SQL = `SELECT NAME, VALUE FROM oceanbase.V$OB_PARAMETERS
  WHERE NAME IN (${watchedParameters.map((name) => `'${name}'`).join(', ')})`;
const STREAMS_SQL = `SELECT TENANT_ID, LS_ID, ROLE, IN_SYNC, END_LSN, END_SCN, PAXOS_MEMBER_LIST
  FROM oceanbase.V$OB_LOG_STAT`;
export const TLS_SQL = `SELECT ENABLED, CERT_SHA256, UNIX_TIMESTAMP(NOT_AFTER), CA_SHA256, LOADED_AT, CRL_NUMBER, LAST_RELOAD_RESULT,
  LAST_RELOAD_REASON FROM oceanbase.V$OB_TLS_STATUS`;
const TENANTS_SQL = `SELECT t.TENANT_NAME, v.VALUE FROM oceanbase.DBA_OB_TENANTS t
  JOIN oceanbase.CDB_OB_SYS_VARIABLES v ON v.TENANT_ID = t.TENANT_ID WHERE v.NAME = 'require_secure_transport'`;
const TENANT_NAMES_SQL = 'SELECT TENANT_NAME FROM oceanbase.DBA_OB_TENANTS';
const LOCKED_OUT_SQL = `SELECT KIND, TENANT, NAME, HOST, REASON FROM oceanbase.DBA_OB_TLS_READINESS
  WHERE LOCKED_OUT_BY LIKE '%ENCRYPTION%' AND KIND IN ('USER', 'LINK', 'NODE')`;
const CERTIFICATE_SQL = 'SELECT SSL_CERT_EXPIRED_TIME FROM oceanbase.V$OB_SERVERS';

/** What a look reads beyond what every look does. */
export interface Depth {
  /** The tenants' settings, and who would be locked out by a requirement. */
  readonly requirements?: boolean;
  /** Only documented SQL, and links as they are seen from outside; by our own views when not given. */
  readonly dialect?: Dialect;
}

/** Asks every node about itself, all at once; a node that doesn't answer is in the view with the reason. */
export async function observe(
  target: Target,
  sql: SqlAccess,
  probe: TenantProbe,
  depth: Depth = {},
): Promise<ClusterView> {
  const documented = depth.dialect === 'oceanbase';
  const proxies = observeProxies(target, sql, !documented);
  const nodes = await Promise.all(target.nodes.map((node) => observeNode(target, sql, probe, node, depth)));
  const view = { nodes, proxies: await proxies };
  if (documented) return { ...(await withSeenLinks(view, target)), lockedOut: [] };
  return depth.requirements === true ? { ...view, lockedOut: await readLockedOut(sql, view) } : view;
}

/** No answer is a reason, too: nothing is required by guesswork. */
async function readLockedOut(sql: SqlAccess, view: ClusterView): Promise<readonly string[]> {
  try {
    const rows = await sql.ask(view, LOCKED_OUT_SQL);
    return rows.map(([kind, tenant, name, host, reason]) => {
      const who = kind === 'USER' ? `'${name}'@'${host}' of tenant ${tenant}` : `${kind} ${name}`;
      return `${who} (${reason})`;
    });
  } catch (error) {
    return [`nobody can say who (${error instanceof Error ? error.message : String(error)})`];
  }
}

/** Asks one node; it doesn't throw. */
export async function observeNode(
  target: Target,
  sql: SqlAccess,
  probe: TenantProbe,
  node: TargetNode,
  depth: Depth,
): Promise<NodeView> {
  const process = await target.processOf(node.server);
  const known = {
    name: node.name,
    server: node.server,
    zone: node.zone,
    sqlHost: node.reach.host,
    sqlPort: node.reach.port,
    process,
  };
  if (!process.running) return { ...known, answer: undefined, unreachable: 'its process is not running' };
  try {
    const answer = await withinDeadline(
      ask(sql, node.server, depth, () => probe.serves(node.server, process)),
      node.server,
    );
    // Dialled a moment before the node loaded its certificate: the next look dials again and sees what is offered.
    if (!answer.askedEncrypted && isOn(answer.parameters['ssl_client_authentication']))
      sql.forget(node.server);
    return { ...known, answer, unreachable: undefined };
  } catch (error) {
    sql.forget(node.server);
    return {
      ...known,
      answer: undefined,
      unreachable: error instanceof Error ? error.message : String(error),
    };
  }
}

function isOn(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

async function ask(
  sql: SqlAccess,
  server: Server,
  depth: Depth,
  tenantsServe: () => Promise<boolean>,
): Promise<NodeAnswer> {
  const servers = await sql.query(server, SERVERS_SQL);
  const parameters = await sql.query(server, PARAMETERS_SQL);
  const streams = await sql.query(server, STREAMS_SQL);
  const [certificate] = await sql.query(server, CERTIFICATE_SQL);
  const certificateExpiresAt = certificate?.[0] ?? null;
  return {
    servers: servers.map(serverRow),
    parameters: Object.fromEntries(parameters.map(([name, value]) => [name ?? '', value ?? ''])),
    streams: streams.map(streamRow),
    certificateExpiresAt,
    ...(depth.dialect === 'oceanbase'
      ? await askDocumentedViews(sql, server, depth, certificateExpiresAt)
      : await askOwnViews(sql, server, depth)),
    askedEncrypted: await sql.encrypted(server),
    tenantsServe: await tenantsServe(),
  };
}

async function askOwnViews(
  sql: SqlAccess,
  server: Server,
  depth: Depth,
): Promise<Pick<NodeAnswer, 'links' | 'tls' | 'tenants'>> {
  const links = await sql.query(server, NODE_LINKS_SQL);
  const [tls = []] = await sql.query(server, TLS_SQL);
  const read = { links: links.map(linkRow), tls: tlsRow(tls) };
  if (depth.requirements !== true) return read;
  return { ...read, tenants: (await sql.query(server, TENANTS_SQL)).map(tenantRow) };
}

/** Links are looked at afterwards, from outside; of a certificate only that it is loaded can be known. */
async function askDocumentedViews(
  sql: SqlAccess,
  server: Server,
  depth: Depth,
  certificateExpiresAt: string | null,
): Promise<Pick<NodeAnswer, 'links' | 'tls' | 'tenants'>> {
  const read = { links: [], tls: { ...tlsRow([]), enabled: certificateExpiresAt !== null } };
  if (depth.requirements !== true) return read;
  const tenants = await sql.query(server, TENANT_NAMES_SQL);
  return { ...read, tenants: tenants.map(([name]) => ({ name: name ?? '', requiresTls: false })) };
}

function tenantRow([name, value]: SqlRow): TenantRow {
  return { name: name ?? '', requiresTls: /^(1|on|true)$/i.test(value ?? '') };
}

function serverRow(row: SqlRow): ServerRow {
  const [ip, port, zone, sqlPort, status, startServiceTime, stopTime] = row;
  return {
    server: `${ip}:${port}`,
    zone: zone ?? '',
    sqlPort: Number(sqlPort),
    status: status ?? '',
    startServiceTime: startServiceTime ?? null,
    stopTime: stopTime ?? null,
  };
}

function streamRow(row: SqlRow): StreamRow {
  const [tenantId, lsId, role, inSync, endLsn, endScn, members] = row;
  return {
    tenantId: Number(tenantId),
    lsId: Number(lsId),
    role: role === 'LEADER' ? 'LEADER' : 'FOLLOWER',
    inSync: inSync === 'YES',
    endLsn: Number(endLsn),
    endScn: BigInt(endScn ?? 0),
    members: (members ?? '').split(',').filter(Boolean).map(memberServer),
  };
}

/** `ip:port:timestamp`, as PAXOS_MEMBER_LIST has it. */
function memberServer(text: string): Server {
  return text.trim().split(':').slice(0, 2).join(':');
}

/** A row of the answer to `TLS_SQL`. */
export function tlsRow(row: SqlRow): TlsRow {
  const [enabled, leaf, expiry, authorities, loadedAt, crlNumber, result, reason] = row;
  return {
    enabled: enabled === 'YES',
    leaf: leaf ?? undefined,
    expiresAt: expiry == null ? undefined : new Date(Number(expiry) * 1000),
    authorities: (authorities ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
    loadedAt: loadedAt ?? '',
    crlNumber: crlNumber ?? null,
    lastReloadResult: result ?? null,
    lastReloadReason: reason ?? null,
  };
}
