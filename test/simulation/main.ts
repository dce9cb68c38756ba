import { parseArgs } from 'node:util';
import { type Campaign, runCampaign } from './campaign.ts';
import { sometimes } from './counts.ts';
import type { Run } from './simulation.ts';

/**
 * npm run simulate -- --seeds N [--first-seed S] [--jobs J] [--trace]
 *
 * Ends with 1 if a promise was broken, or (from 100 seeds on) if something never happened that must be tried.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    'first-seed': { type: 'string', default: '1' },
    jobs: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

const campaign = await runCampaign({
  firstSeed: Number(values['first-seed']),
  count: Number(values.seeds),
  ...(values.jobs === undefined ? {} : { jobs: Number(values.jobs) }),
  linesMax: values.trace ? 100_000 : 80,
  onRun: (_run, soFar) => {
    if (soFar.seedCount % 1000 === 0) console.log(rate(soFar));
  },
});

for (const name of sometimes) console.log(`${String(campaign.counts.get(name) ?? 0).padStart(10)}  ${name}`);
console.log(rate(campaign));
const { failure } = campaign;
const never = campaign.seedCount < 100 ? [] : sometimes.filter((name) => !campaign.counts.has(name));
if (failure !== undefined) report(failure);
if (failure === undefined && never.length > 0) console.log(`never seen: ${never.join(', ')}`);
process.exitCode = failure === undefined && never.length === 0 ? 0 : 1;

function report({ seed, steps, table, violation }: Run): void {
  console.log(`\n${table}\n`);
  console.log(
    `first failing seed: ${seed}, at step ${steps}: ${violation?.invariant}\n  ${violation?.message}`,
  );
  console.log(`replay: npm run simulate -- --first-seed ${seed} --seeds 1 --trace`);
}

function rate({ seedCount, seconds, steps, virtualMs }: Campaign): string {
  const perSecond = (seedCount / seconds).toFixed(1);
  const virtual = (virtualMs / 3_600_000).toFixed(1);
  return `${seedCount} seeds, ${perSecond} a second; ${steps} steps, ${virtual} virtual hours in ${seconds.toFixed(0)} s`;
}
