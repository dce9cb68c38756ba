import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import type { CampaignResult } from './killed/campaign.ts';
import { scenarios } from './killed/scenarios.ts';

const FILE_TIMEOUT_MS = 240_000;
/** A roll of three nodes has more lines than this, and each is a place to die at. */
const POSITIONS_MIN = 50;

t.setTimeout(FILE_TIMEOUT_MS);

for (const name of Object.keys(scenarios)) {
  t.test(
    `${name}: killed at any line of its journal, it comes to the same end when it is started again`,
    async (t) => {
      const { positions, wrong } = await campaign(name);

      t.ok(positions > POSITIONS_MIN, `${positions} positions`);
      t.same(wrong, []);
    },
  );
}

async function campaign(name: string): Promise<CampaignResult> {
  const worker = new Worker(new URL('./killed/worker.ts', import.meta.url), { workerData: name });
  const [result] = (await once(worker, 'message')) as [CampaignResult];
  await worker.terminate();
  return result;
}
