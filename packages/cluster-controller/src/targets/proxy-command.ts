import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterFile, ClusterFileProxy } from './cluster-file.ts';

/** The proxy is a program beside this one: started by its file, never imported. */
const PROXY_MAIN = fileURLToPath(new URL('../../../obproxy/src/main.ts', import.meta.url));

/** The command line of a proxy, as `obproxy --help` describes it. */
export function proxyCommand(
  cluster: ClusterFile,
  proxy: ClusterFileProxy,
  directory: string,
): readonly string[] {
  const servers = cluster.nodes.map((node) => `${node.ip}:${node.sqlPort}`).join(';');
  return [
    process.execPath,
    PROXY_MAIN,
    ...['--listen-host', proxy.ip, '--listen-port', String(proxy.sqlPort)],
    ...['--rs-list', servers, '--cluster-name', cluster.cluster],
    ...['--parameters', `prometheus_listen_port=${proxy.metricsPort}`],
    ...['--base-dir', directory, '--wallet', join(directory, 'wallet')],
  ];
}
