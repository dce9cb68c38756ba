import { isObError } from '@sealane/errors';
import { meshPolicy, tlsOptions, tlsProfile, tlsVersions } from '@sealane/transport-security';
import type { Server } from '../../cluster-view.ts';
import type { SqlAccess } from '../../sql-access.ts';
import type { Expectation } from './probe.ts';
import { type OldVersion, oldVersions } from './tls-records.ts';

/** What one node's settings say about who gets in. */
export interface PortSettings {
  readonly rpcPlain: Expectation;
  readonly rpcAuthenticateOnly: Expectation;
  /** By tenant. */
  readonly sqlPlain: ReadonlyMap<string, Expectation>;
  readonly certificates: Expectation;
  /** Undefined while no TLS is spoken, with the reason in `certificates`. */
  readonly forbiddenVersions: { readonly rpc: readonly OldVersion[]; readonly sql: readonly OldVersion[] };
  readonly versionsBecause: { readonly rpc: string; readonly sql: string };
  readonly tls: boolean;
}

const PARAMETERS = [
  'ssl_client_authentication',
  '_ob_ssl_invited_nodes',
  'rpc_client_authentication_method',
  'rpc_server_authentication_method',
  '_tls_profile',
  'sql_protocol_min_tls_version',
] as const;

const PARAMETERS_SQL = `SELECT NAME, VALUE FROM oceanbase.V$OB_PARAMETERS
  WHERE NAME IN (${PARAMETERS.map((name) => `'${name}'`).join(', ')})`;

const TENANTS_SQL = `SELECT t.TENANT_NAME, v.VALUE FROM oceanbase.DBA_OB_TENANTS t
  JOIN oceanbase.CDB_OB_SYS_VARIABLES v ON v.TENANT_ID = t.TENANT_ID WHERE v.NAME = 'require_secure_transport'`;
const PROXY_SQL = "SHOW PROXYCONFIG LIKE 'enable_client_ssl'";

/** Asks the node itself. @throws ObError when it can't be asked */
export async function readSettings(sql: SqlAccess, server: Server, ownIp: string): Promise<PortSettings> {
  const rows = await sql.query(server, PARAMETERS_SQL);
  const parameters = new Map(rows.map(([name, value]) => [name ?? '', value ?? '']));
  const required = await readRequired(sql, server);
  return settingsOf(parameters, required, server.slice(0, server.lastIndexOf(':')), ownIp);
}

/** A server without this view says nothing about it: then it isn't known what is refused. */
async function readRequired(sql: SqlAccess, server: Server): Promise<ReadonlyMap<string, string>> {
  try {
    const tenants = await sql.query(server, TENANTS_SQL);
    return new Map(tenants.map(([name, value]) => [name ?? '', value ?? '']));
  } catch (error) {
    if (isObError(error, 'OB_CONNECT_ERROR') || isObError(error, 'OB_TIMEOUT')) throw error;
    return new Map();
  }
}

/** A proxy takes every client that its servers take. @throws ObError when it can't be asked */
export async function readProxySettings(
  sql: SqlAccess,
  name: string,
  tenants: readonly string[],
): Promise<PortSettings> {
  const rows = await sql.query(name, PROXY_SQL);
  const tls = /^(true|on|1)$/i.test(rows[0]?.[1] ?? '');
  const certificates: Expectation = tls
    ? { outcome: 'REFUSED', because: 'a certificate that is shown must be good' }
    : { outcome: 'UNKNOWN', because: 'no TLS is spoken here: enable_client_ssl is False' };
  const because = 'no setting of the proxy refuses clients in clear';
  return {
    tls,
    rpcPlain: certificates,
    rpcAuthenticateOnly: certificates,
    sqlPlain: new Map(['sys', ...tenants].map((tenant) => [tenant, { outcome: 'UNKNOWN', because }])),
    certificates,
    forbiddenVersions: { rpc: [], sql: ['TLS 1.0', 'TLS 1.1'] },
    versionsBecause: { rpc: '', sql: 'every TLS profile begins at TLS 1.2' },
  };
}

/** @param required  require_secure_transport by tenant */
export function settingsOf(
  parameters: ReadonlyMap<string, string>,
  required: ReadonlyMap<string, string>,
  serverIp: string,
  ownIp: string,
): PortSettings {
  const value = (name: (typeof PARAMETERS)[number]): string => parameters.get(name) ?? '';
  const tls = value('ssl_client_authentication').toLowerCase() === 'true';
  const { accept } = meshPolicy(
    {
      sslClientAuthentication: tls,
      invitedNodes: value('_ob_ssl_invited_nodes'),
      rpcClientMethod: value('rpc_client_authentication_method'),
      rpcServerMethod: value('rpc_server_authentication_method'),
    },
    { ownIp: serverIp, peerIp: ownIp },
  );
  const profile = tlsProfile(value('_tls_profile'));
  const rpc = tlsOptions(profile);
  const sql = tlsOptions(profile, value('sql_protocol_min_tls_version') || 'none');
  const because = `_tls_profile is ${profile}`;
  const least = `${because}, sql_protocol_min_tls_version is ${value('sql_protocol_min_tls_version') || 'not set'}`;
  return {
    tls,
    rpcPlain: expectation(accept.plain, accept.reason),
    rpcAuthenticateOnly: expectation(accept.authenticated, accept.reason),
    sqlPlain: new Map([...required].map(([tenant, text]) => [tenant, secureTransport(tenant, text)])),
    certificates: {
      outcome: tls ? 'REFUSED' : 'UNKNOWN',
      because: tls
        ? 'a certificate that is shown must be good'
        : 'no TLS is spoken here: ssl_client_authentication is False',
    },
    forbiddenVersions: { rpc: forbidden(tlsVersions(rpc)), sql: forbidden(tlsVersions(sql)) },
    versionsBecause: { rpc: because, sql: least },
  };
}

function secureTransport(tenant: string, value: string): Expectation {
  const on = /^(on|1|true)$/i.test(value);
  return expectation(!on, `require_secure_transport of the tenant ${tenant} is ${on ? 'ON' : 'OFF'}`);
}

function expectation(accepted: boolean, because: string): Expectation {
  return { outcome: accepted ? 'ACCEPTED' : 'REFUSED', because };
}

/** @param spoken  `TLSv1.2,TLSv1.3` */
function forbidden(spoken: string): readonly OldVersion[] {
  const names = spoken.split(',').map((name) => name.replace('TLSv', 'TLS '));
  return (Object.keys(oldVersions) as OldVersion[]).filter((version) => !names.includes(version));
}
