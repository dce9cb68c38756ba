import { existsSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import { type ClusterView, missingPairs, ownRow, type Server } from './cluster-view.ts';
import { choosePorts } from './free-ports.ts';
import type { ProxyStart } from './start-proxies.ts';
import { type ClusterFile, pathsUnder, readClusterFile, writeClusterFile } from './targets/cluster-file.ts';
import { LocalTarget } from './targets/local.ts';
import { membersOf, type Target } from './targets/target.ts';

/** From the start of the processes until the cluster serves. */
const SERVE_TIMEOUT_MS = 60_000;
const READING_INTERVAL_MS = 40;
const IP = '127.0.0.1';
/** Members vote; more than this is no cluster for a laptop. */
const NODES_MAX = 7;

export interface UpOptions {
  readonly baseDirectory: string;
  readonly nodes: number | undefined;
  /** Free ports even where the usual ones are free: several clusters side by side. */
  readonly freePorts: boolean;
  /** A new cluster gets a proxy. */
  readonly proxy: boolean;
  /** For a new cluster: what its nodes are started with, `name=value,…` */
  readonly parameters: string | undefined;
  /** Told what happens, a sentence at a time. */
  readonly say: (text: string) => void;
}

/**
 * Lays a local cluster out under the base directory if there is none yet, and starts what isn't running. Running it
 * again changes nothing.
 */
export async function startLocalCluster(
  options: UpOptions,
): Promise<{ target: LocalTarget; started: readonly Server[] }> {
  const { baseDirectory, say } = options;
  const cluster = readClusterFile(baseDirectory) ?? (await layOut(options));
  if (options.nodes !== undefined && options.nodes !== cluster.nodes.length) {
    throw invalid(
      `${baseDirectory} holds a cluster of ${cluster.nodes.length} nodes, not ${options.nodes}; give another --base-dir`,
    );
  }
  if (options.parameters !== undefined && options.parameters !== cluster.parameters) {
    const present = cluster.parameters === undefined ? 'without --parameters' : `with ${cluster.parameters}`;
    throw invalid(
      `${baseDirectory} holds a cluster that was laid out ${present}; use ALTER SYSTEM SET, or give another --base-dir`,
    );
  }
  const target = new LocalTarget(baseDirectory, cluster);
  const started: Server[] = [];
  for (const node of target.nodes) {
    if ((await target.processOf(node.server)).running) continue;
    await target.start(node.server);
    started.push(node.server);
  }
  say(started.length === 0 ? 'every node is running already' : `${started.length} observers started`);
  return { target, started };
}

export interface Serving {
  readonly target: Pick<Target, 'lastWords'>;
  readonly observe: () => Promise<ClusterView>;
  /** Undefined where the proxies stay out of it. */
  readonly proxies: ProxyStart | undefined;
}

/**
 * Waits until every node serves SQL, every log stream has a leader, every ordered pair of nodes its link, and clients get in
 * through the proxies.
 *
 * @throws ObError with the reason, by node: an early end with the process's own words, or what was missing at the deadline
 */
export async function waitUntilServing(
  { target, observe, proxies }: Serving,
  see: (view: ClusterView) => void,
): Promise<ClusterView> {
  const deadline = performance.now() + SERVE_TIMEOUT_MS;
  for (;;) {
    const view = await observe();
    see(view);
    await failOnEarlyEnd(target, view);
    await proxies?.startOnceAnswered(view);
    const missing = await missingWithProxies(view, proxies);
    if (missing.length === 0) return view;
    if (performance.now() > deadline) {
      const message = `after ${SERVE_TIMEOUT_MS / 1000} s still missing: ${missing.join('; ')}`;
      throw new ObError('OB_TIMEOUT', [], { message });
    }
    await delay(READING_INTERVAL_MS);
  }
}

/** Proxies are asked last: before the nodes serve they would keep a login waiting. */
async function missingWithProxies(
  view: ClusterView,
  proxies: ProxyStart | undefined,
): Promise<readonly string[]> {
  const missing = missingForService(view);
  return missing.length > 0 || proxies === undefined ? missing : proxies.missing();
}

/** Empty when the nodes serve. */
export function missingForService(view: ClusterView): readonly string[] {
  const nodes = view.nodes.flatMap((node) => {
    const row = ownRow(node);
    if (row === undefined) return [`${node.name} does not answer (${node.unreachable ?? 'not listed yet'})`];
    if (row.status !== 'ACTIVE') return [`${node.name} is ${row.status}`];
    if (row.startServiceTime === null) return [`${node.name} does not serve yet`];
    return node.answer?.tenantsServe === true ? [] : [`${node.name} takes no logins of user tenants yet`];
  });
  const pairs = missingPairs(view).map(({ from, to }) => `no link ${from} to ${to}`);
  return [...nodes, ...streamsWithoutLeader(view), ...pairs];
}

function streamsWithoutLeader(view: ClusterView): readonly string[] {
  const rows = view.nodes.flatMap((node) => node.answer?.streams ?? []);
  if (rows.length === 0) return ['no log stream yet'];
  const led = new Set(
    rows.filter((row) => row.role === 'LEADER').map((row) => `${row.tenantId}/${row.lsId}`),
  );
  const all = new Set(rows.map((row) => `${row.tenantId}/${row.lsId}`));
  return [...all].filter((key) => !led.has(key)).map((key) => `log stream ${key} has no leader yet`);
}

async function failOnEarlyEnd(target: Serving['target'], view: ClusterView): Promise<void> {
  for (const node of view.nodes) {
    if (node.process.running) continue;
    const words = await target.lastWords(node.server);
    const message = `${node.name} ${node.server} ended right after its start: ${words === '' ? 'it said nothing' : words}`;
    throw new ObError('OB_ERR_UNEXPECTED', [], { message });
  }
}

async function layOut(options: UpOptions): Promise<ClusterFile> {
  const { baseDirectory, say } = options;
  const count = options.nodes ?? 3;
  if (count < 1 || count > NODES_MAX) throw invalid(`--nodes must be 1 to ${NODES_MAX}, not ${count}`);
  const ports = await choosePorts(count, IP, options.freePorts);
  const nodes = ports.nodes.map((port, index) => ({
    name: `observer-${index + 1}`,
    zone: `zone${index + 1}`,
    ip: IP,
    ...port,
  }));
  const proxy = options.proxy ? { name: 'obproxy', ip: IP, ...ports.proxy } : undefined;
  if (!ports.usual) {
    const where = `SQL on ${ports.nodes.map(({ sqlPort }) => sqlPort).join(', ')}`;
    const through = proxy === undefined ? '' : `, through the proxy on ${proxy.sqlPort}`;
    say(`not on the usual ports (2881, 2882, …): ${where}${through}`);
  }
  // Only a new cluster needs certificates: a later start should not pay for the library that makes them.
  const { makeCertificates } = await import('@sealane/transport-security');
  await makeCertificates({
    directory: pathsUnder(baseDirectory).certificates,
    nodes: [...nodes, ...(proxy === undefined ? [] : [proxy])].map(({ name, ip }) => ({
      name,
      ip,
      wallet: `${pathsUnder(baseDirectory).node(name)}/wallet`,
    })),
  });
  const forProxy = proxy === undefined ? '' : 'one for the proxy, ';
  say(`certificates made: a CA, one for each of ${count} nodes, ${forProxy}one for clients`);
  const { parameters } = options;
  const cluster = {
    cluster: 'sealane',
    clusterId: 1,
    nodes,
    ...(parameters === undefined ? {} : { parameters }),
    ...(proxy === undefined ? {} : { proxy }),
  };
  writeClusterFile(baseDirectory, cluster);
  return cluster;
}

/** Removes everything that a stopped cluster left; refuses while anything of it runs. */
export async function removeLocalCluster(baseDirectory: string, target: LocalTarget): Promise<void> {
  for (const { name, member } of membersOf(target)) {
    if ((await target.processOf(member)).running) throw invalid(`${name} still runs; stop it first`);
    rmSync(target.directoryOf(member), { recursive: true, force: true });
  }
  const paths = pathsUnder(baseDirectory);
  // The key that signs evidence stays: it is the controller's, whose fingerprint others know, and not the cluster's.
  const told = [paths.journal, paths.log, paths.runs, paths.probes];
  for (const path of [paths.certificates, ...told, paths.clusterFile]) {
    if (existsSync(path)) rmSync(path, { recursive: true, force: true });
  }
}

function invalid(message: string): ObError {
  return new ObError('OB_INVALID_CONFIG', [], { message });
}
