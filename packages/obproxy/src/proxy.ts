import { randomInt } from 'node:crypto';
import { ObError } from '@sealane/errors';
import { type ByteStream, ClientSession, type HandshakeResponse } from '@sealane/mysql-protocol';
import type { TransportSecurity } from '@sealane/transport-security';
import { dial } from './dialer.ts';
import { type Candidate, hearClient } from './front/client-login.ts';
import { LoginExchange } from './front/login-exchange.ts';
import { parseProxyLogin } from './front/login-name.ts';
import { type ClientSocket, Listener } from './listener.ts';
import { LocationCache } from './location-cache.ts';
import { Blacklist } from './routing/blacklist.ts';
import { Router } from './routing/router.ts';
import { locationsQuery, serversQuery, type Topology, topologyOf } from './routing/topology.ts';
import { ServerLink } from './server/server-link.ts';
import { logInAt, type ServerLogin } from './server/server-login.ts';
import { isElsewhere } from './session/elsewhere.ts';
import { ProxySession } from './session/proxy-session.ts';

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ProxyOptions {
  readonly listenHost: string;
  readonly listenPort: number;
  /** `ip:sql_port` each; others are learnt. */
  readonly rootserviceList: readonly string[];
  readonly clusterName: string | undefined;
  /** For the topology, on tenant sys. */
  readonly sysUser: string;
  readonly sysPassword: string;
  /** Offers TLS to clients. */
  readonly enableClientSsl: boolean;
  /** Speaks TLS with servers, and with no others. */
  readonly enableServerSsl: boolean;
  /** A wallet is loaded where either is wanted. */
  readonly security: TransportSecurity;
  readonly logger: Logger;
}

