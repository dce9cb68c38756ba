import { ObError } from '@sealane/errors';
import type { LinkLedger } from '@sealane/transport-security';
import type { ClientTable } from '../client-table.ts';
import type { ConfigValues, ProxyConfig } from '../config/proxy-config.ts';
import type { LocationCache } from '../location-cache.ts';
import type { Blacklist } from '../routing/blacklist.ts';
import type { Router } from '../routing/router.ts';
import type { ServerLink } from '../server/server-link.ts';
import type { Statistics } from '../statistics.ts';
import type { AdminAnswer, AdminCell, AdminTable } from './admin-table.ts';
import {
  endWaiting,
  killClient,
  serverLinkOf,
  showAttributes,
  showProcessList,
  showSessions,
  showVariables,
} from './client-statements.ts';
import { showCluster, showCongestion, showRoutes } from './cluster-statements.ts';
import { setConfig, showConfig } from './config-statements.ts';
import { showConnections } from './net-statements.ts';
import { runSelect } from './select.ts';
import { showStatistics } from './stat-statements.ts';
import { type AdminStatement, parseAdminStatement } from './statement.ts';

/** What the statements of root@proxysys work on. */
export interface ProxysysParts {
  readonly config: ProxyConfig;
  readonly tables: readonly AdminTable[];
  readonly version: string;
  readonly clients: ClientTable;
  readonly ledger: LinkLedger;
  readonly router: Router;
  readonly blacklist: Blacklist;
  readonly locations: LocationCache;
  readonly statistics: Statistics;
  /** Ends what runs in a server's session. @throws ObError */
  killQuery(link: ServerLink): Promise<void>;
  /** What the table of parameters can't judge. @throws ObError */
  checkConfig(candidate: ConfigValues): void;
}

/** Who asks. */
export interface AdminClient {
  readonly connectionId: number;
  /** `root@127.0.0.1` */
  readonly user: string;
}

const ok: AdminAnswer = { kind: 'ok', affectedRows: 0 };

/** The proxy's own SQL, as `root@proxysys` speaks it. */
export class Proxysys {
  readonly #parts: ProxysysParts;

  constructor(parts: ProxysysParts) {
    this.#parts = parts;
  }

  /** @throws ObError */
  run(text: string, client: AdminClient): AdminAnswer | Promise<AdminAnswer> {
    return this.#answer(parseAdminStatement(text), client);
  }

  #answer(statement: AdminStatement, client: AdminClient): AdminAnswer | Promise<AdminAnswer> {
    const { config, tables, checkConfig, clients, router, locations } = this.#parts;
    const cluster = config.text('rootservice_cluster_name');
    switch (statement.kind) {
      case 'nothing':
        return ok;
      case 'show-config':
        return showConfig(config, statement);
      case 'set-config':
        return setConfig(config, statement.assignments, checkConfig);
      case 'set-key-info':
        if (!statement.matches) return ok;
        setConfig(config, [['ssl_key_info', statement.value]], checkConfig);
        return { kind: 'ok', affectedRows: 1 };
      case 'show-process-list':
        return showProcessList(clients);
      case 'show-sessions':
        return showSessions(clients);
      case 'show-attributes':
        return showAttributes(clients, statement.id ?? client.connectionId, statement.like);
      case 'show-variables':
        return showVariables(clients, statement.id ?? client.connectionId, statement.like);
      case 'show-connections':
        return showConnections(this.#parts.ledger);
      case 'show-cluster':
        return showCluster(router, cluster);
      case 'show-routes':
        return showRoutes(locations, cluster);
      case 'show-congestion':
        return showCongestion({ router, blacklist: this.#parts.blacklist, cluster }, statement.all);
      case 'show-statistics':
        return showStatistics(this.#parts.statistics, clients, statement.like);
      case 'kill':
        return statement.what === 'query' ? this.#killQuery(statement.id) : killClient(clients, statement.id);
      case 'select':
        return runSelect(statement.select, { tables, variable: (name) => this.#variable(name, client) });
    }
  }

  async #killQuery(id: number): Promise<AdminAnswer> {
    const link = serverLinkOf(this.#parts.clients, id);
    if (link === undefined) endWaiting(this.#parts.clients, id);
    else await this.#parts.killQuery(link);
    return ok;
  }

  /** What clients ask about before anybody types. */
  #variable(name: string, { connectionId, user }: AdminClient): AdminCell {
    const values: Readonly<Record<string, AdminCell>> = {
      version: this.#parts.version,
      'version()': this.#parts.version,
      version_comment: `Sealane obproxy ${this.#parts.version}`,
      autocommit: 1,
      max_allowed_packet: 64 * 1024 * 1024,
      lower_case_table_names: 1,
      'user()': user,
      'current_user()': user,
      'database()': null,
      'connection_id()': connectionId,
    };
    const value = values[name];
    if (value === undefined) throw new ObError('OB_ERR_SYS_VARIABLE_UNKNOWN', [name]);
    return value;
  }
}
