import { ObError } from '@sealane/errors';
import { takeLease } from '../lease.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { removeLocalCluster } from '../up.ts';
import { openLocal, printJson, type Surroundings } from './surroundings.ts';

export async function down(around: Surroundings, remove: boolean): Promise<number> {
  if (around.options.target !== 'local') {
    const message = 'down stops local clusters; for the compose target run docker-compose down';
    throw new ObError('OB_OP_NOT_ALLOW', [], { message });
  }
  const target = openLocal(around);
  const giveBack = takeLease(pathsUnder(around.baseDirectory).lease);
  try {
    const before = await Promise.all(target.nodes.map((node) => target.processOf(node.server)));
    await Promise.all(target.nodes.map((node) => target.stop(node.server)));
    if (remove) await removeLocalCluster(around.baseDirectory, target);
    const stopped = target.nodes
      .filter((_, index) => before[index]?.running === true)
      .map((node) => node.server);
    if (around.options.json === true) printJson(around, { stopped, removed: remove });
    else around.output.write(`${describe(stopped)}${remove ? '; data removed' : ''}\n`);
    return 0;
  } finally {
    giveBack();
  }
}

function describe(stopped: readonly string[]): string {
  return stopped.length === 0 ? 'no node was running' : `stopped ${stopped.join(', ')}`;
}