/** Routes MySQL clients to the servers that lead their tenants. */
export class ObProxy {
  readonly #options: ProxyOptions;
  readonly #listener: Listener;
  readonly #router: Router;
  readonly #sessions = new Set<ProxySession>();
  #lastId = 0;
  #sys: ClientSession | undefined;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#listener = new Listener({
      host: options.listenHost,
      port: options.listenPort,
      accept: (socket) => void this.#accept(socket),
    });
    this.#router = new Router({
      locations: new LocationCache(),
      blacklist: new Blacklist({
        failureThreshold: () => 5,
        failWindowMs: () => 120_000,
        retryIntervalMs: () => 1_000,
      }),
      readTopology: () => this.#readTopology(),
      refreshIntervalMs: () => 500,
      holdMs: () => 10_000,
      logger: options.logger,
    });
  }

  /** @returns the port. @throws ObError OB_CONNECT_ERROR when no server answers, or the port is taken */
  async start(): Promise<number> {
    await this.#router.start();
    return this.#listener.start();
  }

  /** Takes no clients any more, lets those in a transaction end it, and closes. */
  async stop(graceMs: number): Promise<void> {
    this.#listener.stop();
    const deadline = performance.now() + graceMs;
    for (;;) {
      for (const session of this.#sessions) if (session.free) session.close('the proxy stops');
      if (this.#sessions.size === 0 || performance.now() >= deadline) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const session of this.#sessions) session.close('the proxy stops');
    this.#router.stop();
    this.#sys?.close();
  }

  async #accept(socket: ClientSocket): Promise<void> {
    this.#lastId = (this.#lastId % 0x7fff_ffff) + 1;
    const connectionId = this.#lastId;
    const scramble = newScramble();
    let candidate: Candidate | undefined;
    try {
      candidate = await hearClient(socket, {
        connectionId,
        scramble,
        serverVersion: '5.7.25',
        packetSizeMax,
        secure: this.#options.enableClientSsl
          ? async () => (await this.#options.security.secureSqlInbound(socket)).stream
          : undefined,
        timeoutMs: loginTimeoutMs,
      });
      await this.#enter(candidate, { connectionId, scramble, socket });
    } catch (error) {
      candidate?.refuse(error);
      this.#options.logger.warn({ error: String(error), client: socket.remoteAddress }, 'login failed');
    }
  }

  async #enter(
    candidate: Candidate,
    facts: { readonly connectionId: number; readonly scramble: Uint8Array; readonly socket: ClientSocket },
  ): Promise<void> {
    const { response, capabilities } = candidate;
    const { tenant, user, cluster } = parseProxyLogin(response.user, [':', '-', '.']);
    const { clusterName } = this.#options;
    if (cluster !== undefined && clusterName !== undefined && cluster !== clusterName)
      throw new ObError('OB_CLUSTER_NO_MATCH', [clusterName]);
    const login = loginOf(response, { user: `${user}@${tenant}`, capabilities, ...facts });
    const exchange = new LoginExchange((payload) => candidate.ask(payload), {
      client: candidate.encrypted,
      server: this.#options.enableServerSsl,
    });
    const link = await this.#firstLink(tenant, login, exchange);
    exchange.overForClient();
    const { stream, rest } = candidate.admit({ status: link.admission.status });
    const session: ProxySession = new ProxySession({
      tenant,
      client: stream,
      rest,
      capabilities,
      link,
      database: response.database,
      packetSizeMax,
      router: this.#router,
      connect: (server) =>
        this.#connect(server, { ...login, ...exchange.credentials, database: undefined }, exchange),
      closed: (reason) => {
        this.#sessions.delete(session);
        this.#options.logger.info({ sessid: facts.connectionId, reason }, 'client closed');
      },
    });
    this.#sessions.add(session);
  }

  async #firstLink(tenant: string, login: ServerLogin, exchange: LoginExchange): Promise<ServerLink> {
    const deadline = performance.now() + this.#router.holdMs;
    for (;;) {
      const server = await this.#router.pick(tenant, false).catch((error: unknown) => {
        throw asLoginError(error, login);
      });
      try {
        const link = await this.#connect(server, { ...login, ...exchange.credentials }, exchange);
        this.#router.succeeded(server);
        return link;
      } catch (error) {
        if (!isElsewhere(error) || performance.now() >= deadline) throw error;
        this.#router.failed(server, tenant, String(error));
        await this.#router.refresh();
      }
    }
  }

  async #connect(server: string, login: ServerLogin, exchange: LoginExchange): Promise<ServerLink> {
    const socket = await dial(server, connectTimeoutMs);
    const loggedIn = await logInAt(socket, {
      login,
      ...this.#serverTls(server, socket),
      ask: (payload) => exchange.ask(payload),
      timeoutMs: loginTimeoutMs,
    });
    return new ServerLink(server, loggedIn);
  }

  /** Never a silent downgrade: a server that doesn't offer TLS is refused. */
  #serverTls(
    server: string,
    socket: ClientSocket,
  ): { readonly tls: 'off' | 'required'; secure(): Promise<ByteStream> } {
    const { enableServerSsl, security } = this.#options;
    const host = server.slice(0, server.lastIndexOf(':'));
    return {
      tls: enableServerSsl ? 'required' : 'off',
      secure: async () => (await security.secureOutbound(socket, { host })).stream,
    };
  }

  async #readTopology(): Promise<Topology> {
    const session = await this.#sysSession();
    try {
      const servers = await session.query(serversQuery);
      const locations = await session.query(locationsQuery);
      return topologyOf(servers.rows, locations.rows);
    } catch (error) {
      session.close();
      throw error;
    }
  }

  async #sysSession(): Promise<ClientSession> {
    if (this.#sys?.usable === true) return this.#sys;
    const known = this.#router.servers.map(({ address }) => address);
    let last: unknown;
    for (const address of new Set([...known, ...this.#options.rootserviceList])) {
      try {
        this.#sys = await this.#openSys(address);
        return this.#sys;
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  async #openSys(address: string): Promise<ClientSession> {
    const { sysUser, sysPassword } = this.#options;
    const socket = await dial(address, connectTimeoutMs);
    return ClientSession.open(socket, {
      user: sysUser,
      password: sysPassword,
      ...this.#serverTls(address, socket),
      timeoutMs: topologyTimeoutMs,
      attributes: new Map([['program_name', 'obproxy']]),
    });
  }
}

const packetSizeMax = 64 * 1024 * 1024;
const loginTimeoutMs = 10_000;
const connectTimeoutMs = 2_000;
const topologyTimeoutMs = 2_000;

/** Seven bits each, as MySQL's: the mixture of two is text too. */
function newScramble(): Uint8Array {
  return Uint8Array.from({ length: 20 }, () => randomInt(1, 128));
}

function loginOf(
  response: HandshakeResponse,
  facts: {
    readonly user: string;
    readonly capabilities: number;
    readonly connectionId: number;
    readonly scramble: Uint8Array;
    readonly socket: ClientSocket;
  },
): ServerLogin {
  const { socket } = facts;
  return {
    user: facts.user,
    plugin: response.plugin,
    authResponse: response.authResponse,
    database: response.database,
    charset: response.charset,
    scramble: facts.scramble,
    capabilities: facts.capabilities,
    attributes: new Map([
      ...response.attributes,
      ['__mysql_client_type', '__ob_proxy'],
      ['__proxy_connection_id', String(facts.connectionId)],
      ['__client_session_id', String(facts.connectionId)],
      ['__client_ip', socket.remoteAddress ?? ''],
      ['__client_addr_port', String(socket.remotePort ?? 0)],
      ['__proxy_version', '4.2.5'],
    ]),
  };
}

/** An unknown tenant looks like a wrong password, as at a server. */
function asLoginError(error: unknown, { user, authResponse }: ServerLogin): unknown {
  if ((error as { name?: string }).name !== 'OB_TENANT_NOT_EXIST') return error;
  const name = user.split('@')[0] ?? user;
  return new ObError('OB_PASSWORD_WRONG', [name, 'xxx.xxx.xxx.xxx', authResponse.length > 0 ? 'YES' : 'NO']);
}
