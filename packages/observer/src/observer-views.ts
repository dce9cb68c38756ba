import { ObError } from '@sealane/errors';
import type { SessionState, VirtualRows, VirtualTableDefinition } from '@sealane/sql';
import { type LinkLedger, mergeLinkRows, type TlsStatus } from '@sealane/transport-security';
import type { Logins } from './accounts/logins.ts';
import type { InternalSql } from './cluster/ports.ts';
import type { LogThread } from './log-thread/log-thread.ts';
import type { Logger } from './logger.ts';
import type { StatementFigures } from './metrics/statement-figures.ts';
import type { ProcessList } from './mysql-front/index.ts';
import { type NodeConfig, serverName } from './node-config.ts';
import type { ParameterStore } from './parameters/parameter-store.ts';
import { nodePcodes } from './rpc-front/pcodes.ts';
import { sees } from './session/connection-killer.ts';
import type { TenantRow } from './tenant/tenant-table.ts';
import type { HostedTenant } from './tenant/tenants.ts';
import { accountViews } from './views/account-views.ts';
import { clusterViews } from './views/cluster-views.ts';
import type { GatherOptions } from './views/gathered-view.ts';
import { logStatRow } from './views/log-stat.ts';
import { loginAuditRow } from './views/login-audit.ts';
import { allNodeViews } from './views/node-views.ts';
import { informationProcessRow, processListRow } from './views/process-rows.ts';
import { loginSummaryRow, readinessView } from './views/readiness-view.ts';
import { type StatusSources, statusRows } from './views/status-rows.ts';
import { tenantViews } from './views/tenant-views.ts';
import { tlsStatusRow } from './views/tls-status.ts';
import { variableViews } from './views/variable-views.ts';
import { ViewSet } from './views/view-set.ts';

export interface ObserverViewOptions {
  readonly config: NodeConfig;
  readonly parameters: ParameterStore;
  readonly sql: InternalSql;
  readonly logThread: LogThread;
  /** Of the links that this thread holds. */
  readonly ledger: LinkLedger;
  readonly processes: ProcessList;
  readonly logins: Logins;
  readonly statements: StatementFigures;
  readonly logger: Logger;
  tenants(): readonly HostedTenant[];
  tenantRows(): readonly TenantRow[];
  rootServiceLeader(): string | undefined;
  certificateExpiryUs(): number;
  tlsStatus(): TlsStatus;
}

/** How long a view waits for the rows of another node; then they are missing. */
const gatherTimeoutMs = 1_000;

/** All views of database `oceanbase`, over the parts of this node. */
export function observerViews(options: ObserverViewOptions): ViewSet {
  const { config, parameters, sql, ledger, logThread, processes } = options;
  const views: ViewSet = new ViewSet([
    ...clusterViews({
      sql,
      streams: () =>
        Promise.all(
          options.tenants().map(async ({ identity, stream }) => {
            const { members, learners } = await stream.status();
            return {
              tenantId: identity.id,
              lsId: identity.lsId,
              leader: stream.role().leader,
              members,
              learners,
            };
          }),
        ),
      rootServiceLeader: options.rootServiceLeader,
    }),
    ...tenantViews(options),
    ...accountViews(options.tenants),
    ...variableViews(options.tenants),
    ...allNodeViews({
      config,
      parameters,
      gather: gatherOptions(options),
      tenantName: (tenantId) => options.tenantRows().find(({ id }) => id === tenantId)?.name,
      certificateExpiryUs: options.certificateExpiryUs,
      logStatRows: () =>
        Promise.all(options.tenants().map(async ({ stream }) => logStatRow(await stream.status()))),
      logDisk: async () => {
        const states = await Promise.all(options.tenants().map(({ stream }) => stream.status()));
        return {
          capacity: parameters.bytes('log_disk_size') * states.length,
          inUse: states.reduce((sum, { logSizeBytes }) => sum + logSizeBytes, 0),
        };
      },
      linkRows: async () => mergeLinkRows(ledger.rows(), await logThread.linkRows()),
      linkSummaryRows: async () => [...(await logThread.linkSummaryRows()), ...ledger.summaryRows()],
      statistics: () =>
        Promise.all(
          options.tenants().map(async ({ identity, node, stream }) => ({
            tenantId: identity.id,
            commitCount: node.commitCount,
            logSyncCount: (await stream.status()).sync.syncCount,
            statements: options.statements.tenant(identity.id),
          })),
        ),
      tlsStatusRow: async () => {
        const row = tlsStatusRow(options.tlsStatus());
        // The log thread gets wallets in the line in which it is asked: after its answer it uses this one too.
        await logThread.openLinks();
        return row;
      },
      loginSummaryRows: () => options.logins.summaries.rows().map(loginSummaryRow),
      loginRows: () => options.logins.audit.attempts().map(loginAuditRow),
      processRows: () => processes.rows().map((row) => processListRow(row, config.self.sqlPort)),
    }),
    readinessView({
      rows: (name) => views.rows(name),
      servers: () => [serverName(config.self), ...logThread.mesh.servers],
      tenants: options.tenants,
    }),
  ]);
  return views;
}

function gatherOptions({ logThread: { mesh }, logger }: ObserverViewOptions): GatherOptions {
  return {
    others: () => mesh.servers,
    ask: async (server, view) =>
      (await mesh.call(server, nodePcodes.viewRows, { view }, { timeoutMs: gatherTimeoutMs })) as VirtualRows,
    unanswered: (server, view, error) =>
      logger.warn({ server, view, error: String(error) }, 'a view lacks the rows of a server'),
  };
}

export interface VirtualRowSources extends StatusSources {
  readonly views: ViewSet;
}

/** The rows of a virtual table, as a session may see them. @throws ObError OB_TABLE_NOT_EXIST */
export async function virtualRows(
  { database, name }: VirtualTableDefinition,
  session: SessionState,
  { views, ...sources }: VirtualRowSources,
): Promise<VirtualRows> {
  if (database === 'oceanbase') return views.rows(name, session.tenantId);
  if (name === 'PROCESSLIST') {
    return sources.processes
      .rows()
      .filter((row) => sees(session, row.tenantId))
      .map(informationProcessRow);
  }
  if (name.endsWith('_STATUS')) return statusRows(session.connectionId, sources);
  throw new ObError('OB_TABLE_NOT_EXIST', [database, name]);
}
