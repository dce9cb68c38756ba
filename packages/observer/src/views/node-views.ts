import { statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { CellValue, VirtualRows } from '@sealane/sql';
import { loadWallet } from '@sealane/transport-security';
import { type NodeConfig, nodeDirectories } from '../node-config.ts';
import type { ParameterStore } from '../parameters/parameter-store.ts';
import { parameterTable } from '../parameters/parameter-table.ts';
import { sysTenantId } from '../tenant/tenant-table.ts';
import { viewColumns } from './definitions.ts';
import { type GatherOptions, nodeViews, type OwnRows } from './gathered-view.ts';
import { type SystemStatistics, systemStatisticsRows } from './system-statistics.ts';
import { timestampCell, type View } from './view.ts';

export interface NodeViewOptions {
  readonly config: NodeConfig;
  readonly parameters: ParameterStore;
  readonly gather: GatherOptions;
  /** Undefined for a tenant that isn't here. */
  tenantName(tenantId: number): string | undefined;
  /** Microseconds since 1970 at which the node's certificate expires; 0 while TLS is off. */
  certificateExpiryUs(): number;
  /** Of the logs of all tenants, in bytes. */
  logDisk(): Promise<{ readonly capacity: number; readonly inUse: number }>;
  /** Rows of V$OB_LOG_STAT, V$OB_LINKS and V$OB_PROCESSLIST after SVR_IP and SVR_PORT. */
  logStatRows(): Promise<VirtualRows>;
  linkRows(): Promise<VirtualRows>;
  linkSummaryRows(): Promise<VirtualRows>;
  processRows(): VirtualRows;
  loginRows(): VirtualRows;
  loginSummaryRows(): VirtualRows;
  /** The row of V$OB_TLS_STATUS after SVR_IP and SVR_PORT. */
  tlsStatusRow(): readonly CellValue[] | Promise<readonly CellValue[]>;
  statistics(): Promise<readonly SystemStatistics[]>;
}

/** The GV$ and V$ views of what each node knows of itself. */
export function allNodeViews(options: NodeViewOptions): readonly View[] {
  const { ip, rpcPort } = options.config.self;
  const own = (rows: OwnRows) => async (): Promise<VirtualRows> =>
    (await rows()).map((row) => [ip, rpcPort, ...row]);
  const pair = (name: keyof typeof viewColumns, rows: OwnRows): readonly View[] =>
    nodeViews(name, viewColumns[name], own(rows), options.gather);
  return [
    ...pair('OB_SERVERS', async () => [await serverRow(options)]),
    ...pair('OB_PARAMETERS', () => parameterRows(options)),
    ...pair('OB_LOG_STAT', options.logStatRows),
    ...pair('OB_LINKS', options.linkRows),
    ...pair('OB_LINK_SUMMARY', options.linkSummaryRows),
    ...pair('OB_TLS_STATUS', async () => [await options.tlsStatusRow()]),
    ...pair('OB_WALLET_CHECK', () => [walletCheckRow(options.config)]),
    ...pair('OB_PROCESSLIST', options.processRows).map((view) =>
      ofOwnTenant(view, 'TENANT', options.tenantName),
    ),
    ...pair('OB_LOGIN_SUMMARY', options.loginSummaryRows).map(forSys),
    ...pair('OB_LOGIN_AUDIT', options.loginRows).map((view) =>
      ofOwnTenant(view, 'TENANT_ID', (tenantId) => tenantId),
    ),
    ...nodeViews(
      'SYSSTAT',
      viewColumns.SYSSTAT,
      async () => (await options.statistics()).flatMap((of) => systemStatisticsRows(ip, rpcPort, of)),
      options.gather,
    ),
    // A freeze is done when its statement returns, so that no merge is ever seen running.
    ...pair('OB_TABLET_COMPACTION_PROGRESS', () => []),
  ];
}

/** Sys sees all rows, other tenants theirs. @param mine what a tenant's own rows have in the column */
function ofOwnTenant(
  { definition, rows }: View,
  column: string,
  mine: (tenantId: number) => number | string | undefined,
): View {
  const at = definition.columns.findIndex(({ name }) => name === column);
  const own = async (tenantId: number): Promise<VirtualRows> => {
    const all = await rows(tenantId);
    if (tenantId === sysTenantId) return all;
    const wanted = mine(tenantId);
    return wanted === undefined ? [] : all.filter((row) => String(row[at]) === String(wanted));
  };
  return { definition, rows: own };
}

/** Other tenants see none: DBA_OB_TLS_READINESS tells them of theirs. */
function forSys({ definition, rows }: View): View {
  return { definition, rows: (tenantId) => (tenantId === sysTenantId ? rows(tenantId) : []) };
}

/** Reads the wallet as TLS would, whether or not it is on. */
function walletCheckRow({ baseDirectory, self }: NodeConfig): readonly CellValue[] {
  try {
    const { problems } = loadWallet(nodeDirectories(baseDirectory).wallet, { address: self.ip });
    return problems.length === 0 ? ['YES', null] : ['NO', problems.join('; ')];
  } catch (error) {
    return ['NO', error instanceof Error ? error.message : String(error)];
  }
}

async function serverRow({
  config,
  certificateExpiryUs,
  logDisk,
}: NodeViewOptions): Promise<readonly CellValue[]> {
  const log = await logDisk();
  const disk = statfsSync(config.baseDirectory);
  const capacity = disk.blocks * disk.bsize;
  const used = (disk.blocks - disk.bfree) * disk.bsize;
  const cpus = availableParallelism();
  const memory = totalmem();
  return [
    config.zone,
    config.self.sqlPort,
    cpus,
    cpus,
    0,
    0,
    memory,
    process.memoryUsage.rss(),
    log.capacity,
    log.capacity,
    log.inUse,
    capacity,
    used,
    'NORMAL',
    memory,
    used,
    null,
    timestampCell(certificateExpiryUs()),
  ];
}

function parameterRows({ config, parameters }: NodeViewOptions): VirtualRows {
  return parameterTable.map((definition) => {
    const { value, source } = parameters.find(definition.name) ?? {
      value: definition.default,
      source: 'DEFAULT',
    };
    return [
      config.zone,
      'CLUSTER',
      null,
      definition.name,
      definition.type,
      value,
      definition.info,
      definition.section,
      definition.editLevel,
      definition.default,
      value === definition.default ? 'YES' : 'NO',
      source,
    ];
  });
}
