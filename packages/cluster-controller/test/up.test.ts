import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { writeClusterFile } from '../src/targets/cluster-file.ts';
import { observerCommand } from '../src/targets/observer-command.ts';
import { startLocalCluster } from '../src/up.ts';

const node = { name: 'node1', zone: 'zone1', ip: '127.0.0.1', rpcPort: 2882, sqlPort: 2881 };
const cluster = { cluster: 'sealane', clusterId: 1, nodes: [node], parameters: '_log_tail_size=1M' };

t.test('what an existing cluster would not take from the command line is refused', async (t) => {
  const baseDirectory = mkdtempSync(join(tmpdir(), 'sealane-up-'));
  t.teardown(() => rmSync(baseDirectory, { recursive: true, force: true }));
  writeClusterFile(baseDirectory, cluster);
  const said: string[] = [];
  const up = (asked: { nodes?: number; parameters?: string }): Promise<unknown> =>
    startLocalCluster({
      baseDirectory,
      nodes: asked.nodes,
      parameters: asked.parameters,
      freePorts: false,
      proxy: true,
      say: (text) => said.push(text),
    });

  await t.rejects(up({ nodes: 3 }), { name: 'OB_INVALID_CONFIG', message: /a cluster of 1 nodes, not 3/ });
  await t.rejects(up({ parameters: 'lease_time=5s' }), {
    name: 'OB_INVALID_CONFIG',
    message: /laid out with _log_tail_size=1M/,
  });
  t.same(said, [], 'nothing was started');
});

t.test('every node is started with the parameters of its cluster', async (t) => {
  const command = observerCommand(cluster, node, '/data/node1');
  t.same(command.slice(-2), ['-o', '_log_tail_size=1M']);
  const { parameters: _, ...without } = cluster;
  t.notOk(observerCommand(without, node, '/data/node1').includes('-o'));
});
