import { randomInt } from 'node:crypto';
import { ObError } from '@sealane/errors';
import {
  agreedObCapabilities,
  type ChangeUser,
  capabilityVariable,
  type HandshakeResponse,
  has,
  Ob20Link,
  obCapability,
  ownObCapabilities,
  type SessionChange,
} from '@sealane/mysql-protocol';
import type { LinkHandle, LinkLedger, TransportSecurity } from '@sealane/transport-security';
import { adminTenant, checkAdminLogin } from './admin/admin-login.ts';
import { AdminSession } from './admin/admin-session.ts';
import type { Proxysys } from './admin/proxysys.ts';
import type { Client, ClientTable } from './client-table.ts';
import type { ProxyConfig } from './config/proxy-config.ts';
import { parseSslAttributes } from './config/ssl-attributes.ts';
import { type Candidate, hearClient, turnAway } from './front/client-login.ts';
import { HalfOpen } from './front/half-open.ts';
import { LoginExchange } from './front/login-exchange.ts';
import { type LoginName, parseProxyLogin } from './front/login-name.ts';
import type { ClientSocket } from './listener.ts';
import type { ProxyFigures } from './metrics/proxy-figures.ts';
import { anyTenant } from './routing/fixed-target.ts';
import type { Router } from './routing/router.ts';
import { askedAnew, type ClientFacts, forwardedLogin } from './server/forwarded-login.ts';
import type { ServerConnector } from './server/server-connector.ts';
import type { ServerLink } from './server/server-link.ts';
import type { ServerLogin } from './server/server-login.ts';
import { isElsewhere } from './session/elsewhere.ts';
import { ProxySession } from './session/proxy-session.ts';
import { SessionDirectory } from './session/session-directory.ts';
import type { Admitted } from './session/session-options.ts';
import type { Statistics } from './statistics.ts';

export interface ClientEntryOptions {
  readonly config: ProxyConfig;
  readonly security: TransportSecurity;
  readonly ledger: LinkLedger;
  readonly router: Router;
  readonly connector: ServerConnector;
  readonly clients: ClientTable;
  readonly proxysys: Proxysys;
  readonly statistics: Statistics;
  readonly figures: ProxyFigures;
  readonly logger: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

/** A connection from its accept to its login: who comes in, and to whom. */
export class ClientEntry {
  readonly #options: ClientEntryOptions;
  readonly #halfOpen: HalfOpen<ClientSocket>;
  readonly #sessions = new SessionDirectory();

  constructor(options: ClientEntryOptions) {
    this.#options = options;
    this.#halfOpen = new HalfOpen(() => options.config.integer('client_login_max'));
  }

  /** Never throws. */
  async accept(socket: ClientSocket): Promise<void> {
    const { clients, config, logger, statistics, figures } = this.#options;
    statistics.count('client_connections');
    // Each later user of the socket listens for errors too; this one is there in between.
    socket.on('error', () => undefined);
    if (clients.size >= config.integer('client_max_connections') + reservedConnections) {
      statistics.count('client_connections_turned_away');
      turnAway(socket, new ObError('OB_ERR_CON_COUNT_ERROR'));
      return;
    }
    const link = this.#record(socket);
    const facts = factsOf(socket, clients.nextId());
    let candidate: Candidate | undefined;
    this.#halfOpen.add(socket);
    try {
      candidate = await this.#hear(socket, facts, link);
      await this.#enter(candidate, facts, link);
      figures.loggedIn();
    } catch (error) {
      figures.loggedIn(error);
      candidate?.refuse(error);
      statistics.count('client_logins_failed');
      logger.warn({ error: String(error), client: facts.ip }, 'login failed');
    } finally {
      this.#halfOpen.delete(socket);
    }
  }

  /** Ends all logins that aren't through. */
  stop(): void {
    this.#halfOpen.destroyAll();
  }

  async #hear(socket: ClientSocket, facts: ClientFacts, link: LinkHandle): Promise<Candidate> {
    const { config, security } = this.#options;
    const candidate = await hearClient(socket, {
      connectionId: facts.connectionId,
      scramble: facts.scramble,
      serverVersion: '5.7.25',
      packetSizeMax,
      secure: config.bool('enable_client_ssl')
        ? async (_stream, unreadSize) => {
            link.securing(unreadSize);
            const { stream, facts: tls } = await security.secureSqlInbound(socket);
            link.secured(tls);
            // The socket below doesn't always tell.
            stream.once('close', () => link.closed('closed'));
            return stream as ClientSocket;
          }
        : undefined,
      timeoutMs: config.timeMs('client_login_timeout'),
    });
    // All that it has said so far was in clear, if it didn't ask for TLS.
    link.established(candidate.encrypted ? 0 : socket.bytesRead);
    return candidate;
  }

