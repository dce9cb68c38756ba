import { exposition, LoopDelayWatch, MetricsListener, processFamilies } from '@sealane/metrics';
import type { LinkLedger, TransportSecurity } from '@sealane/transport-security';
import type { Logins } from '../accounts/logins.ts';
import type { Leadership } from '../cluster/node-events.ts';
import type { LogThread } from '../log-thread/log-thread.ts';
import type { Logger } from '../logger.ts';
import type { ProcessList } from '../mysql-front/index.ts';
import type { NodeConfig } from '../node-config.ts';
import type { HostedTenant } from '../tenant/tenants.ts';
import { linkFamilies } from './link-families.ts';
import { logFamilies, type StreamFigures } from './log-families.ts';
import { sqlFamilies } from './sql-families.ts';
import type { StatementFigures } from './statement-figures.ts';
import { threadFamilies } from './thread-families.ts';
import { tlsFamilies } from './tls-families.ts';

export interface NodeMetricsOptions {
  readonly config: NodeConfig;
  readonly logThread: LogThread;
  /** Of the links that this thread holds. */
  readonly ledger: LinkLedger;
  readonly security: TransportSecurity;
  readonly logins: Logins;
  readonly processes: ProcessList;
  readonly statements: StatementFigures;
  readonly leadership: Leadership;
  readonly logger: Logger;
  tenants(): readonly HostedTenant[];
}

/** The node's figures for Prometheus. Put together when they are asked for, from what the parts count anyway. */
export class NodeMetrics {
  readonly #options: NodeMetricsOptions;
  readonly #watch = new LoopDelayWatch();
  #listener: MetricsListener | undefined;

  constructor(options: NodeMetricsOptions) {
    this.#options = options;
  }

  /**
   * Nothing is listened to where no port is configured.
   *
   * @throws ObError OB_INVALID_CONFIG when the port can't be had
   */
  async start(): Promise<void> {
    const { config, logger } = this.#options;
    if (config.metrics === undefined) return;
    const { ip: host, port } = config.metrics;
    this.#listener = new MetricsListener({ host, port, collect: () => this.#text(), logger });
    await this.#listener.start();
  }

  async stop(): Promise<void> {
    this.#watch.stop();
    await this.#listener?.stop();
  }

  async #text(): Promise<string> {
    const { config, logThread, ledger, security, logins, processes, statements } = this.#options;
    const tenants = this.#options.tenants();
    const [log, rpcLinks, rpcSummary, streams] = await Promise.all([
      logThread.figures(),
      logThread.linkRows(),
      logThread.linkSummaryRows(),
      Promise.all(tenants.map((tenant) => this.#stream(tenant))),
    ]);
    const sql = { delay: this.#watch.look(), heapUsedBytes: process.memoryUsage().heapUsed };
    const families = [
      ...linkFamilies({
        links: [...rpcLinks, ...ledger.rows()],
        summary: [...rpcSummary, ...ledger.summaryRows()],
        handshakes: [...log.handshakes, ...security.handshakes.list()],
      }),
      ...tlsFamilies(security.status),
      ...sqlFamilies({
        tenants: tenants.map(({ identity }) => identity),
        statements,
        sessions: processes.rows(),
        logins: logins.audit.counts(),
      }),
      ...logFamilies(streams),
      ...threadFamilies({ sql, log }),
      ...processFamilies(),
    ];
    const { self } = config;
    return exposition(families, { svr_ip: self.ip, svr_port: self.rpcPort });
  }

  async #stream({ identity, node, stream }: HostedTenant): Promise<StreamFigures> {
    return {
      tenant: identity.name,
      status: await stream.status(),
      commitCount: node.commitCount,
      takeovers: this.#options.leadership.takeovers(identity.lsId),
    };
  }
}
