import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import { certificatesIn, sha256Of } from '../certs/certificate-report.ts';
import type { Way } from '../client-watch.ts';
import type { ClusterView, NodeView, Server } from '../cluster-view.ts';
import { ansiPaint, noPaint, type Paint } from '../describe.ts';
import { type Dialect, gated } from '../dialect/gate.ts';
import { dial, type SqlConnection } from '../dialer.ts';
import type { Logger } from '../logger.ts';
import { type Depth, observe, observeNode } from '../observe.ts';
import type { Progress } from '../progress.ts';
import type { ProxyStatus } from '../proxy-report.ts';
import { SqlAccess } from '../sql-access.ts';
import { readClusterFile } from '../targets/cluster-file.ts';
import { ComposeTarget } from '../targets/compose.ts';
import { HostsTarget } from '../targets/hosts.ts';
import { LocalTarget } from '../targets/local.ts';
import type { Member, Target, TargetNode, TargetProxy } from '../targets/target.ts';
import { TenantProbe } from '../tenant-probe.ts';
import { silent, watcherFor } from '../watchers.ts';

/** What every command takes. */
export interface CommandOptions {
  readonly baseDir: string;
  readonly target: Target['kind'];
  readonly projectDirectory: string;
  readonly dialect: Dialect;
  /** For the target hosts. */
  readonly hosts?: string;
  readonly json?: true;
}

/** What main.ts hands to a command: the options, the terminal, where things lie. */
export interface Surroundings {
  readonly options: CommandOptions;
  readonly baseDirectory: string;
  readonly projectDirectory: string;
  /** Of root@sys. */
  readonly password: string;
  /** Of root@proxysys, the administrator of each proxy. */
  readonly proxyPassword: string;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  openLog(): Logger;
}

/** A cluster that can be asked and told. */
export interface Cluster {
  readonly target: Target;
  readonly sql: SqlAccess;
  readonly observe: (depth?: Depth) => Promise<ClusterView>;
  /** How a client gets in now: through the proxies that run, otherwise to the nodes. */
  readonly clientWays: () => Promise<{ readonly ways: readonly Way[]; readonly throughProxy: boolean }>;
  /** Connections of one's own: one takes one statement at a time. */
  readonly openSql: () => SqlAccess;
  /** Looks at one node; it doesn't throw. */
  readonly lookAt: (node: TargetNode) => Promise<NodeView>;
}

/** @throws ObError OB_INVALID_CONFIG when there is no cluster where the options point */
export async function openCluster(around: Surroundings): Promise<Cluster> {
  return clusterOf(around, await openTarget(around));
}

/** What a connection to a node believes beyond the target's CA and the certificate in the node's wallet. */
export interface Trust {
  readonly ca: () => string | undefined;
  /** More certificates of this node or proxy, by SHA-256. */
  readonly pinned: (member: Member) => readonly string[];
}

export function clusterOf(around: Surroundings, target: Target, trust?: Trust): Cluster {
  const dialAs = (server: Server, user: string, password: string) => {
    const node = target.nodes.find((candidate) => candidate.server === server);
    if (node === undefined)
      throw new ObError('OB_ERR_UNEXPECTED', [], { message: `no server ${server} here` });
    const identity = server.split(':')[0] ?? '';
    return speak(dial({ ...node.reach, identity, user, password, ...trustIn(target, server, trust) }));
  };
  const speak = speaking(around);
  const { dialect } = around.options;
  const openSql = () =>
    new SqlAccess((member) => {
      const proxy = target.proxies.find(({ name }) => name === member);
      return proxy === undefined
        ? dialAs(member, 'root@sys', around.password)
        : speak(dialProxy(target, proxy, administratorOf(around, proxy), trust));
    });
  const sql = openSql();
  const clientWays = async () => {
    const proxies = (await proxiesOf(target)).filter(({ process }) => process.running);
    if (proxies.length === 0)
      return { ways: target.nodes.map(({ name, server }) => wayTo(name, server)), throughProxy: false };
    const login = { user: 'root@sys', password: around.password };
    const ways = proxies.map(({ proxy }) => ({
      name: proxy.name,
      dial: () => speak(dialProxy(target, proxy, login)),
    }));
    return { ways, throughProxy: true };
  };
  const wayTo = (name: string, server: Server): Way => ({
    name,
    dial: () => dialAs(server, 'root@sys', around.password),
  });
  const probe = new TenantProbe((server) => dialAs(server, 'root@test', ''));
  return {
    target,
    sql,
    openSql,
    observe: (depth) => observe(target, sql, probe, { ...depth, dialect }),
    lookAt: (node) => observeNode(target, sql, probe, node, { dialect }),
    clientWays,
  };
}

