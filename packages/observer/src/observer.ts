import type { ObError } from '@sealane/errors';
import { LinkLedger, TransportSecurity } from '@sealane/transport-security';
import { Logins } from './accounts/logins.ts';
import { AdminExecutor } from './admin/admin-executor.ts';
import { BusyWatch } from './busy-watch.ts';
import { EventRecorder } from './cluster/event-history.ts';
import { Membership } from './cluster/membership.ts';
import { NodeCalls } from './cluster/node-calls.ts';
import { diskEvent, frozenEvent, Leadership, rebuiltEvent } from './cluster/node-events.ts';
import { ServerList } from './cluster/server-list.ts';
import { type HeartbeatReport, ServerManager } from './cluster/server-manager.ts';
import { StopTime } from './cluster/stop-time.ts';
import { nextLinkId } from './log-thread/link-ids.ts';
import { LogThread, type StartedThread } from './log-thread/log-thread.ts';
import type { LogThreadData } from './log-thread/messages.ts';
import type { LeveledLogger } from './logger.ts';
import { NodeMetrics } from './metrics/node-metrics.ts';
import { StatementFigures } from './metrics/statement-figures.ts';
import { MysqlListener, StatementCache } from './mysql-front/index.ts';
import { type NodeConfig, nodeDirectories, type ServerAddress, serverName } from './node-config.ts';
import { observerViews, virtualRows } from './observer-views.ts';
import { NodeParameters } from './parameters/node-parameters.ts';
import { ReaderPool } from './reading/reader-pool.ts';
import { Reaper } from './reaper.ts';
import type { RoleReport } from './replication/index.ts';
import { registerHandlers } from './rpc-front/handlers.ts';
import { nodePcodes } from './rpc-front/pcodes.ts';
import { ServiceChecks } from './service-checks.ts';
import { ServiceState } from './service-state.ts';
import { ConnectionKiller } from './session/connection-killer.ts';
import { TenantSql } from './session/internal-sql.ts';
import { nodeVariable } from './session/node-variables.ts';
import { SessionFactory } from './session/session-factory.ts';
import type { SessionServices } from './session/session-services.ts';
import { createSqlServices, sqlFunctions } from './session/sql-binding.ts';
import { TenantCopies } from './snapshot/tenant-copies.ts';
import { tenantLogBounds } from './snapshot/tenant-log-bounds.ts';
import { SqlTls, sqlLinks } from './sql-encryption.ts';
import { requiresTls, tenantsThatRequireTls } from './tenant/secure-transport.ts';
import { maxUsedTenantId, type TenantIdentity } from './tenant/tenant-table.ts';
import { type HostedTenant, Tenants } from './tenant/tenants.ts';
import { standingClaims } from './transaction/existing-sessions.ts';
import { buildVersion } from './version.ts';
import { replicaFacts } from './views/log-stat.ts';
import type { ViewSet } from './views/view-set.ts';

export interface ObserverOptions {
  readonly config: NodeConfig;
  /** What the configuration file and the command line said. */
  readonly given: Readonly<Record<string, string>>;
  /** `syslog_level` at the start. */
  readonly logLevel: string;
  readonly logger: LeveledLogger;
  startThread(data: LogThreadData): StartedThread;
}

const drainMs = 1_500;
const firstClientId = 2 ** 31;

/** The SQL thread of a node, and through it the node: composes the engines, starts them in order, stops them in reverse. */
export class Observer {
  /** Rejects when the node can't go on: its disk or its state failed. */
  readonly failed: Promise<never>;
  readonly #config: NodeConfig;
  readonly #self: string;
  readonly #logger: LeveledLogger;
  readonly #startedAtMs = Date.now();
  readonly #service = new ServiceState();
  readonly #checks: ServiceChecks;
  readonly #security: TransportSecurity;
  readonly #sqlTls: SqlTls;
  readonly #parameters: NodeParameters;
  readonly #ledger: LinkLedger;
  readonly #readers: ReaderPool;
  readonly #logThread: LogThread;
  readonly #logins: Logins;
  readonly #mysql: MysqlListener;
  readonly #tenants: Tenants;
  readonly #sql: TenantSql;
  readonly #servers: ServerManager;
  readonly #admin: AdminExecutor;
  readonly #killer: ConnectionKiller;
  readonly #views: ViewSet;
  readonly #reaper: Reaper;
  readonly #busy: BusyWatch;
  readonly #copies: TenantCopies;
  readonly #calls: NodeCalls;
  readonly #serverList: ServerList;
  readonly #events: EventRecorder;
  readonly #stopTime: StopTime;
  readonly #leadership: Leadership;
  readonly #statements = new StatementFigures();
  readonly #metrics: NodeMetrics;
  #fail: (error: ObError) => void = () => undefined;

