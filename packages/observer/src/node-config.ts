import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import { normaliseParameter, parameterDefinition } from './parameters/parameter-table.ts';

export interface ServerAddress {
  readonly ip: string;
  readonly rpcPort: number;
  readonly sqlPort: number;
}

export interface MetricsAddress {
  readonly ip: string;
  readonly port: number;
}

/** What a node must know before it can talk to anybody. */
export interface NodeConfig {
  readonly baseDirectory: string;
  readonly self: ServerAddress;
  readonly zone: string;
  readonly clusterName: string;
  readonly clusterId: number;
  /**
   * All servers of the cluster; the first is preferred as leader. Without this one: it isn't part of the cluster until
   * ADD SERVER names it.
   */
  readonly servers: readonly ServerAddress[];
  /** Where metrics are served; undefined: nowhere. */
  readonly metrics?: MetricsAddress;
  /** Parameters given with -o, in stored form. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** What the command line said; everything may be missing at a later start. */
export interface CommandLine {
  readonly baseDirectory: string;
  readonly ip?: string;
  readonly rpcPort?: string;
  readonly sqlPort?: string;
  readonly zone?: string;
  readonly clusterName?: string;
  readonly clusterId?: string;
  readonly servers?: string;
  readonly metricsPort?: string;
  readonly metricsIp?: string;
  readonly options?: string;
}

/** The folders of a node, as OceanBase names them. */
export function nodeDirectories(
  baseDirectory: string,
): Record<'etc' | 'wallet' | 'log' | 'store' | 'run', string> {
  return {
    etc: join(baseDirectory, 'etc'),
    wallet: join(baseDirectory, 'wallet'),
    log: join(baseDirectory, 'log'),
    store: join(baseDirectory, 'store'),
    run: join(baseDirectory, 'run'),
  };
}

/** The name of a server in every message and view: `ip:rpc_port`. */
export function serverName(address: { readonly ip: string; readonly rpcPort: number }): string {
  return `${address.ip}:${address.rpcPort}`;
}

/**
 * Command line over configuration file over defaults.
 *
 * @throws ObError OB_INVALID_CONFIG naming the option or the file that is wrong
 */
export function resolveNodeConfig(line: CommandLine): {
  config: NodeConfig;
  parameters: Record<string, string>;
} {
  const saved = readSaved(line.baseDirectory);
  const value = (given: string | undefined, name: string, standard: string): string =>
    given ?? saved.identity[name] ?? standard;
  const self: ServerAddress = {
    ip: value(line.ip, 'local_ip', '127.0.0.1'),
    rpcPort: port(value(line.rpcPort, 'rpc_port', '2882'), 'rpc_port (-P)'),
    sqlPort: port(value(line.sqlPort, 'mysql_port', '2881'), 'mysql_port (-p)'),
  };
  const list = value(line.servers, 'rootservice_list', `${self.ip}:${self.rpcPort}:${self.sqlPort}`);
  const servers = parseServerList(list);
  const overrides = parseOptions(line.options ?? '');
  const config: NodeConfig = {
    baseDirectory: line.baseDirectory,
    self,
    zone: value(line.zone, 'zone', 'zone1'),
    clusterName: value(line.clusterName, 'cluster', 'obcluster'),
    clusterId: clusterId(value(line.clusterId, 'cluster_id', '1')),
    servers,
    ...metricsAddress(
      value(line.metricsPort, 'metrics_port', '0'),
      value(line.metricsIp, 'metrics_ip', loopback),
    ),
    overrides,
  };
  return { config, parameters: { ...saved.parameters, ...overrides } };
}

const loopback = '127.0.0.1';

function metricsAddress(portText: string, ip: string): { readonly metrics?: MetricsAddress } {
  return portText === '0' ? {} : { metrics: { ip, port: port(portText, 'metrics_port (-m)') } };
}

/** Parameters that describe the node itself, under their own names. */
export function identityParameters(config: NodeConfig): Record<string, string> {
  return {
    local_ip: config.self.ip,
    rpc_port: String(config.self.rpcPort),
    mysql_port: String(config.self.sqlPort),
    zone: config.zone,
    cluster: config.clusterName,
    cluster_id: String(config.clusterId),
    metrics_port: String(config.metrics?.port ?? 0),
    metrics_ip: config.metrics?.ip ?? loopback,
    rootservice_list: config.servers.map((server) => `${serverName(server)}:${server.sqlPort}`).join(';'),
  };
}

/** Remembers what later starts need. Written beside and renamed, so that a crash leaves the old or the new file. */
export function saveNodeConfig(config: NodeConfig, parameters: Readonly<Record<string, string>>): void {
  const file = configFile(config.baseDirectory);
  mkdirSync(nodeDirectories(config.baseDirectory).etc, { recursive: true });
  const text = `${JSON.stringify({ identity: identityParameters(config), parameters }, undefined, 2)}\n`;
  writeFileSync(`${file}.tmp`, text, { flush: true });
  renameSync(`${file}.tmp`, file);
}

interface Saved {
  readonly identity: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

function readSaved(baseDirectory: string): Saved {
  const file = configFile(baseDirectory);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { identity: {}, parameters: {} };
    throw invalid(`can't read ${file}: ${String(error)}`);
  }
  try {
    const { identity, parameters } = JSON.parse(text) as Partial<Saved>;
    return { identity: identity ?? {}, parameters: parameters ?? {} };
  } catch (error) {
    throw invalid(
      `${file} is no JSON (${String(error)}); restore it, or remove it and start with all options`,
    );
  }
}

function configFile(baseDirectory: string): string {
  return join(nodeDirectories(baseDirectory).etc, 'observer.config.json');
}

function parseServerList(list: string): ServerAddress[] {
  return list.split(/[;,]/).map((item) => {
    const [ip, rpcPort, sqlPort, more] = item.trim().split(':');
    if (!ip || rpcPort === undefined || sqlPort === undefined || more !== undefined) {
      throw invalid(`rootservice_list (-r): "${item}" is not ip:rpc_port:sql_port`);
    }
    return {
      ip,
      rpcPort: port(rpcPort, 'rootservice_list (-r)'),
      sqlPort: port(sqlPort, 'rootservice_list (-r)'),
    };
  });
}

function parseOptions(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const item of text.split(',').filter((part) => part.trim() !== '')) {
    const at = item.indexOf('=');
    const name = (at < 0 ? item : item.slice(0, at)).trim();
    const definition = parameterDefinition(name);
    if (definition === undefined)
      throw new ObError('OB_ERR_SYS_CONFIG_UNKNOWN', [], { message: `System config unknown: ${name} (-o)` });
    const value = at < 0 ? undefined : normaliseParameter(definition, item.slice(at + 1).trim());
    if (value === undefined) throw invalid(`-o ${item}: not a legal value of ${name} (${definition.info})`);
    values[definition.name] = value;
  }
  return values;
}

function port(text: string, what: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw invalid(`${what}: ${text} is no port`);
  return value;
}

function clusterId(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 4_294_901_759)
    throw invalid(`cluster_id (-c): ${text} is not in 1…4294901759`);
  return value;
}

function invalid(message: string): ObError {
  return new ObError('OB_INVALID_CONFIG', [], { message });
}
