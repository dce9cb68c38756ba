import type { CellValue } from '@sealane/sql';
import type { Logger } from '../logger.ts';
import type { ServerAddress } from '../node-config.ts';
import { serverName } from '../node-config.ts';
import { clusterTableStatements } from './cluster-tables.ts';
import { recordEvent } from './event-history.ts';
import type { InternalSql, Rpc } from './ports.ts';
import { readServers, readZones, rowName, type ServerRow } from './server-table.ts';

/** What a server answers to SEND_HEARTBEAT (0x152). */
export interface HeartbeatReport {
  readonly zone: string;
  readonly sqlPort: number;
  readonly buildVersion: string;
  /** Microseconds since 1970; 0 while it isn't serving. */
  readonly startServiceTimeUs: number;
}

export interface ServerManagerOptions {
  readonly self: ServerAddress;
  readonly servers: readonly ServerAddress[];
  readonly rpc: Rpc;
  readonly sql: InternalSql;
  readonly logger: Logger;
  /** True on the node that leads the sys tenant's log stream and serves: it acts as RootService. */
  leadsRootService(): boolean;
  ownReport(): HeartbeatReport;
  leaseTimeMs(): number;
  now(): number;
}

const heartbeatPcode = 0x152;
const heartbeatIntervalMs = 2_000;
/** After a round in which somebody was silent, as in the original. */
const retryIntervalMs = 500;

/**
 * The heartbeat service of the RootService leader: asks every server how it is and keeps
 * `__all_server` and `__all_zone` true. On the other nodes it waits.
 */
export class ServerManager {
  readonly #options: ServerManagerOptions;
  /** When each server last answered, in this node's time as RootService leader. */
  readonly #heardAtMs = new Map<string, number>();
  #leading = false;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #stopped = false;
  #again = false;

