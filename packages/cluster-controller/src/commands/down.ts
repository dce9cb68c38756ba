import { ObError } from '@sealane/errors';
import { takeLocalLease } from '../lease/local-lease.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { membersOf } from '../targets/target.ts';
import { removeLocalCluster } from '../up.ts';
import { openLocal, printJson, type Surroundings } from './surroundings.ts';

export async function down(around: Surroundings, remove: boolean): Promise<number> {
  if (around.options.target !== 'local') {
    const message = 'down stops local clusters; compose: docker-compose down; hosts: your own means';
    throw new ObError('OB_OP_NOT_ALLOW', [], { message });
  }
  const target = openLocal(around);
  const giveBack = takeLocalLease(pathsUnder(around.baseDirectory).lease);
  try {
    const before = await Promise.all(
      membersOf(target).map(async ({ member }) => ({ member, ...(await target.processOf(member)) })),
    );
    // Clients are let go before there is nobody to ask.
    await Promise.all(target.proxies.map(({ name }) => target.stop(name)));
    await Promise.all(target.nodes.map(({ server }) => target.stop(server)));
    if (remove) await removeLocalCluster(around.baseDirectory, target);
    const stopped = before.filter(({ running }) => running).map(({ member }) => member);
    if (around.options.json === true) printJson(around, { stopped, removed: remove });
    else around.output.write(`${describe(stopped)}${remove ? '; data removed' : ''}\n`);
    return 0;
  } finally {
    giveBack();
  }
}

function describe(stopped: readonly string[]): string {
  return stopped.length === 0 ? 'nothing was running' : `stopped ${stopped.join(', ')}`;
}