  async #enter(candidate: Candidate, facts: ClientFacts, link: LinkHandle): Promise<void> {
    const { config, clients } = this.#options;
    if (!candidate.encrypted && parseSslAttributes(config.text('ssl_attributes')).force)
      throw new ObError('ER_SECURE_TRANSPORT_REQUIRED');
    const name = this.#nameOf(candidate.response);
    if (name.tenant === adminTenant) {
      await this.#enterAdmin(candidate, name, facts, link);
      return;
    }
    if (clients.size >= config.integer('client_max_connections')) throw new ObError('OB_ERR_CON_COUNT_ERROR');
    await this.#enterTenant(candidate, name, facts, link);
  }

  async #enterAdmin(
    candidate: Candidate,
    name: LoginName,
    facts: ClientFacts,
    link: LinkHandle,
  ): Promise<void> {
    const { config, clients, proxysys } = this.#options;
    const { connectionId, ip: clientIp, scramble } = facts;
    const kept = config.text('obproxy_sys_password');
    await checkAdminLogin(candidate, { user: name.user, clientIp, scramble, kept });
    const held = candidate.hold({ status: autocommit });
    const session = new AdminSession(held, { connectionId, user: `${name.user}@${clientIp}` }, proxysys);
    clients.add(clientOf(name, candidate, facts, session));
    void session.run().then((reason) => this.#left(connectionId, link, reason));
  }

  async #enterTenant(
    candidate: Candidate,
    name: LoginName,
    facts: ClientFacts,
    ledgerLink: LinkHandle,
  ): Promise<void> {
    const { config, router, connector, clients, statistics } = this.#options;
    const { response, capabilities, encrypted } = candidate;
    const exchange = new LoginExchange((payload) => candidate.ask(payload), encrypted);
    const admitted = await this.#logIn(name, response, { ...facts, capabilities }, exchange);
    const { changes, inFrames } = this.#agree(candidate);
    const { stream, rest } = candidate.admit({ status: admitted.link.admission.status, changes });
    const session: ProxySession = new ProxySession({
      ...admitted,
      id: facts.connectionId,
      client: stream,
      rest,
      capabilities,
      packetSizeMax,
      frames: inFrames ? new Ob20Link(facts.connectionId, 'server') : undefined,
      router,
      sessions: this.#sessions,
      tellsOfLoss: () => config.bool('enable_transaction_lost_error'),
      figures: this.#options.figures,
      isCurrent: (existing) => connector.isCurrent(existing),
      changeUser: (request, ask) => {
        const other = renamed(response, request);
        const exchange = new LoginExchange(ask, encrypted);
        return this.#logIn(this.#nameOf(other), other, { ...facts, capabilities }, exchange);
      },
      closed: (reason) => {
        statistics.count('statements', session.facts.commandCount);
        this.#left(facts.connectionId, ledgerLink, reason);
      },
    });
    clients.add(clientOf(name, candidate, facts, session));
  }

  /** On what goes beyond MySQL's flags, with a driver that asks for it. */
  #agree({ response, capabilities }: Candidate): {
    readonly changes: readonly SessionChange[];
    readonly inFrames: boolean;
  } {
    const allowed = this.#options.config.bool('enable_ob_protocol_v2_with_client');
    const own = allowed ? ownObCapabilities : ownObCapabilities & ~obCapability.OB_PROTOCOL_V2;
    const agreed = agreedObCapabilities(response.attributes, own);
    if (agreed === undefined || !has(capabilities, 'SESSION_TRACK')) return { changes: [], inFrames: false };
    return {
      changes: [{ kind: 'variable', name: capabilityVariable, value: String(agreed) }],
      inFrames: (agreed & obCapability.OB_PROTOCOL_V2) !== 0n,
    };
  }

  /** At the server that leads the tenant, as whoever the client says it is. @throws ObError */
  async #logIn(
    name: LoginName,
    response: HandshakeResponse,
    facts: ClientFacts & { readonly capabilities: number },
    exchange: LoginExchange,
  ): Promise<Admitted> {
    this.#mustBeOurs(name);
    const { connector, figures } = this.#options;
    const { tenant, user } = name;
    const { capabilities } = facts;
    const isFixed = tenant === anyTenant;
    const forwarded = forwardedLogin(
      response,
      { user: isFixed ? user : `${user}@${tenant}`, capabilities },
      facts,
    );
    const login = isFixed ? askedAnew(forwarded) : forwarded;
    const link = await this.#firstLink(tenant, login, exchange);
    exchange.overForClient();
    const { database } = response;
    const connect = (server: string) => {
      figures.movedCount += 1;
      return connector.connect(
        server,
        { ...login, ...(isFixed ? {} : exchange.credentials), database: undefined },
        exchange,
      );
    };
    return { tenant, user, database, link, connect };
  }

  #nameOf({ user }: HandshakeResponse): LoginName {
    const { config } = this.#options;
    const name = parseProxyLogin(user, config.text('username_separator').split(';'));
    const isFixed = config.text('target_db_server') !== '' && name.tenant !== adminTenant;
    return isFixed ? { user, tenant: anyTenant, cluster: undefined } : name;
  }

  async #firstLink(tenant: string, login: ServerLogin, exchange: LoginExchange): Promise<ServerLink> {
    const { router, connector } = this.#options;
    const deadline = performance.now() + router.holdMs;
    for (;;) {
      const server = await router.pick(tenant, false).catch((error: unknown) => {
        throw asLoginError(error, login);
      });
      try {
        const link = await connector.connect(server, { ...login, ...exchange.credentials }, exchange);
        router.succeeded(server);
        return link;
      } catch (error) {
        if (!isElsewhere(error) || performance.now() >= deadline) throw error;
        router.failed(server, tenant, String(error));
        await router.refresh();
      }
    }
  }

  #mustBeOurs({ cluster }: LoginName): void {
    const { config } = this.#options;
    const ours = config.text('rootservice_cluster_name');
    if (cluster === undefined || ours === '' || cluster === ours || !config.bool('enable_cluster_checkout'))
      return;
    throw new ObError('OB_CLUSTER_NO_MATCH', [ours]);
  }

  #record(socket: ClientSocket): LinkHandle {
    const link = this.#options.ledger.open({
      kind: 'PROXY',
      direction: 'IN',
      localAddress: `${plainAddress(socket.localAddress)}:${socket.localPort ?? 0}`,
      peerAddress: `${plainAddress(socket.remoteAddress)}:${socket.remotePort ?? 0}`,
      counter: socket,
    });
    socket.once('close', () => link.closed('closed'));
    return link;
  }

  #left(connectionId: number, link: LinkHandle, reason: string): void {
    this.#options.clients.delete(connectionId);
    link.closed(reason);
    this.#options.logger.info({ sessid: connectionId, reason }, 'client closed');
  }
}

