import t from 'tap';
import { runCampaign } from './campaign.ts';

t.test('a worker that somebody kills is no failing seed', async (t) => {
  const directory = t.testdir({
    'worker.ts': `process.on('message', () => process.kill(process.pid, 'SIGKILL'));`,
  });
  await t.rejects(runCampaign({ firstSeed: 7, count: 1, jobs: 1, directory }), {
    message: /killed by SIGKILL in seed 7: run it again with --first-seed 7/,
  });
});
