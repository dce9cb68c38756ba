import type { ClusterView, Server } from '../cluster-view.ts';
import type { SqlRow } from '../dialer.ts';
import type { SqlAccess } from '../sql-access.ts';

/** What a node says of its machine and its settings, beyond what every look at the cluster reads. */
export interface NodeFacts {
  /** The node's clock minus ours, and how far off that may be: half the time that the question took. */
  readonly clock: { readonly offsetMs: number; readonly uncertaintyMs: number } | undefined;
  readonly buildVersion: string | undefined;
  /** Values of the parameters in `settingNames`. */
  readonly settings: Readonly<Partial<Record<SettingName, string>>>;
  readonly disks: readonly Disk[];
}

export interface Disk {
  readonly kind: 'data' | 'log';
  /** Bytes. */
  readonly capacity: number;
  readonly inUse: number;
  /** NORMAL, WARNING or ERROR; of the data disk. */
  readonly health: string | undefined;
}

/** What decides about a link besides the two parameters of the ladder. */
export const settingNames = [
  'ssl_client_authentication',
  '_ob_ssl_invited_nodes',
  'rpc_client_authentication_method',
  'rpc_server_authentication_method',
  'sql_protocol_min_tls_version',
  '_tls_profile',
] as const;
export type SettingName = (typeof settingNames)[number];

/** The node's own views, so that it is its own clock and its own disk that answer. */
const MACHINE_SQL = `SELECT UNIX_TIMESTAMP(NOW(6)), DATA_DISK_CAPACITY, DATA_DISK_IN_USE, DATA_DISK_HEALTH_STATUS,
  LOG_DISK_CAPACITY, LOG_DISK_IN_USE FROM oceanbase.V$OB_SERVERS`;
const SETTINGS_SQL = `SELECT NAME, VALUE FROM oceanbase.V$OB_PARAMETERS
  WHERE NAME IN (${settingNames.map((name) => `'${name}'`).join(', ')})`;
const VERSIONS_SQL = 'SELECT SVR_IP, SVR_PORT, BUILD_VERSION FROM oceanbase.DBA_OB_SERVERS';

/** Of every node that answers; one that stops answering meanwhile is left out. */
export async function readNodeFacts(
  view: ClusterView,
  sql: SqlAccess,
): Promise<ReadonlyMap<Server, NodeFacts>> {
  const answering = view.nodes.filter((node) => node.answer !== undefined);
  const facts = answering.map(async ({ server }): Promise<readonly [Server, NodeFacts][]> => {
    try {
      return [[server, await readOne(server, sql)]];
    } catch {
      return []; // The next look at the cluster says why it doesn't answer.
    }
  });
  return new Map((await Promise.all(facts)).flat());
}

async function readOne(server: Server, sql: SqlAccess): Promise<NodeFacts> {
  const askedAt = Date.now();
  const [machine = []] = await sql.query(server, MACHINE_SQL);
  const answeredAt = Date.now();
  const settings = await sql.query(server, SETTINGS_SQL);
  const versions = await sql.query(server, VERSIONS_SQL);
  const own = versions.find(([ip, port]) => `${ip}:${port}` === server);
  return {
    clock: clockOf(machine[0], askedAt, answeredAt),
    buildVersion: own?.[2] ?? undefined,
    settings: Object.fromEntries(settings.map(([name, value]) => [name, value ?? ''])),
    disks: disksOf(machine),
  };
}

function clockOf(
  seconds: string | null | undefined,
  askedAt: number,
  answeredAt: number,
): NodeFacts['clock'] {
  if (seconds == null) return undefined;
  return {
    offsetMs: Math.round(Number(seconds) * 1000 - (askedAt + answeredAt) / 2),
    uncertaintyMs: Math.ceil((answeredAt - askedAt) / 2),
  };
}

function disksOf(machine: SqlRow): readonly Disk[] {
  const [, dataCapacity, dataInUse, health, logCapacity, logInUse] = machine;
  if (dataCapacity == null || logCapacity == null) return [];
  return [
    { kind: 'data', capacity: Number(dataCapacity), inUse: Number(dataInUse), health: health ?? undefined },
    { kind: 'log', capacity: Number(logCapacity), inUse: Number(logInUse), health: undefined },
  ];
}
