import t from 'tap';
import { runCampaign } from './campaign.ts';
import { sometimes } from './counts.ts';

// A busy machine takes several times as long as an idle one.
t.setTimeout(220_000);

/** SIMULATION_SEEDS=n runs that many; see README.md for longer campaigns. */
const count = Number(process.env['SIMULATION_SEEDS'] ?? 300);

t.test(`no promise is broken in ${count} simulated clusters`, async (t) => {
  const { failure, counts, seedCount, seconds, steps } = await runCampaign({ firstSeed: 1, count });
  t.comment(`${(seedCount / seconds).toFixed(1)} seeds a second, ${steps} steps`);
  if (failure !== undefined) {
    t.comment(failure.table);
    t.comment(`replay: npm run simulate -- --first-seed ${failure.seed} --seeds 1 --trace`);
  }
  t.equal(failure?.violation?.message, undefined, 'no seed fails');
  for (const name of sometimes) t.ok(counts.has(name), `the campaign has seen ${name}`);
});

t.test('the same seed gives the same run, in another process too', async (t) => {
  const seeds = { firstSeed: 1, count: 6 };
  const first = await runCampaign({ ...seeds, jobs: 1 });
  const second = await runCampaign({ ...seeds, jobs: 2 });
  t.same([...second.hashes].sort(), [...first.hashes].sort());
  t.equal(new Set(first.hashes.values()).size, seeds.count, 'and another seed another one');
});
