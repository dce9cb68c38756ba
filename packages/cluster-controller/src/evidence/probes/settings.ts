import { meshPolicy, tlsOptions, tlsProfile, tlsVersions } from '@sealane/transport-security';
import type { Server } from '../../cluster-view.ts';
import type { SqlAccess } from '../../sql-access.ts';
import type { Expectation } from './probe.ts';
import { type OldVersion, oldVersions } from './tls-records.ts';

/** What one node's settings say about who gets in. */
export interface PortSettings {
  readonly rpcPlain: Expectation;
  readonly rpcAuthenticateOnly: Expectation;
  readonly sqlPlain: Expectation;
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

/** Asks the node itself. @throws ObError when it can't be asked */
export async function readSettings(sql: SqlAccess, server: Server, ownIp: string): Promise<PortSettings> {
  const rows = await sql.query(server, PARAMETERS_SQL);
  const parameters = new Map(rows.map(([name, value]) => [name ?? '', value ?? '']));
  const required = await sql.query(server, "SHOW GLOBAL VARIABLES LIKE 'require_secure_transport'");
  return settingsOf(
    parameters,
    required[0]?.[1] ?? undefined,
    server.slice(0, server.lastIndexOf(':')),
    ownIp,
  );
}

/** @param requireSecureTransport  of the tenant sys; undefined where there is no such variable */
export function settingsOf(
  parameters: ReadonlyMap<string, string>,
  requireSecureTransport: string | undefined,
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
    sqlPlain: secureTransport(requireSecureTransport),
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

function secureTransport(value: string | undefined): Expectation {
  if (value === undefined)
    return { outcome: 'UNKNOWN', because: 'there is no require_secure_transport to be read' };
  const on = /^(on|1|true)$/i.test(value);
  return expectation(!on, `require_secure_transport of the tenant sys is ${on ? 'ON' : 'OFF'}`);
}

function expectation(accepted: boolean, because: string): Expectation {
  return { outcome: accepted ? 'ACCEPTED' : 'REFUSED', because };
}

/** @param spoken  `TLSv1.2,TLSv1.3` */
function forbidden(spoken: string): readonly OldVersion[] {
  const names = spoken.split(',').map((name) => name.replace('TLSv', 'TLS '));
  return (Object.keys(oldVersions) as OldVersion[]).filter((version) => !names.includes(version));
}
