import { ObError } from '@sealane/errors';
import { capabilityNames, has, nativePasswordPlugin } from '@sealane/mysql-protocol';
import { parseLoginName } from './login-name.ts';
import type { Account, FrontPorts, SessionRequest, SqlSession, Tenant, TlsFacts } from './ports.ts';

/** What a client said of itself, at login or in COM_CHANGE_USER. */
export interface Credentials {
  /** As sent: `user@tenant#cluster`. */
  readonly loginName: string;
  readonly authResponse: Uint8Array;
  readonly plugin: string;
  readonly database: string | undefined;
  readonly charset: number;
  readonly attributes: ReadonlyMap<string, string>;
}

/** What is known of the connection it came over. */
export interface ConnectionFacts {
  readonly connectionId: number;
  readonly clientHost: string;
  readonly clientPort: number;
  readonly scramble: Uint8Array;
  readonly tls: TlsFacts | undefined;
  readonly capabilities: number;
}

export interface LoggedIn {
  readonly session: SqlSession;
  readonly account: Account;
  readonly tenant: Tenant;
}

/** Asks the client to answer with mysql_native_password; @returns its 20 bytes. */
export type AskAgain = () => Promise<Uint8Array>;

/**
 * Checks a login in OceanBase's order: state of the server, tenant, cluster, number of connections, then the account (name and
 * host, lock, password, TLS requirement), then the database. Writes the line "MySQL LOGIN" either way.
 *
 * @throws ObError what the client is told
 */
export async function logIn(
  ports: FrontPorts,
  credentials: Credentials,
  facts: ConnectionFacts & { readonly full: boolean },
  askAgain: AskAgain,
): Promise<LoggedIn> {
  let tenant: Tenant | undefined;
  let loggedIn: LoggedIn | undefined;
  let failure: unknown;
  try {
    const response = await nativeResponse(credentials, askAgain);
    tenant = admitToTenant(ports, credentials, { ...facts, response });
    if (facts.full) throw new ObError('OB_ERR_CON_COUNT_ERROR');
    loggedIn = await openSession(ports, credentials, { ...facts, response, tenant });
    return loggedIn;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    const line = loginLine({ credentials, facts, tenant, loggedIn, failure });
    if (failure === undefined) ports.logger.info(line, 'MySQL LOGIN');
    else ports.logger.warn(line, 'MySQL LOGIN');
  }
}

async function nativeResponse(
  { plugin, authResponse }: Credentials,
  askAgain: AskAgain,
): Promise<Uint8Array> {
  return plugin === '' || plugin === nativePasswordPlugin ? authResponse : askAgain();
}

/** @throws ObError OB_SERVER_IS_INIT, OB_SERVER_IS_STOPPING, OB_PASSWORD_WRONG (no such tenant), OB_CLUSTER_NO_MATCH */
function admitToTenant(
  ports: FrontPorts,
  credentials: Credentials,
  facts: ConnectionFacts & { readonly response: Uint8Array },
): Tenant {
  const name = parseLoginName(credentials.loginName);
  const state = ports.serverState();
  if (state === 'starting' && name?.tenant !== sysTenant) throw new ObError('OB_SERVER_IS_INIT');
  if (state === 'stopping') throw new ObError('OB_SERVER_IS_STOPPING');
  const tenant = name === undefined ? undefined : ports.tenants.find(name.tenant);
  if (tenant === undefined) throw denied(name?.user ?? credentials.loginName, facts);
  if (tenant.locked === true) throw new ObError('OB_ERR_TENANT_IS_LOCKED', [tenant.name]);
  const cluster = credentials.attributes.get('__cluster_name') ?? name?.cluster;
  if (cluster !== undefined && cluster !== '' && cluster !== ports.cluster.name) {
    throw new ObError('OB_CLUSTER_NO_MATCH', [ports.cluster.name]);
  }
  const clusterId = credentials.attributes.get('__cluster_id');
  if (
    clusterId !== undefined &&
    clusterId !== '' &&
    clusterId !== '0' &&
    Number(clusterId) !== ports.cluster.id
  ) {
    throw new ObError('OB_CLUSTER_NO_MATCH', [ports.cluster.name]);
  }
  return tenant;
}

