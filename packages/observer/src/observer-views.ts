import type { VirtualRows } from '@sealane/sql';
import type { InternalSql } from './cluster/ports.ts';
import type { LinkLedger } from './link-ledger.ts';
import type { Logger } from './logger.ts';
import type { ProcessList } from './mysql-front/index.ts';
import type { NodeConfig } from './node-config.ts';
import type { ParameterStore } from './parameters/parameter-store.ts';
import type { Peers } from './peers.ts';
import { nodePcodes } from './rpc-front/handlers.ts';
import { type HostedTenant, initialTenants } from './tenant/tenants.ts';
import { clusterViews } from './views/cluster-views.ts';
import type { GatherOptions } from './views/gathered-view.ts';
import { logStatRow } from './views/log-stat.ts';
import { allNodeViews } from './views/node-views.ts';
import { processListRow } from './views/process-rows.ts';
import { ViewSet } from './views/view-set.ts';

export interface ObserverViewOptions {
  readonly config: NodeConfig;
  readonly parameters: ParameterStore;
  readonly sql: InternalSql;
  readonly peers: Peers;
  readonly ledger: LinkLedger;
  readonly processes: ProcessList;
  readonly logger: Logger;
  tenants(): readonly HostedTenant[];
  rootServiceLeader(): string | undefined;
  certificateExpiryUs(): number;
}

/** How long a view waits for the rows of another node; then they are missing. */
const gatherTimeoutMs = 1_000;

/** All views of database `oceanbase`, over the parts of this node. */
export function observerViews(options: ObserverViewOptions): ViewSet {
  const { config, parameters, sql, ledger, processes } = options;
  return new ViewSet([
    ...clusterViews({
      sql,
      tenants: initialTenants,
      streams: () => options.tenants().map(({ stream }) => stream.status()),
      rootServiceLeader: options.rootServiceLeader,
    }),
    ...allNodeViews({
      config,
      parameters,
      gather: gatherOptions(options),
      certificateExpiryUs: options.certificateExpiryUs,
      logStatRows: () => options.tenants().map(({ stream }) => logStatRow(stream.status())),
      linkRows: () => ledger.rows(),
      processRows: () => processes.rows().map((row) => processListRow(row, config.self.sqlPort)),
    }),
  ]);
}

function gatherOptions({ peers, logger }: ObserverViewOptions): GatherOptions {
  return {
    others: () => peers.servers,
    ask: async (server, view) =>
      (await peers.call(
        server,
        nodePcodes.viewRows,
        { view },
        { timeoutMs: gatherTimeoutMs },
      )) as VirtualRows,
    unanswered: (server, view, error) =>
      logger.warn({ server, view, error: String(error) }, 'a view lacks the rows of a server'),
  };
}