  constructor(options: ServerManagerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  /** Begins a round now: a server came, or this node became leader. */
  hurry(): void {
    if (this.#round === undefined) this.#schedule(0);
    else this.#again = true;
  }

  /** Whether a server answered within its lease. Only meaningful on the RootService leader. */
  alive(server: string): boolean {
    const heardAt = this.#heardAtMs.get(server);
    return heardAt !== undefined && this.#options.now() - heardAt <= this.#options.leaseTimeMs();
  }

  #schedule(delayMs: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#round = this.#runRound();
    }, delayMs);
  }

  async #runRound(): Promise<void> {
    let complete = false;
    try {
      complete = await this.#heartbeatRound();
    } catch (error) {
      this.#options.logger.warn({ error: String(error) }, 'the heartbeat round failed and is tried again');
    }
    this.#round = undefined;
    const again = this.#again;
    this.#again = false;
    this.#schedule(again ? 0 : complete ? heartbeatIntervalMs : retryIntervalMs);
  }

  /** @returns whether every server answered */
  async #heartbeatRound(): Promise<boolean> {
    if (!this.#options.leadsRootService()) {
      this.#leading = false;
      return false;
    }
    if (!this.#leading) await this.#takeOver();
    const reports = await Promise.all(this.#options.servers.map((server) => this.#askServer(server)));
    if (!this.#options.leadsRootService()) return false;
    await this.#store(reports);
    return reports.every((report) => report !== undefined);
  }

  async #takeOver(): Promise<void> {
    const { sql, servers, now } = this.#options;
    const fresh = readServers(sql).length === 0;
    if (fresh) for (const statement of clusterTableStatements) await sql.execute(statement);
    this.#heardAtMs.clear();
    for (const server of servers) this.#heardAtMs.set(serverName(server), now());
    this.#leading = true;
    if (fresh)
      await recordEvent(sql, this.#options.self, {
        module: 'bootstrap',
        event: 'bootstrap_succeed',
        facts: [],
      });
  }

  async #askServer(
    server: ServerAddress,
  ): Promise<{ server: ServerAddress; report: HeartbeatReport } | undefined> {
    const name = serverName(server);
    try {
      const own = name === serverName(this.#options.self);
      const report = own
        ? this.#options.ownReport()
        : ((await this.#options.rpc.call(
            name,
            heartbeatPcode,
            {},
            { timeoutMs: retryIntervalMs * 2 },
          )) as HeartbeatReport);
      this.#heardAtMs.set(name, this.#options.now());
      return { server, report };
    } catch (error) {
      this.#options.logger.debug({ server: name, error: String(error) }, 'no heartbeat');
      return undefined;
    }
  }

  async #store(
    reports: readonly ({ server: ServerAddress; report: HeartbeatReport } | undefined)[],
  ): Promise<void> {
    const known = new Map(readServers(this.#options.sql).map((row) => [rowName(row), row]));
    const zones = new Set(readZones(this.#options.sql).map((row) => row.zone));
    const answered = new Map(
      reports.filter((item) => item !== undefined).map((item) => [serverName(item.server), item]),
    );
    const statements: { text: string; parameters: CellValue[] }[] = [];
    let nextId = [...known.values()].reduce((most, row) => Math.max(most, row.id), 0) + 1;
    for (const [name, { server, report }] of answered) {
      const row = known.get(name);
      if (row === undefined) statements.push(insertServer(server, report, nextId++));
      else if (differs(row, report)) statements.push(updateServer(row, report));
      if (!zones.has(report.zone)) statements.push(insertZone(report.zone));
      zones.add(report.zone);
    }
    for (const [name, row] of known) {
      if (!answered.has(name) && row.status === 'ACTIVE' && !this.alive(name))
        statements.push(this.#offline(row));
    }
    if (statements.length > 0) await this.#options.sql.transaction(statements);
  }

  #offline(row: ServerRow): { text: string; parameters: CellValue[] } {
    this.#options.logger.warn({ server: rowName(row) }, 'lease expired: the server is INACTIVE');
    return {
      text: `UPDATE oceanbase.__all_server SET status = 'INACTIVE', start_service_time = 0, last_offline_time = ?, gmt_modified = NOW(6)
        WHERE svr_ip = ? AND svr_port = ?`,
      parameters: [this.#options.now() * 1000, row.svrIp, row.svrPort],
    };
  }
}

function differs(row: ServerRow, report: HeartbeatReport): boolean {
  return (
    row.status !== 'ACTIVE' ||
    row.buildVersion !== report.buildVersion ||
    row.startServiceTimeUs !== BigInt(report.startServiceTimeUs) ||
    row.lastOfflineTimeUs !== 0n
  );
}

function insertServer(
  server: ServerAddress,
  report: HeartbeatReport,
  id: number,
): { text: string; parameters: CellValue[] } {
  return {
    text: `INSERT INTO oceanbase.__all_server (svr_ip, svr_port, id, zone, inner_port, status, build_version, start_service_time,
        gmt_create, gmt_modified) VALUES (?, ?, ?, ?, ?, 'ACTIVE', ?, ?, NOW(6), NOW(6))`,
    parameters: [
      server.ip,
      server.rpcPort,
      id,
      report.zone,
      report.sqlPort,
      report.buildVersion,
      report.startServiceTimeUs,
    ],
  };
}

function updateServer(row: ServerRow, report: HeartbeatReport): { text: string; parameters: CellValue[] } {
  return {
    text: `UPDATE oceanbase.__all_server SET status = 'ACTIVE', build_version = ?, start_service_time = ?, last_offline_time = 0,
        gmt_modified = NOW(6) WHERE svr_ip = ? AND svr_port = ?`,
    parameters: [report.buildVersion, report.startServiceTimeUs, row.svrIp, row.svrPort],
  };
}

function insertZone(zone: string): { text: string; parameters: CellValue[] } {
  return {
    text: `INSERT INTO oceanbase.__all_zone (zone, status, gmt_create, gmt_modified) VALUES (?, 'ACTIVE', NOW(6), NOW(6))`,
    parameters: [zone],
  };
}
