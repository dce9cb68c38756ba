import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { resolveNodeConfig, saveNodeConfig, serverName } from '../src/node-config.ts';

const servers = '10.0.0.1:2882:2881;10.0.0.2:2882:2881;10.0.0.3:2882:2881';

function baseDirectory(t: Test): string {
  return t.testdir({});
}

t.test('the command line names the node, its cluster and the others', async (t) => {
  const line = {
    baseDirectory: baseDirectory(t),
    ip: '10.0.0.2',
    zone: 'z2',
    servers,
    options: 'lease_time=5s, syslog_level=DEBUG',
  };

  const { config, parameters } = resolveNodeConfig(line);

  t.same(config.self, { ip: '10.0.0.2', rpcPort: 2882, sqlPort: 2881 });
  t.equal(config.zone, 'z2');
  t.same(config.servers.map(serverName), ['10.0.0.1:2882', '10.0.0.2:2882', '10.0.0.3:2882']);
  t.same(parameters, { lease_time: '5s', syslog_level: 'DEBUG' });
});

t.test('a later start needs no option: the file remembers, and the command line overrules it', async (t) => {
  const base = baseDirectory(t);
  const { config } = resolveNodeConfig({
    baseDirectory: base,
    ip: '10.0.0.2',
    zone: 'z2',
    servers,
    clusterName: 'demo',
  });
  saveNodeConfig(config, { lease_time: '7s' });

  const later = resolveNodeConfig({ baseDirectory: base, options: 'lease_time=8s' });

  t.same({ ...later.config, overrides: {} }, config);
  t.same(later.parameters, { lease_time: '8s' });
  t.same(resolveNodeConfig({ baseDirectory: base }).parameters, { lease_time: '7s' });
});

t.test('what is wrong is named', async (t) => {
  const base = baseDirectory(t);
  const resolve = (line: object) => () =>
    resolveNodeConfig({ baseDirectory: base, ip: '10.0.0.1', servers, ...line });

  t.throws(resolve({ rpcPort: '99999' }), { message: /rpc_port \(-P\): 99999 is no port/ });
  t.throws(resolve({ servers: '10.0.0.1:2882' }), {
    message: /"10\.0\.0\.1:2882" is not ip:rpc_port:sql_port/,
  });
  t.throws(resolve({ clusterId: '0' }), { message: /cluster_id \(-c\): 0/ });
  t.throws(resolve({ options: 'no_such=1' }), { name: 'OB_ERR_SYS_CONFIG_UNKNOWN', message: /no_such/ });
  t.throws(resolve({ options: 'lease_time=never' }), {
    name: 'OB_INVALID_CONFIG',
    message: /lease_time=never/,
  });
});

t.test('a server that is not in its list is none of the cluster, until it is added', async (t) => {
  const { config } = resolveNodeConfig({ baseDirectory: baseDirectory(t), ip: '10.0.0.9', servers });
  t.same(
    config.servers.map(({ ip }) => ip),
    ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
  );
  t.equal(config.self.ip, '10.0.0.9');
});

t.test('a broken configuration file is refused by name, not ignored', async (t) => {
  const base = baseDirectory(t);
  mkdirSync(join(base, 'etc'), { recursive: true });
  writeFileSync(join(base, 'etc', 'observer.config.json'), '{"identity":');

  t.throws(() => resolveNodeConfig({ baseDirectory: base, ip: '10.0.0.1', servers }), {
    name: 'OB_INVALID_CONFIG',
    message: /observer\.config\.json is no JSON/,
  });
});