const sysTenant = 'sys';

async function openSession(
  ports: FrontPorts,
  credentials: Credentials,
  facts: ConnectionFacts & { readonly response: Uint8Array; readonly tenant: Tenant },
): Promise<LoggedIn> {
  const { connectionId, clientHost, scramble, tls, response, tenant } = facts;
  const user = parseLoginName(credentials.loginName)?.user ?? '';
  const { tenantId, name } = tenant;
  const asked = { tenant: name, tenantId, user, clientHost, scramble, response, tls };
  const account = await ports.accounts.authenticate(asked);
  const request: SessionRequest = {
    connectionId,
    tenantId,
    tenant: name,
    user: account.user,
    clientHost,
    accountHost: account.host,
    ...(credentials.database === undefined ? {} : { database: credentials.database }),
    attributes: credentials.attributes,
    foundRows: has(facts.capabilities, 'FOUND_ROWS'),
    ignoreSpace: has(facts.capabilities, 'IGNORE_SPACE'),
    interactive: has(facts.capabilities, 'INTERACTIVE'),
    charset: credentials.charset,
    streams: true,
    tls,
  };
  return { session: await ports.sessions.open(request), account, tenant };
}

/** The same text whether the tenant, the user or the password is wrong. */
function denied(user: string, facts: ConnectionFacts & { readonly response: Uint8Array }): ObError {
  return new ObError(
    'OB_PASSWORD_WRONG',
    [user, facts.clientHost, facts.response.length > 0 ? 'YES' : 'NO'],
    {
      details: { reason: 'no such tenant' },
    },
  );
}

interface LoginStory {
  readonly credentials: Credentials;
  readonly facts: ConnectionFacts;
  readonly tenant: Tenant | undefined;
  readonly loggedIn: LoggedIn | undefined;
  readonly failure: unknown;
}

/** The facts of the line "MySQL LOGIN", named as OceanBase names them. */
function loginLine({ credentials, facts, tenant, loggedIn, failure }: LoginStory): object {
  const { attributes } = credentials;
  const clientType = attributes.get('__mysql_client_type') ?? '';
  const name = parseLoginName(credentials.loginName);
  return {
    direct_client_ip: `${facts.clientHost}:${facts.clientPort}`,
    client_ip: attributes.get('__client_ip') ?? facts.clientHost,
    tenant_name: tenant?.name ?? name?.tenant ?? '',
    tenant_id: tenant?.tenantId ?? 0,
    user_name: name?.user ?? credentials.loginName,
    host_name: loggedIn?.account.host ?? facts.clientHost,
    sessid: facts.connectionId,
    proxy_sessid: attributes.get('__proxy_connection_id') ?? '0',
    client_sessid: attributes.get('__client_session_id') ?? '0',
    from_proxy: clientType === '__ob_proxy',
    from_java_client: clientType === '__ob_java_client',
    from_oci_client: clientType === '__ob_libobclient',
    from_jdbc_client: clientType === '__ob_jdbc_client',
    capability: facts.capabilities,
    capability_names: capabilityNames(facts.capabilities).join(','),
    proxy_capability: attributes.get('__proxy_capability_flag') ?? '0',
    use_ssl: facts.tls !== undefined,
    cipher: facts.tls?.cipher ?? '',
    autocommit: loggedIn?.session.autocommit ?? true,
    ret:
      failure instanceof ObError
        ? failure.code
        : failure === undefined
          ? 0
          : new ObError('OB_ERR_UNEXPECTED').code,
    reason:
      failure instanceof ObError
        ? (failure.details['reason'] ?? failure.name)
        : failure === undefined
          ? ''
          : String(failure),
    client_type: attributes.get('_client_name') ?? clientType,
    client_version: attributes.get('_client_version') ?? '',
  };
}
