import type { HandshakeResponse } from '@sealane/mysql-protocol';
import type { ServerLogin } from './server-login.ts';

/** What the proxy knows of a client beside what it said. */
export interface ClientFacts {
  readonly connectionId: number;
  readonly scramble: Uint8Array;
  readonly ip: string;
  readonly port: number;
}

/**
 * A client's login as servers get it: with its answer to our scramble, and with what only the proxy knows of it.
 *
 * @param user  with its tenant: `root@test`
 */
export function forwardedLogin(
  response: HandshakeResponse,
  { user, capabilities }: { readonly user: string; readonly capabilities: number },
  { connectionId, scramble, ip, port }: ClientFacts,
): ServerLogin {
  const { plugin, authResponse, database, charset } = response;
  return {
    user,
    plugin,
    authResponse,
    database,
    charset,
    scramble,
    capabilities,
    attributes: new Map([
      ...response.attributes,
      ['__mysql_client_type', '__ob_proxy'],
      ['__proxy_connection_id', String(connectionId)],
      ['__client_session_id', String(connectionId)],
      ['__client_ip', ip],
      ['__client_addr_port', String(port)],
      ['__proxy_version', '4.2.5'],
    ]),
  };
}

/**
 * For a server that doesn't take an answer to our scramble: it is told of a plugin that no account has, so that it asks
 * the client anew, for its own scramble.
 */
export function askedAnew(login: ServerLogin): ServerLogin {
  return { ...login, plugin: 'sealane_ask_anew', authResponse: new Uint8Array() };
}
