import { isObError, ObError } from '@sealane/errors';
import { capabilityNames } from '@sealane/mysql-protocol';
import type { LoginAttempt } from '../accounts/login-audit.ts';
import { driverOf } from '../accounts/login-summary.ts';
import { proxyClientType } from './answered-scramble.ts';
import type { ConnectionFacts, Credentials, LoggedIn } from './login.ts';
import { parseLoginName } from './login-name.ts';
import type { FrontPorts, Tenant } from './ports.ts';

/** All that is known of an attempt to log in, when it is over. */
export interface LoginStory {
  readonly credentials: Credentials;
  readonly facts: ConnectionFacts;
  readonly tenant: Tenant | undefined;
  readonly loggedIn: LoggedIn | undefined;
  readonly failure: unknown;
  /** The authentication plugin that was used in the end. */
  readonly plugin: string;
}

/** Into the log, the audit, and, when it was accepted, the summary of who comes how. */
export function writeDown(ports: FrontPorts, story: LoginStory): void {
  const line = loginLine(story);
  if (story.failure === undefined) ports.logger.info(line, 'MySQL LOGIN');
  else ports.logger.warn(line, 'MySQL LOGIN');
  ports.audit?.attempted(attempt(story));
  const { loggedIn, facts, credentials } = story;
  if (loggedIn === undefined) return;
  ports.audit?.accepted({
    tenant: loggedIn.tenant.name,
    user: loggedIn.account.user,
    accountHost: loggedIn.account.host,
    clientHost: facts.clientHost,
    attributes: credentials.attributes,
    tls: facts.tls,
  });
}

/** A TLS handshake that failed, or was refused for the client's certificate: nobody has been named yet. */
export function writeHandshakeDown(ports: FrontPorts, facts: ConnectionFacts, failure: unknown): void {
  const { connectionId, clientHost, clientPort } = facts;
  ports.audit?.attempted({
    at: Date.now(),
    tenantId: 0,
    tenant: '',
    user: '',
    accountHost: undefined,
    clientHost,
    clientPort,
    connectionId,
    clientPlugin: '',
    plugin: '',
    tlsProtocol: undefined,
    tlsCipher: undefined,
    subject: undefined,
    issuer: undefined,
    driver: '',
    driverVersion: '',
    errno: toldError(failure).errno,
    reason: toldError(failure).message,
  });
}

function attempt({ credentials, facts, tenant, loggedIn, failure, plugin }: LoginStory): LoginAttempt {
  const name = parseLoginName(credentials.loginName);
  const { connectionId, clientHost, clientPort, tls } = facts;
  return {
    at: Date.now(),
    tenantId: tenant?.tenantId ?? 0,
    tenant: tenant?.name ?? name?.tenant ?? '',
    user: name?.user ?? credentials.loginName,
    accountHost: loggedIn?.account.host,
    clientHost,
    clientPort,
    connectionId,
    clientPlugin: credentials.plugin,
    plugin,
    tlsProtocol: tls?.protocol,
    tlsCipher: tls?.cipher,
    subject: tls?.peer?.subject,
    issuer: tls?.peer?.issuer,
    ...driverOf(credentials.attributes),
    errno: failure === undefined ? 0 : toldError(failure).errno,
    reason: reasonOf(failure),
  };
}

/** The facts of the line "MySQL LOGIN", named as OceanBase names them. */
function loginLine({ credentials, facts, tenant, loggedIn, failure, plugin }: LoginStory): object {
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
    from_proxy: clientType === proxyClientType,
    from_java_client: clientType === '__ob_java_client',
    from_oci_client: clientType === '__ob_libobclient',
    from_jdbc_client: clientType === '__ob_jdbc_client',
    capability: facts.capabilities,
    capability_names: capabilityNames(facts.capabilities).join(','),
    proxy_capability: attributes.get('__proxy_capability_flag') ?? '0',
    use_ssl: facts.tls !== undefined,
    cipher: facts.tls?.cipher ?? '',
    autocommit: loggedIn?.session.autocommit ?? true,
    plugin,
    subject: facts.tls?.peer?.subject ?? '',
    ret: failure === undefined ? 0 : toldError(failure).code,
    reason: reasonOf(failure),
    ...expectation(failure),
    client_type: attributes.get('_client_name') ?? clientType,
    client_version: attributes.get('_client_version') ?? '',
  };
}

/** What isn't one of ours shows as "Internal error". */
function toldError(failure: unknown): ObError {
  return isObError(failure) ? failure : new ObError('OB_ERR_UNEXPECTED');
}

function reasonOf(failure: unknown): string {
  if (failure === undefined) return '';
  if (!isObError(failure)) return String(failure);
  return String(failure.details['reason'] ?? failure.details['what'] ?? failure.name);
}

/** Of a certificate's names: what the account wants, and what the client has. */
function expectation(failure: unknown): object {
  if (!isObError(failure)) return {};
  const { expect, receive } = failure.details;
  return expect === undefined ? {} : { expect, receive };
}