const packetSizeMax = 64 * 1024 * 1024;
const autocommit = 2;
/** Beyond client_max_connections: so that root@proxysys can come in and see who fills the proxy. */
const reservedConnections = 10;

function factsOf(socket: ClientSocket, connectionId: number): ClientFacts {
  const ip = plainAddress(socket.remoteAddress);
  return { connectionId, scramble: newScramble(), ip, port: socket.remotePort ?? 0 };
}

function clientOf(
  { user, tenant, cluster = '' }: LoginName,
  { encrypted }: Candidate,
  { connectionId: id, ip, port }: ClientFacts,
  session: Client['session'],
): Client {
  return { id, user, tenant, cluster, ip, port, encrypted, session };
}

/** The same client as somebody else. Most tell of themselves at their login only. */
function renamed(response: HandshakeResponse, request: ChangeUser): HandshakeResponse {
  const attributes = request.attributes.size === 0 ? response.attributes : request.attributes;
  return { ...response, ...request, charset: request.charset ?? response.charset, attributes };
}

/** Seven bits each, as MySQL's: the mixture of two is text too. */
function newScramble(): Uint8Array {
  return Uint8Array.from({ length: 20 }, () => randomInt(1, 128));
}

/** An unknown tenant looks like a wrong password, as at a server. */
function asLoginError(error: unknown, { user, authResponse }: ServerLogin): unknown {
  if ((error as { name?: string }).name !== 'OB_TENANT_NOT_EXIST') return error;
  const name = user.split('@')[0] ?? user;
  return new ObError('OB_PASSWORD_WRONG', [name, 'xxx.xxx.xxx.xxx', authResponse.length > 0 ? 'YES' : 'NO']);
}

/** An IPv4 address as such, also where it came through an IPv6 socket. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}
