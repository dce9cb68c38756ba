import { type ServerAddress, serverName } from '../node-config.ts';
import type { InternalSql } from './ports.ts';
import { readServers, rowName } from './server-table.ts';

/**
 * Who belongs to the cluster, as this node knows it: the rows of `__all_server`, whatever their state; before there are
 * any, what the node was started with.
 */
export class ServerList {
  readonly #sql: InternalSql;
  readonly #self: ServerAddress;
  readonly #given: readonly ServerAddress[];
  readonly #changed: (servers: readonly ServerAddress[]) => void;
  #current: readonly ServerAddress[];

  constructor(options: {
    readonly sql: InternalSql;
    readonly self: ServerAddress;
    readonly given: readonly ServerAddress[];
    changed(servers: readonly ServerAddress[]): void;
  }) {
    this.#sql = options.sql;
    this.#self = options.self;
    this.#given = options.given;
    this.#current = options.given;
    this.#changed = options.changed;
  }

  get current(): readonly ServerAddress[] {
    return this.#current;
  }

  /** Number of this node among all that ever belonged to the cluster; 0 while it isn't known. */
  get ownId(): number {
    const own = serverName(this.#self);
    const row = readServers(this.#sql).find((each) => rowName(each) === own);
    return row?.id ?? this.#given.findIndex((server) => serverName(server) === own) + 1;
  }

  /** To be called after anything was committed in the sys tenant. */
  refresh(): void {
    const rows = readServers(this.#sql);
    if (rows.length === 0) return;
    const servers = rows.map((row) => ({ ip: row.svrIp, rpcPort: row.svrPort, sqlPort: row.sqlPort }));
    if (textOf(servers) === textOf(this.#current)) return;
    this.#current = servers;
    this.#changed(servers);
  }
}

function textOf(servers: readonly ServerAddress[]): string {
  return servers.map((server) => `${serverName(server)}:${server.sqlPort}`).join(';');
}
