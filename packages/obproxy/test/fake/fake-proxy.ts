import { ProxyConfig } from '../../src/config/proxy-config.ts';
import { ObProxy } from '../../src/proxy.ts';
import type { FakeCluster } from './fake-cluster.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** In front of the fake servers, in this process. @param parameters  beside what makes it quick */
export function proxyOf(cluster: FakeCluster, parameters: Readonly<Record<string, string>> = {}): ObProxy {
  const given = {
    listen_port: '0',
    rootservice_list: cluster.servers.map(({ port }) => `127.0.0.1:${port}`).join(';'),
    server_state_refresh_interval: '20ms',
    congestion_failure_threshold: '1000',
    enable_ob_protocol_v2_with_client: 'True',
    ...parameters,
  };
  const config = new ProxyConfig({ read: () => ({}), write: () => undefined }, given);
  return new ObProxy({
    listenHost: '127.0.0.1',
    config,
    sysUser: 'root@sys',
    sysPassword: '',
    baseDirectory: '/nonexistent',
    walletDirectory: '/nonexistent/wallet',
    version: 'test',
    logger: quiet,
  });
}
