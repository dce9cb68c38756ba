import { fileURLToPath } from 'node:url';
import type { ClusterFile, ClusterFileNode } from './cluster-file.ts';

/** The observer is a program beside this one: started by its file, never imported. */
const OBSERVER_MAIN = fileURLToPath(new URL('../../../observer/src/main.ts', import.meta.url));

/** The command line of one node, as `observer --help` describes it. */
export function observerCommand(
  cluster: ClusterFile,
  node: ClusterFileNode,
  directory: string,
): readonly string[] {
  const rootServices = cluster.nodes.map((each) => `${each.ip}:${each.rpcPort}:${each.sqlPort}`).join(';');
  return [
    process.execPath,
    OBSERVER_MAIN,
    ...['-I', node.ip, '-P', String(node.rpcPort), '-p', String(node.sqlPort)],
    ...['-z', node.zone, '-n', cluster.cluster, '-c', String(cluster.clusterId)],
    ...['-d', directory, '-r', rootServices],
    ...(node.metricsPort === undefined ? [] : ['-m', String(node.metricsPort)]),
    ...(cluster.parameters === undefined ? [] : ['-o', cluster.parameters]),
  ];
}
