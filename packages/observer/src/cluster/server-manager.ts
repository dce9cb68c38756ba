import type { CellValue } from '@sealane/sql';
import type { Logger } from '../logger.ts';
import type { ServerAddress } from '../node-config.ts';
import { serverName } from '../node-config.ts';
import { clusterTableStatements, clusterTableUpgrades } from './cluster-tables.ts';
import { eventStatement, historyCut, recordEvent } from './event-history.ts';
import type { InternalSql, Rpc } from './ports.ts';
import { readServers, readZones, rowName, type ServerRow } from './server-table.ts';

/** What a server answers to SEND_HEARTBEAT (0x152). */
export interface HeartbeatReport {
  readonly zone: string;
  readonly sqlPort: number;
  readonly buildVersion: string;
  /** Microseconds since 1970; 0 while it isn't serving. */
  readonly startServiceTimeUs: number;
  /** Whether nothing was ever written to its logs: only such a server is added. */
  readonly empty: boolean;
  /** `_election_timings`: a leader's lease rests on the promises of the others. */
  readonly electionTimings: string;
}

export interface ServerManagerOptions {
  readonly self: ServerAddress;
  /** Those that the cluster begins with; later on `__all_server` says who they are. */
  readonly servers: readonly ServerAddress[];
  readonly rpc: Rpc;
  readonly sql: InternalSql;
  readonly logger: Logger;
  /** True on the node that leads the sys tenant's log stream and serves: it acts as RootService. */
  leadsRootService(): boolean;
  ownReport(): HeartbeatReport;
  leaseTimeMs(): number;
  now(): number;
  /** Called after each round: the members of the log streams follow the table. */
  roundEnded?(): Promise<void>;
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
  /** Servers with other election timings than this one. */
  readonly #warnedOf = new Set<string>();
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
    const dueAtMs = this.#options.now() + delayMs;
    this.#timer = setTimeout(() => {
      this.#forgive(this.#options.now() - dueAtMs);
      this.#round = this.#runRound();
    }, delayMs);
  }

  /** While this node was too busy to ask, nobody was silent. */
  #forgive(lateMs: number): void {
    if (lateMs <= 0) return;
    for (const [server, heardAtMs] of this.#heardAtMs) this.#heardAtMs.set(server, heardAtMs + lateMs);
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
    const servers = this.#servers();
    for (const server of servers) this.#beginLease(serverName(server));
    const reports = await Promise.all(servers.map((server) => this.#askServer(server)));
    if (!this.#options.leadsRootService()) return false;
    await this.#store(servers, reports);
    await this.#options.roundEnded?.();
    return reports.every((report) => report !== undefined);
  }

  async #takeOver(): Promise<void> {
    const { sql } = this.#options;
    const fresh = readServers(sql).length === 0;
    if (fresh) for (const statement of clusterTableStatements) await sql.execute(statement);
    else await this.#upgradeTables();
    this.#heardAtMs.clear();
    this.#leading = true;
    const told = fresh
      ? ({ module: 'bootstrap', event: 'bootstrap_succeed' } as const)
      : ({ module: 'root_service', event: 'full_rootservice' } as const);
    const { self } = this.#options;
    await recordEvent(sql, self, { ...told, facts: [['server', serverName(self)]] });
  }

  /** One that was never heard of has as long as one that fell silent just now. */
  #beginLease(server: string): void {
    if (!this.#heardAtMs.has(server)) this.#heardAtMs.set(server, this.#options.now());
  }

  async #upgradeTables(): Promise<void> {
    const { sql } = this.#options;
    for (const { table, column, statement } of clusterTableUpgrades) {
      const columns = sql.local(table, `SELECT name FROM pragma_table_info('oceanbase.${table}')`);
      if (columns.length > 0 && !columns.some(([name]) => name === column)) await sql.execute(statement);
    }
  }

  /** Whoever is in the table; before there is one, whoever the cluster begins with. */
  #servers(): readonly ServerAddress[] {
    const rows = readServers(this.#options.sql);
    if (rows.length === 0) return this.#options.servers;
    return rows.map((row) => ({ ip: row.svrIp, rpcPort: row.svrPort, sqlPort: row.sqlPort }));
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
      this.#compareTimings(name, report);
      return { server, report };
    } catch (error) {
      this.#options.logger.debug({ server: name, error: String(error) }, 'no heartbeat');
      return undefined;
    }
  }

  #compareTimings(server: string, { electionTimings }: HeartbeatReport): void {
    const own = this.#options.ownReport().electionTimings;
    if (electionTimings === own || this.#warnedOf.has(server)) return;
    this.#warnedOf.add(server);
    this.#options.logger.error(
      { server, _election_timings: electionTimings, own },
      'servers with different _election_timings: leases are not safe; stop all, and start them with the same',
    );
  }

  async #store(
    servers: readonly ServerAddress[],
    reports: readonly ({ server: ServerAddress; report: HeartbeatReport } | undefined)[],
  ): Promise<void> {
    const known = new Map(readServers(this.#options.sql).map((row) => [rowName(row), row]));
    const answered = new Map(
      reports.filter((item) => item !== undefined).map((item) => [serverName(item.server), item.report]),
    );
    const statements = this.#newRows(servers, known, answered);
    for (const [name, row] of known) {
      const report = answered.get(name);
      if (report === undefined) {
        if (row.lastOfflineTimeUs === 0n && !this.alive(name)) statements.push(...this.#offline(row));
      } else if (differs(row, report)) statements.push(...this.#online(row, report));
    }
    const cut = historyCut(this.#options.sql);
    if (cut !== undefined) statements.push(cut);
    if (statements.length > 0) await this.#options.sql.transaction(statements);
  }

  /** At the bootstrap everybody gets a row, heard of or not: from then on the table says who belongs to the cluster. */
  #newRows(
    servers: readonly ServerAddress[],
    known: ReadonlyMap<string, ServerRow>,
    answered: ReadonlyMap<string, HeartbeatReport>,
  ): Statement[] {
    const zones = new Set(readZones(this.#options.sql).map((row) => row.zone));
    const statements: Statement[] = [];
    for (const [at, server] of servers.entries()) {
      const report = answered.get(serverName(server));
      if (known.size === 0) statements.push(insertServer(server, report, at + 1));
      if (report === undefined || zones.has(report.zone)) continue;
      statements.push(insertZone(report.zone));
      zones.add(report.zone);
    }
    return statements;
  }

  #offline(row: ServerRow): Statement[] {
    const { logger, self, now } = this.#options;
    const server = rowName(row);
    logger.warn({ server }, 'lease expired: the server is INACTIVE');
    return [
      {
        text: `UPDATE oceanbase.__all_server SET status = ?, start_service_time = 0, last_offline_time = ?, gmt_modified = NOW(6)
          WHERE svr_ip = ? AND svr_port = ?`,
        parameters: [
          row.status === 'DELETING' ? row.status : 'INACTIVE',
          now() * 1000,
          row.svrIp,
          row.svrPort,
        ],
      },
      eventStatement(self, {
        module: 'server',
        event: 'last_offline_time set',
        facts: [['server', server]],
      }),
    ];
  }

  #online(row: ServerRow, report: HeartbeatReport): Statement[] {
    const update = updateServer(row, report);
    if (row.status !== 'INACTIVE' && row.lastOfflineTimeUs === 0n) return [update];
    const facts = [['server', rowName(row)]] as const;
    return [update, eventStatement(this.#options.self, { module: 'server', event: 'online', facts })];
  }
}

interface Statement {
  readonly text: string;
  readonly parameters: readonly CellValue[];
}

function differs(row: ServerRow, report: HeartbeatReport): boolean {
  return (
    row.status === 'INACTIVE' ||
    row.zone !== report.zone ||
    row.buildVersion !== report.buildVersion ||
    row.startServiceTimeUs !== BigInt(report.startServiceTimeUs) ||
    row.lastOfflineTimeUs !== 0n
  );
}

export function insertServer(
  server: ServerAddress,
  report: HeartbeatReport | undefined,
  id: number,
): Statement {
  return {
    text: `INSERT INTO oceanbase.__all_server (svr_ip, svr_port, id, zone, inner_port, status, build_version, start_service_time,
        gmt_create, gmt_modified) VALUES (?, ?, ?, ?, ?, ?, ?, ?, NOW(6), NOW(6))`,
    parameters: [
      server.ip,
      server.rpcPort,
      id,
      report?.zone ?? '',
      report?.sqlPort ?? server.sqlPort,
      report === undefined ? 'INACTIVE' : 'ACTIVE',
      report?.buildVersion ?? '',
      report?.startServiceTimeUs ?? 0,
    ],
  };
}

function updateServer(row: ServerRow, report: HeartbeatReport): Statement {
  return {
    text: `UPDATE oceanbase.__all_server SET status = ?, zone = ?, build_version = ?, start_service_time = ?, last_offline_time = 0,
        gmt_modified = NOW(6) WHERE svr_ip = ? AND svr_port = ?`,
    parameters: [
      row.status === 'INACTIVE' ? 'ACTIVE' : row.status,
      report.zone,
      report.buildVersion,
      report.startServiceTimeUs,
      row.svrIp,
      row.svrPort,
    ],
  };
}

function insertZone(zone: string): Statement {
  return {
    text: `INSERT INTO oceanbase.__all_zone (zone, status, gmt_create, gmt_modified) VALUES (?, 'ACTIVE', NOW(6), NOW(6))`,
    parameters: [zone],
  };
}
