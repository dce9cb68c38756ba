import { ClientSession, capabilityAttribute, obCapability, ownObCapabilities } from '@sealane/mysql-protocol';
import type { LinkHandle, LinkLedger, TransportSecurity } from '@sealane/transport-security';
import type { ProxyConfig } from '../config/proxy-config.ts';
import { type DialledSocket, dial } from '../dialer.ts';
import type { LoginExchange } from '../front/login-exchange.ts';
import type { Statistics } from '../statistics.ts';
import { ServerLink } from './server-link.ts';
import { logInAt, type ServerLogin, type ServerTls } from './server-login.ts';

export interface ServerConnectorOptions {
  readonly config: ProxyConfig;
  readonly security: TransportSecurity;
  readonly ledger: LinkLedger;
  readonly statistics: Statistics;
  /** `ip:rpc_port` of the server with this SQL address, where that is known. */
  serverName(address: string): string | undefined;
}

/** Makes the links to servers: as the parameters of the moment want them, each in the ledger from its beginning. */
export class ServerConnector {
  readonly #options: ServerConnectorOptions;

  constructor(options: ServerConnectorOptions) {
    this.#options = options;
  }

  /** Of a link that would be made now. */
  get tls(): ServerTls {
    const { config } = this.#options;
    if (!config.bool('enable_server_ssl')) return 'off';
    return config.bool('server_ssl_fallback') ? 'preferred' : 'required';
  }

  /** Whether a link made now would be as this one is. */
  isCurrent(link: ServerLink): boolean {
    const { tls } = this;
    if (tls === 'off') return !link.encrypted;
    // Made under the same rule, it is in clear because the server offered nothing else.
    return link.encrypted || (tls === 'preferred' && link.tls === 'preferred');
  }

  /** Logs a client in. @throws ObError */
  async connect(address: string, login: ServerLogin, exchange: LoginExchange): Promise<ServerLink> {
    const { config } = this.#options;
    const { tls } = this;
    const socket = await dial(address, config.timeMs('server_connect_timeout'));
    const link = this.#record(address, socket);
    let encrypted = false;
    const loggedIn = await logInAt(socket, {
      login: { ...login, attributes: new Map([...login.attributes, this.#capabilities()]) },
      tls,
      secure: async () => {
        const secured = await this.#secure(address, socket, link);
        encrypted = true;
        return secured;
      },
      inClear: () => link.established(),
      ask: (payload) => exchange.ask(payload, encrypted),
      timeoutMs: config.timeMs('client_login_timeout'),
    });
    return new ServerLink(address, loggedIn, tls);
  }

  /** Logs the proxy itself in, for what it wants to know of the cluster. @throws ObError */
  async connectSelf(
    address: string,
    account: { readonly user: string; readonly password: string },
  ): Promise<{ readonly session: ClientSession; readonly tls: ServerTls }> {
    const { config } = this.#options;
    const { tls } = this;
    const socket = await dial(address, config.timeMs('server_connect_timeout'));
    const link = this.#record(address, socket);
    // What comes after the greeting is in clear, unless TLS begins.
    if (tls === 'off') socket.once('data', () => link.established());
    const session = await ClientSession.open(socket, {
      ...account,
      tls,
      secure: () => this.#secure(address, socket, link),
      timeoutMs: config.timeMs('topology_query_timeout'),
      attributes: new Map([
        ['program_name', 'obproxy'],
        ['__mysql_client_type', '__ob_proxy'],
      ]),
    });
    link.established();
    return { session, tls };
  }

  /** What is offered beyond MySQL's flags. */
  #capabilities(): readonly [name: string, value: string] {
    const inFrames = this.#options.config.bool('enable_ob_protocol_v2');
    const offered = inFrames ? ownObCapabilities : ownObCapabilities & ~obCapability.OB_PROTOCOL_V2;
    return [capabilityAttribute, String(offered)];
  }

  async #secure(address: string, socket: DialledSocket, link: LinkHandle): Promise<DialledSocket> {
    link.securing();
    const host = address.slice(0, address.lastIndexOf(':'));
    const { stream, facts } = await this.#options.security.secureOutbound(socket, { host });
    link.secured(facts);
    link.established();
    // The socket below doesn't always tell.
    stream.once('close', () => link.closed('closed'));
    return stream as DialledSocket;
  }

  #record(address: string, socket: DialledSocket): LinkHandle {
    const { ledger, serverName, statistics } = this.#options;
    statistics.count('server_links');
    const peerServer = serverName(address);
    const link = ledger.open({
      kind: 'PROXY',
      direction: 'OUT',
      localAddress: `${socket.localAddress ?? ''}:${socket.localPort ?? 0}`,
      peerAddress: address,
      counter: socket,
      ...(peerServer === undefined ? {} : { peerServer }),
    });
    socket.once('close', () => link.closed('closed'));
    return link;
  }
}