  constructor(options: ObserverOptions) {
    const { config, given, logger } = options;
    this.#config = config;
    this.#self = serverName(config.self);
    this.#leadership = new Leadership(this.#self);
    this.#logger = logger;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever waits learns of it; nobody may be waiting yet.
    this.failed.catch(() => undefined);
    // First of all: it loads its modules while this thread opens its files.
    this.#logThread = new LogThread({
      ...options,
      failed: (error) => this.#fail(error),
    });
    this.#security = new TransportSecurity({
      walletDirectory: nodeDirectories(config.baseDirectory).wallet,
      address: config.self.ip,
      logger,
    });
    this.#sqlTls = new SqlTls(this.#security);
    this.#parameters = new NodeParameters({
      config,
      given,
      security: this.#security,
      logger,
      setLogLevel: (level) => logger.setLevel(level),
      changed: (parameters) => this.#logThread.follow(parameters),
    });
    this.#readers = new ReaderPool({ logger });
    this.#ledger = new LinkLedger({
      configEpoch: () => this.#parameters.store.configVersion,
      nextLinkId: nextLinkId(this.#logThread.linkIds),
    });
    const services = this.#sessionServices();
    this.#tenants = this.#openTenants(services);
    const sessions = new SessionFactory(services);
    this.#sql = new TenantSql(sessions, this.#tenants.sys.node);
    this.#serverList = new ServerList({
      sql: this.#sql,
      self: config.self,
      given: config.servers,
      changed: (servers) => this.#serversChanged(servers),
    });
    this.#stopTime = new StopTime({
      self: this.#self,
      sql: this.#sql,
      changed: (stopping) => {
        for (const { stream } of this.#tenants.all()) stream.setPriority({ stopping });
      },
    });
    this.#events = new EventRecorder({
      sql: this.#sql,
      rootServer: () => this.#rootServer(),
      logger,
    });
    this.#copies = this.#tenantCopies();
    this.#calls = this.#nodeCalls();
    this.#logins = new Logins({
      baseDirectory: config.baseDirectory,
      incarnation: this.#startedAtMs,
      tenants: this.#tenants,
      parameters: this.#parameters.store,
    });
    this.#mysql = this.#openMysql(sessions);
    this.#killer = new ConnectionKiller({
      processes: this.#mysql.processes,
      others: () => this.#logThread.mesh.servers,
      ask: (server, request) => this.#calls.killConnection(server, request),
    });
    this.#servers = this.#serverManager();
    this.#admin = this.#adminExecutor(sessions);
    const seen = {
      config,
      logThread: this.#logThread,
      ledger: this.#ledger,
      processes: this.#mysql.processes,
      logins: this.#logins,
      statements: this.#statements,
      logger,
      tenants: () => this.#tenants.all(),
    };
    this.#metrics = new NodeMetrics({ ...seen, security: this.#security, leadership: this.#leadership });
    this.#views = observerViews({
      ...seen,
      parameters: this.#parameters.store,
      sql: this.#sql,
      tenantRows: () => this.#tenants.rows,
      rootServiceLeader: () => this.#rootServiceLeader(),
      certificateExpiryUs: () => this.#security.certificateExpiryUs,
      tlsStatus: () => this.#security.status,
    });
    this.#busy = new BusyWatch(logger);
    this.#checks = new ServiceChecks({
      self: this.#self,
      service: this.#service,
      tenants: () => this.#tenants.all(),
      ready: () => this.#becameReady(),
      logger,
    });
    this.#reaper = new Reaper({
      self: this.#self,
      tenants: () => this.#tenants.all(),
      stands: (connectionId, transactionId) => this.#stands(connectionId, transactionId),
      openLinks: () => this.#logThread.openLinks(),
      standing: (server, claims) => standingClaims(this.#logThread.mesh, server, claims),
    });
    this.#registerHandlers();
  }

  /** @throws ObError a wallet that can't be used, a port that is taken, a log that is damaged: nothing runs then */
  async start(): Promise<void> {
    this.#parameters.start(this.#sql);
    await this.#logThread.start(this.#parameters.logThread(), this.#ownReport());
    this.#tenants.started();
    this.#stopTime.follow();
    this.#serverList.refresh();
    await this.#logThread.dial();
    await this.#mysql.start();
    this.#servers.start();
    this.#reaper.start();
    this.#busy.start();
    await this.#metrics.start();
    this.#copies.start();
    this.#checks.start();
    this.#logger.info({ ...this.addresses(), build_version: buildVersion }, 'observer started');
    if (this.#serverList.ownId === 0) {
      this.#logger.warn(
        { servers: this.#config.servers.map(serverName) },
        'this server is no part of its cluster: it waits for ALTER SYSTEM ADD SERVER',
      );
    }
  }

  /** Gives leadership away, answers what runs, closes everything. */
  async stop(): Promise<void> {
    this.#logger.info({}, 'observer is stopping');
    this.#service.stop();
    this.#checks.stop();
    await this.#metrics.stop();
    this.#parameters.stop();
    await this.#servers.stop();
    this.#events.stop();
    await this.#copies.stop();
    await this.#tenants.handOver();
    await this.#mysql.stop(drainMs);
    await this.#readers.close();
    await this.#logThread.stopStreams();
    this.#reaper.stop();
    this.#busy.stop();
    await this.#logThread.close();
    this.#ledger.stop();
    await this.#tenants.close();
    this.#logger.info({}, 'observer stopped');
  }

  addresses(): { svr_ip: string; svr_port: number; sql_port: number; zone: string } {
    const { self, zone } = this.#config;
    return { svr_ip: self.ip, svr_port: self.rpcPort, sql_port: self.sqlPort, zone };
  }

  #sessionServices(): SessionServices {
    const sql = createSqlServices();
    const observer = this;
    return {
      ...sql,
      self: this.#self,
      incarnation: this.#startedAtMs,
      logger: this.#logger,
      planCache: new StatementCache({ textSizeMax: 4 * 1024 * 1024, countMax: 2_000 }),
      get virtualTables() {
        return [...sql.engine.informationSchema, ...observer.#views.definitions];
      },
      virtualRows: (definition, session) =>
        virtualRows(definition, session, {
          views: this.#views,
          processes: this.#mysql.processes,
          startedAtMs: this.#startedAtMs,
          tls: this.#sqlTls,
        }),
      nodeVariable: (name) =>
        nodeVariable(name, () => ({ sqlPort: this.#config.self.sqlPort, tls: this.#security.status })),
      readers: this.#readers,
      kills: this.#logThread.kills,
      statements: this.#statements,
      tenant: (tenantId) => this.#tenants.byId(tenantId),
      admin: { execute: (action, session) => this.#admin.execute(action, session) },
      kill: (connectionId, what, by) => this.#killer.kill(connectionId, what, by),
    };
  }

  #openTenants(services: SessionServices): Tenants {
    return new Tenants({
      self: this.#self,
      storeDirectory: nodeDirectories(this.#config.baseDirectory).store,
      engine: services.engine,
      functions: sqlFunctions,
      services,
      mesh: this.#logThread.mesh,
      servers: this.#config.servers.map(serverName),
      logThread: this.#logThread,
      logger: this.#logger,
      committed: (tenant) => this.#committed(tenant),
      roleChanged: (tenant, report) => this.#roleChanged(tenant, report),
      install: (tenant, request) => this.#copies.install(tenant.id, request),
      diskEvent: (tenant, event) => this.#events.record(diskEvent(this.#self, tenant, event)),
      opened: (tenant) => this.#copies.add(tenant),
      closing: (tenant) => this.#closing(tenant),
    });
  }

  #openMysql(sessions: SessionFactory): MysqlListener {
    const { self, clusterName, clusterId } = this.#config;
    return new MysqlListener({
      host: self.ip,
      port: self.sqlPort,
      serverId: () => this.#serverList.ownId,
      ports: {
        ...this.#logins.ports,
        tenants: this.#tenants,
        sessions,
        ledger: sqlLinks(this.#ledger, () => this.#security.localCertificate),
        tls: this.#sqlTls.offered,
        requiresTls: (tenantId) => requiresTls(this.#tenants.byId(tenantId).node),
        maxAllowedPacket: (tenantId) => this.#tenants.byId(tenantId).node.packetSizeMax,
        serverState: () => this.#service.current,
        cluster: { name: clusterName, id: clusterId },
        logger: this.#logger,
      },
    });
  }

  #serverManager(): ServerManager {
    return new ServerManager({
      self: this.#config.self,
      servers: this.#config.servers,
      rpc: this.#logThread.mesh,
      sql: this.#sql,
      logger: this.#logger,
      leadsRootService: () => this.#tenants.sys.node.serving,
      ownReport: () => this.#ownReport(),
      leaseTimeMs: () => this.#parameters.store.timeMs('lease_time'),
      now: Date.now,
      roundEnded: this.#membershipRound(),
    });
  }

  #membershipRound(): () => Promise<void> {
    const membership = new Membership({
      self: this.#config.self,
      sql: this.#sql,
      streams: () => this.#tenants.streamAddresses(),
      groups: () => this.#calls.groups(),
      alive: (server) => this.#servers.alive(server),
      change: (group, change) => this.#calls.changeGroup(group, change),
      logger: this.#logger,
    });
    return () => membership.round();
  }

  #tenantCopies(): TenantCopies {
    const { store } = this.#parameters;
    return new TenantCopies({
      tenants: this.#tenants.all(),
      mesh: this.#logThread.mesh,
      bounds: (tenantId) => tenantLogBounds(store, this.#sql, tenantId),
      bytesPerSecondMax: () => store.bytes('_snapshot_rate'),
      logger: this.#logger,
      failed: (error) => this.#fail(error),
      rebuilt: (facts) => this.#events.record(rebuiltEvent(this.#self, facts)),
      frozen: (facts) => this.#events.record(frozenEvent(this.#self, facts)),
    });
  }

  #nodeCalls(): NodeCalls {
    const { store } = this.#parameters;
    return new NodeCalls({
      self: this.#self,
      mesh: this.#logThread.mesh,
      servers: () => this.#serverList.current.map(serverName),
      tenants: () => this.#tenants.all(),
      freeze: (tenantId) => this.#copies.freeze(tenantId),
      viewRows: (name) => this.#views.rows(name),
      renewLinks: () => this.#logThread.renewLinks(),
      configVersion: () => store.configVersion,
      rpcTimeoutMs: () => store.timeMs('rpc_timeout'),
      longTimeoutMs: () => store.timeMs('internal_sql_execute_timeout'),
    });
  }

  #adminExecutor(sessions: SessionFactory): AdminExecutor {
    return new AdminExecutor({
      self: this.#config.self,
      sql: this.#sql,
      rpc: this.#logThread.mesh,
      streams: () => this.#tenants.streamAddresses(),
      checkWallet: () => this.#security.checkWallet(),
      reloadTls: (options) => this.#parameters.reloadInstance(options),
      tenantsThatRequireTls: () => tenantsThatRequireTls(this.#tenants.all()),
      nowUs: () => Date.now() * 1000,
      leadsRootService: () => this.#tenants.sys.node.serving,
      rootServiceLeader: () => this.#rootServiceLeader(),
      configVersion: () => this.#parameters.store.configVersion,
      sysAppliedLsn: () => this.#tenants.sys.node.database.appliedLsn,
      replicas: async () => replicaFacts(await this.#views.rows('GV$OB_LOG_STAT')),
      alive: (server) => this.#servers.alive(server),
      switchLeader: (stream, from, to) => this.#calls.switchLeader(stream.tenantId, from, to),
      timeoutMs: () => this.#parameters.store.timeMs('internal_sql_execute_timeout'),
      tenantId: (name) => this.#tenants.find(name)?.tenantId,
      freeze: (server, tenantId) => this.#calls.freeze(server, tenantId),
      renewLinks: (server) => this.#calls.renewLinks(server),
      groups: () => this.#calls.groups(),
      askNewServer: (server) => this.#calls.askNewServer(server),
      ownReport: () => this.#ownReport(),
      serversChanged: () => this.#servers.hurry(),
      tenantRows: () => this.#tenants.rows,
      maxUsedTenantId: () => maxUsedTenantId(this.#tenants.sys.node.database.reader()),
      hasTenant: (tenantId) => this.#tenants.has(tenantId),
      tenantSql: (tenantId) => new TenantSql(sessions, this.#tenants.byId(tenantId).node),
      logDiskSize: () => this.#parameters.store.bytes('log_disk_size'),
    });
  }

  #registerHandlers(): void {
    registerHandlers(this.#logThread, {
      tenants: this.#tenants,
      serveAdmin: (action) => this.#admin.serve(action),
      serverCame: () => this.#servers.hurry(),
      viewRows: (name) => this.#views.rows(name),
      readView: (name) => this.#views.read(name),
      setConfig: (request) => this.#parameters.setHere(request),
      kill: (request) => this.#killer.serve(request),
      freeze: (tenantId) => this.#copies.freeze(tenantId),
      renewLinks: (configVersion) => this.#calls.serveRenewLinks(configVersion),
      copies: this.#copies,
      stands: (incarnation, connectionId, transactionId) =>
        incarnation === this.#startedAtMs && this.#stands(connectionId, transactionId),
    });
  }

  /** The node's own sessions are there as long as it is. */
  #stands(connectionId: number, transactionId: number): boolean {
    return connectionId < firstClientId || this.#mysql.processes.stands(connectionId, transactionId);
  }

  #committed(tenant: TenantIdentity): void {
    if (tenant.name !== 'sys') return;
    this.#parameters.refresh(this.#sql);
    this.#serverList.refresh();
    this.#tenants.follow();
    this.#stopTime.follow();
  }

  /** Its sessions end, and nothing copies its files. */
  async #closing({ identity }: HostedTenant): Promise<void> {
    const { processes } = this.#mysql;
    const own = processes.rows().filter(({ tenantId }) => tenantId === identity.id);
    for (const { connectionId } of own) processes.kill(connectionId, 'connection');
    this.#statements.forget(identity.id);
    await this.#copies.remove(identity.id);
  }

  #roleChanged(tenant: TenantIdentity, report: RoleReport): void {
    if (tenant.name === 'sys') this.#servers?.hurry();
    const event = this.#leadership.event(tenant, report);
    if (event !== undefined) this.#events.record(event);
  }

  #serversChanged(servers: readonly ServerAddress[]): void {
    this.#logger.info({ servers: servers.map(serverName) }, 'the servers of the cluster');
    this.#logThread.mesh.setServers(servers.map(serverName));
    this.#parameters.rememberServers(servers);
  }

  #rootServer(): { ip: string; rpcPort: number } | undefined {
    const leader = this.#rootServiceLeader();
    return this.#serverList.current.find((server) => serverName(server) === leader);
  }

  /** It serves from now on: whoever leads the root service need not wait for the next heartbeat to know. */
  #becameReady(): void {
    this.#logThread.report(this.#ownReport());
    this.#logger.info({ start_service_time: this.#service.startServiceTimeUs }, 'observer serves');
    const leader = this.#rootServiceLeader();
    if (leader === undefined || leader === this.#self) this.#servers.hurry();
    else this.#logThread.mesh.post(leader, nodePcodes.renewLease, {});
  }

  #rootServiceLeader(): string | undefined {
    return this.#tenants.sys.stream.role().leader;
  }

  #ownReport(): HeartbeatReport {
    const { zone, self } = this.#config;
    return {
      zone,
      sqlPort: self.sqlPort,
      buildVersion,
      startServiceTimeUs: this.#service.startServiceTimeUs,
      electionTimings: this.#parameters.store.text('_election_timings'),
      empty: this.#tenants.all().every(({ node }) => node.database.appliedLsn === 0),
    };
  }
}