/** With --dialect oceanbase nothing but documented statements leaves; each kind is logged when it is first sent. */
function speaking({
  options,
  openLog,
}: Surroundings): (connection: Promise<SqlConnection>) => Promise<SqlConnection> {
  if (options.dialect !== 'oceanbase') return (connection) => connection;
  const known = new Set<string>();
  let logger: Logger | undefined;
  const sent = (shape: string): void => {
    if (known.has(shape)) return;
    known.add(shape);
    logger ??= openLog();
    logger.info({ statement: shape }, 'statement');
  };
  return async (connection) => gated(await connection, sent);
}

/** @throws ObError OB_NOT_SUPPORTED where only what our own servers say would do */
export function refuseOtherDialects({ options }: Surroundings, command: string): void {
  if (options.dialect === 'sealane') return;
  const message = `${command} work with views and statements that OceanBase has not: they have no --dialect ${options.dialect}`;
  throw new ObError('OB_NOT_SUPPORTED', [], { message });
}

export async function proxiesOf(target: Target): Promise<readonly ProxyStatus[]> {
  return Promise.all(
    target.proxies.map(async (proxy) => ({ proxy, process: await target.processOf(proxy.name) })),
  );
}

function administratorOf({ proxyPassword }: Surroundings, { password = '' }: TargetProxy) {
  return { user: 'root@proxysys', password: proxyPassword === '' ? password : proxyPassword };
}

/** @param user  with the tenant: `root@sys` */
export function dialProxy(
  target: Target,
  { name, reach, identity }: TargetProxy,
  login: { readonly user: string; readonly password: string },
  trust?: Trust,
): Promise<SqlConnection> {
  return dial({ ...reach, identity, ...login, ...trustIn(target, name, trust) });
}

function trustIn(target: Target, member: Member, trust: Trust | undefined) {
  return {
    ca: trust === undefined ? target.ca : trust.ca(),
    pinned: async () => [...(await leafOnDisk(target, member)), ...(trust?.pinned(member) ?? [])],
  };
}

/** Who can write a wallet needs no other proof that it is this node, or this proxy. */
async function leafOnDisk(target: Target, member: Member): Promise<readonly string[]> {
  const { certificate } = await target.walletOf(member);
  return certificatesIn(certificate).slice(0, 1).map(sha256Of);
}

export function openLocal(around: Surroundings): LocalTarget {
  const cluster = readClusterFile(around.baseDirectory);
  if (cluster !== undefined) return new LocalTarget(around.baseDirectory, cluster);
  const beside = existsSync(join(process.cwd(), 'docker-compose.yml')) ? ', or give --target compose' : '';
  const message = `no cluster under ${around.baseDirectory}; start one with cluster-controller up${beside}`;
  throw new ObError('OB_INVALID_CONFIG', [], { message });
}

export function progressFor(around: Surroundings): Progress {
  if (around.options.json === true) return silent;
  const { output } = around;
  return watcherFor({
    write: (text) => output.write(text),
    isTTY: output.isTTY === true,
    columns: output.columns ?? 100,
  });
}

export function paintFor(around: Surroundings): Paint {
  return around.output.isTTY === true && around.options.json !== true ? ansiPaint : noPaint;
}

export function printJson(around: Surroundings, value: unknown): void {
  around.output.write(`${JSON.stringify(value)}\n`);
}

export async function openTarget(around: Surroundings): Promise<Target> {
  const { target, hosts } = around.options;
  switch (target) {
    case 'local':
      return openLocal(around);
    case 'compose':
      return ComposeTarget.open(around.projectDirectory);
    case 'hosts':
      if (hosts !== undefined) return HostsTarget.open(hosts);
      throw new ObError('OB_INVALID_CONFIG', [], { message: '--target hosts wants --hosts FILE' });
  }
}
