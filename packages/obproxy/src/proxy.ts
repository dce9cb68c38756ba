import { dirname } from 'node:path';
import { LinkLedger, TransportSecurity, WalletWatch } from '@sealane/transport-security';
import { securityConfigTable } from './admin/config-statements.ts';
import { linkTables } from './admin/link-tables.ts';
import { Proxysys } from './admin/proxysys.ts';
import { ClientEntry } from './client-entry.ts';
import { ClientTable } from './client-table.ts';
import { walletPathsOf } from './config/key-info.ts';
import type { ParameterName } from './config/parameter-table.ts';
import type { ConfigValues, ProxyConfig } from './config/proxy-config.ts';
import { parseSslAttributes } from './config/ssl-attributes.ts';
import { modeJudge } from './link-mode.ts';
import { Listener } from './listener.ts';
import { LocationCache } from './location-cache.ts';
import { ProxyFigures } from './metrics/proxy-figures.ts';
import { ProxyMetrics } from './metrics/proxy-metrics.ts';
import { Blacklist } from './routing/blacklist.ts';
import { fixedTopology } from './routing/fixed-target.ts';
import { Router } from './routing/router.ts';
import { TopologyReader } from './routing/topology-reader.ts';
import { ServerConnector } from './server/server-connector.ts';
import type { ServerLink } from './server/server-link.ts';
import type { ServerTls } from './server/server-login.ts';
import { ProxySession } from './session/proxy-session.ts';
import { Statistics } from './statistics.ts';

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ProxyOptions {
  readonly listenHost: string;
  /** From which paths of ssl_key_info are seen. */
  readonly baseDirectory: string;
  readonly walletDirectory: string;
  readonly config: ProxyConfig;
  /** For the topology, on tenant sys. */
  readonly sysUser: string;
  readonly sysPassword: string;
  readonly version: string;
  readonly logger: Logger;
}

/** Routes MySQL clients to the servers that lead their tenants. */
export class ObProxy {
  readonly #options: ProxyOptions;
  readonly #clients = new ClientTable();
  readonly #statistics = new Statistics();
  readonly #ledger: LinkLedger;
  readonly #listener: Listener;
  readonly #router: Router;
  readonly #connector: ServerConnector;
  readonly #topology: TopologyReader<ServerTls>;
  readonly #entry: ClientEntry;
  readonly #security: TransportSecurity;
  readonly #figures = new ProxyFigures();
  readonly #metrics: ProxyMetrics;
  #watches: readonly WalletWatch[] = [];
  #listenPort = 0;
  #configEpoch = 1;

