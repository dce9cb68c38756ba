import { ObError } from '@sealane/errors';
import { has } from '@sealane/mysql-protocol';
import type { ClientExchange } from './auth-exchange.ts';
import { writeDown } from './login-line.ts';
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

/**
 * Checks a login in OceanBase's order: state of the server, cluster, number of connections, then the tenant and the account (white list,
 * password, lock, TLS requirement …), then the database. Writes the line "MySQL LOGIN" and the audit either way.
 *
 * @throws ObError what the client is told
 */
export async function logIn(
  ports: FrontPorts,
  credentials: Credentials,
  facts: ConnectionFacts & { readonly full: boolean },
  exchange: ClientExchange,
): Promise<LoggedIn> {
  let tenant: Tenant | undefined;
  let loggedIn: LoggedIn | undefined;
  let failure: unknown;
  try {
    tenant = admitToTenant(ports, credentials);
    if (facts.tls === undefined && tenant !== undefined && ports.requiresTls?.(tenant.tenantId) === true)
      throw new ObError('ER_SECURE_TRANSPORT_REQUIRED');
    const account = await authenticated(ports, credentials, { ...facts, tenant, exchange });
    loggedIn = await openSession(ports, credentials, { ...facts, ...account });
    return loggedIn;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    writeDown(ports, { credentials, facts, tenant, loggedIn, failure, plugin: exchange.usedPlugin });
  }
}

/**
 * @returns undefined for a tenant that isn't there: the account's check refuses it
 * @throws ObError OB_SERVER_IS_INIT, OB_SERVER_IS_STOPPING, OB_CLUSTER_NO_MATCH
 */
function admitToTenant(ports: FrontPorts, credentials: Credentials): Tenant | undefined {
  const name = parseLoginName(credentials.loginName);
  const state = ports.serverState();
  if (state === 'starting' && name?.tenant !== sysTenant) throw new ObError('OB_SERVER_IS_INIT');
  if (state === 'stopping') throw new ObError('OB_SERVER_IS_STOPPING');
  const tenant = name === undefined ? undefined : ports.tenants.find(name.tenant);
  if (tenant?.locked === true) throw new ObError('OB_ERR_TENANT_IS_LOCKED', [tenant.name]);
  const cluster = credentials.attributes.get('__cluster_name') ?? name?.cluster;
  const clusterId = credentials.attributes.get('__cluster_id') ?? '';
  const otherName = cluster !== undefined && cluster !== '' && cluster !== ports.cluster.name;
  const otherId = clusterId !== '' && clusterId !== '0' && Number(clusterId) !== ports.cluster.id;
  if (otherName || otherId) throw new ObError('OB_CLUSTER_NO_MATCH', [ports.cluster.name]);
  return tenant;
}

const sysTenant = 'sys';

async function authenticated(
  ports: FrontPorts,
  credentials: Credentials,
  facts: ConnectionFacts & {
    readonly full: boolean;
    readonly tenant: Tenant | undefined;
    readonly exchange: ClientExchange;
  },
): Promise<{ readonly account: Account; readonly tenant: Tenant }> {
  const { clientHost, tls, tenant, exchange } = facts;
  const name = parseLoginName(credentials.loginName);
  const account = await ports.accounts.authenticate({
    tenant: tenant?.name ?? name?.tenant ?? '',
    tenantId: tenant?.tenantId,
    user: name?.user ?? credentials.loginName,
    clientHost,
    exchange,
    tls,
    canHandleExpiredPasswords: has(facts.capabilities, 'CAN_HANDLE_EXPIRED_PASSWORDS'),
  });
  if (tenant === undefined)
    throw new ObError('OB_ERR_UNEXPECTED', [], { message: 'an account without a tenant' });
  if (facts.full && !account.superUser) {
    account.release();
    throw new ObError('OB_ERR_CON_COUNT_ERROR');
  }
  return { account, tenant };
}

async function openSession(
  ports: FrontPorts,
  credentials: Credentials,
  facts: ConnectionFacts & { readonly account: Account; readonly tenant: Tenant },
): Promise<LoggedIn> {
  const { connectionId, clientHost, tls, account, tenant } = facts;
  const request: SessionRequest = {
    connectionId,
    tenantId: tenant.tenantId,
    tenant: tenant.name,
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
    passwordExpired: account.passwordExpired,
    tls,
  };
  try {
    return { session: await ports.sessions.open(request), account, tenant };
  } catch (error) {
    account.release();
    throw error;
  }
}
