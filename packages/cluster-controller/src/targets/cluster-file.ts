import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';

/** A local cluster as `up` laid it out: kept in `cluster.json` under the base directory. */
export interface ClusterFile {
  readonly cluster: string;
  readonly clusterId: number;
  readonly nodes: readonly ClusterFileNode[];
  /** Parameters that every node is started with: `name=value,…` */
  readonly parameters?: string;
  /** None in a cluster that was laid out without one. */
  readonly proxy?: ClusterFileProxy;
}

export interface ClusterFileNode {
  readonly name: string;
  readonly zone: string;
  readonly ip: string;
  readonly rpcPort: number;
  readonly sqlPort: number;
  /** Where it serves metrics; left out in older files: nowhere. */
  readonly metricsPort?: number;
}

export interface ClusterFileProxy {
  readonly name: string;
  readonly ip: string;
  /** For clients. */
  readonly sqlPort: number;
  readonly metricsPort: number;
}

const FILE = 'cluster.json';

/** Where things lie under a base directory. */
export function pathsUnder(baseDirectory: string) {
  return {
    clusterFile: join(baseDirectory, FILE),
    certificates: join(baseDirectory, 'certificates'),
    ca: join(baseDirectory, 'certificates', 'ca.pem'),
    journal: join(baseDirectory, 'controller', 'journal.jsonl'),
    log: join(baseDirectory, 'controller', 'controller.log'),
    lease: join(baseDirectory, 'controller', 'lease'),
    stopRequest: join(baseDirectory, 'controller', 'stop-request'),
    runs: join(baseDirectory, 'controller', 'runs'),
    probes: join(baseDirectory, 'controller', 'probes.jsonl'),
    signingKey: join(baseDirectory, 'controller', 'evidence-key.pem'),
    node: (name: string) => join(baseDirectory, name),
  };
}

/** Undefined when there is no cluster under this directory. */
export function readClusterFile(baseDirectory: string): ClusterFile | undefined {
  const file = pathsUnder(baseDirectory).clusterFile;
  if (!existsSync(file)) return undefined;
  const value: unknown = parse(file);
  if (!isClusterFile(value)) {
    const message = `${file} is not a cluster file; move it away and run cluster-controller up`;
    throw new ObError('OB_INVALID_CONFIG', [], { message });
  }
  return value;
}

/** Written aside and renamed, so that a reader never sees half of it. */
export function writeClusterFile(baseDirectory: string, cluster: ClusterFile): void {
  mkdirSync(baseDirectory, { recursive: true });
  const file = pathsUnder(baseDirectory).clusterFile;
  writeFileSync(`${file}.new`, `${JSON.stringify(cluster, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function serverOf(node: ClusterFileNode): string {
  return `${node.ip}:${node.rpcPort}`;
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isClusterFile(value: unknown): value is ClusterFile {
  if (typeof value !== 'object' || value === null) return false;
  if (!('nodes' in value) || !Array.isArray(value.nodes) || value.nodes.length === 0) return false;
  return value.nodes.every(
    (node: unknown) =>
      typeof node === 'object' && node !== null && 'ip' in node && 'rpcPort' in node && 'sqlPort' in node,
  );
}