  constructor(options: ProxyOptions) {
    const { config, logger, version } = options;
    this.#options = options;
    const security = new TransportSecurity({
      walletDirectory: options.walletDirectory,
      paths: () => walletPathsOf(config.text('ssl_key_info'), options.baseDirectory),
      logger,
    });
    this.#security = security;
    this.#ledger = new LinkLedger({
      configEpoch: () => this.#configEpoch,
      kinds: ['PROXY'],
      judgeMode: modeJudge(config),
    });
    this.#connector = new ServerConnector({
      config,
      statistics: this.#statistics,
      security,
      ledger: this.#ledger,
      serverName: (address) => this.#serverName(address),
    });
    const target = config.text('target_db_server');
    this.#topology = new TopologyReader({
      addresses: () => this.#addresses(),
      connect: (address) =>
        this.#connector.connectSelf(address, { user: options.sysUser, password: options.sysPassword }),
      isCurrent: (tls) => tls === this.#connector.tls,
    });
    const locations = new LocationCache();
    const blacklist = new Blacklist({
      failureThreshold: () => config.integer('congestion_failure_threshold'),
      failWindowMs: () => config.timeMs('congestion_fail_window'),
      retryIntervalMs: () => config.timeMs('congestion_retry_interval'),
    });
    this.#router = new Router({
      locations,
      blacklist,
      readTopology: async () => (target === '' ? this.#topology.read() : fixedTopology(target)),
      refreshIntervalMs: () => config.timeMs('server_state_refresh_interval'),
      holdMs: () => config.timeMs('statement_hold_time'),
      held: (ms) => this.#figures.heldFor(ms),
      logger,
    });
    const self = () => ({ ip: options.listenHost, port: this.#listenPort });
    this.#entry = new ClientEntry({
      config,
      security,
      ledger: this.#ledger,
      router: this.#router,
      connector: this.#connector,
      clients: this.#clients,
      statistics: this.#statistics,
      figures: this.#figures,
      proxysys: new Proxysys({
        config,
        clients: this.#clients,
        ledger: this.#ledger,
        router: this.#router,
        blacklist,
        locations,
        statistics: this.#statistics,
        killQuery: (link) => this.#killQuery(link),
        tables: [...linkTables(this.#ledger, self), securityConfigTable(config)],
        version,
        checkConfig: (candidate) => this.#checkConfig(candidate),
      }),
      logger,
    });
    this.#listener = new Listener({
      host: options.listenHost,
      port: config.integer('listen_port'),
      accept: (socket) => void this.#entry.accept(socket),
    });
    this.#metrics = new ProxyMetrics({
      figures: this.#figures,
      clients: this.#clients,
      ledger: this.#ledger,
      security,
      servers: () => this.#router.servers,
      logger,
    });
    config.onChange((changed) => this.#configChanged(changed));
  }

  /** @returns the port. @throws ObError OB_CONNECT_ERROR when no server answers, or the port is taken; OB_INVALID_CONFIG */
  async start(): Promise<number> {
    this.#security.reload(this.#securityParameters(), 'start');
    this.#watchWallet();
    await this.#router.start();
    this.#listenPort = await this.#listener.start();
    const { config } = this.#options;
    await this.#metrics.start(
      config.text('prometheus_listen_host'),
      config.integer('prometheus_listen_port'),
    );
    return this.#listenPort;
  }

  /** Takes no clients any more, lets those in a transaction end it, and closes. */
  async stop(): Promise<void> {
    this.#listener.stop();
    await this.#metrics.stop();
    this.#entry.stop();
    const deadline = performance.now() + this.#options.config.timeMs('drain_timeout');
    for (;;) {
      for (const { session } of this.#clients.list())
        if (!(session instanceof ProxySession)) session.close();
        else if (session.free) session.close('the proxy stops');
      if (this.#clients.size === 0 || performance.now() >= deadline) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const { session } of this.#clients.list()) session.close('the proxy stops');
    this.#router.stop();
    this.#topology.close();
    this.#ledger.stop();
    for (const watch of this.#watches) watch.stop();
  }

  /** Over a connection of its own, since the session's is busy. */
  async #killQuery({ server, connectionId }: ServerLink): Promise<void> {
    const { sysUser: user, sysPassword: password } = this.#options;
    const { session } = await this.#connector.connectSelf(server, { user, password });
    await session.query(`KILL QUERY ${connectionId}`).finally(() => session.close());
  }

  /** @throws ObError OB_INVALID_CONFIG: TLS is wanted, and the wallet is of no use */
  #checkConfig(candidate: ConfigValues): void {
    const { config, baseDirectory } = this.#options;
    const security = this.#security;
    const wantsTls = candidate.bool('enable_client_ssl') || candidate.bool('enable_server_ssl');
    const isOtherKey = candidate.text('ssl_key_info') !== config.text('ssl_key_info');
    if (isOtherKey || (wantsTls && !security.enabled))
      security.checkWallet(walletPathsOf(candidate.text('ssl_key_info'), baseDirectory));
  }

  #configChanged(changed: ReadonlySet<ParameterName>): void {
    const { logger, config } = this.#options;
    this.#configEpoch += 1;
    logger.info({ changed: [...changed] }, 'the configuration has changed');
    this.#security.reload(this.#securityParameters(), 'change');
    if (changed.has('ssl_key_info')) this.#watchWallet();
    if (changed.has('enable_server_ssl') || changed.has('server_ssl_fallback')) {
      logger.info({ enable_server_ssl: config.bool('enable_server_ssl') }, 'links to servers are made anew');
      void this.#renewLinks();
    }
  }

  /** Wherever its files lie today. */
  #watchWallet(): void {
    const { config, baseDirectory, walletDirectory, logger } = this.#options;
    for (const watch of this.#watches) watch.stop();
    const paths = walletPathsOf(config.text('ssl_key_info'), baseDirectory);
    const directories =
      paths === undefined ? [walletDirectory] : Object.values(paths).map((path) => dirname(path));
    const reload = (occasion: 'arriving' | 'change') =>
      this.#security.reload(this.#securityParameters(), occasion);
    this.#watches = [...new Set(directories)].map(
      (directory) => new WalletWatch({ directory, logger, reload }),
    );
    for (const watch of this.#watches) watch.start();
  }

  /** A bounded number at a time, so that servers aren't overrun with logins. Never throws. */
  async #renewLinks(): Promise<void> {
    const sessions = this.#clients.list().map(({ session }) => session);
    const waiting = sessions.filter((session) => session instanceof ProxySession);
    const renew = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await next.renewLink();
    };
    await Promise.all([this.#router.refresh(), ...Array.from({ length: renewalsMax }, renew)]);
  }

  #securityParameters(): { readonly sslClientAuthentication: boolean; readonly sqlMinTlsVersion: string } {
    const { config } = this.#options;
    return {
      sslClientAuthentication: config.bool('enable_client_ssl') || config.bool('enable_server_ssl'),
      sqlMinTlsVersion: parseSslAttributes(config.text('ssl_attributes')).minTlsVersion,
    };
  }

  #serverName(address: string): string | undefined {
    const server = this.#router.servers.find((each) => each.address === address);
    return server === undefined ? undefined : `${server.ip}:${server.rpcPort}`;
  }

  /** Those that are known, then those to begin with. */
  #addresses(): ReadonlySet<string> {
    const known = this.#router.servers.map(({ address }) => address);
    const given = this.#options.config.text('rootservice_list').split(';');
    return new Set([...known, ...given.filter((each) => each !== '')]);
  }
}

/** Sessions that get a new link at the same time. */
const renewalsMax = 32;
