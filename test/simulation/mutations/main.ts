import { parseArgs } from 'node:util';
import { mutations } from './list.ts';
import { Workshop } from './workshop.ts';

/**
 * npm run mutations -- [--only PART-OF-NAME] [--jobs J]
 *
 * Makes one deliberate bug after the other in a copy of the sources and lets the simulation look for it. Ends with 1
 * if one isn't found within its seeds.
 */
const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, jobs: { type: 'string' } },
});
const jobs = values.jobs === undefined ? undefined : Number(values.jobs);
const wanted = mutations.filter(({ name }) => name.includes(values.only));
if (wanted.length === 0) throw new Error(`--only: no mutation has "${values.only}" in its name`);
const workshop = new Workshop();
let missed = 0;
try {
  console.log('| Mutation | Found by | Seeds it took |\n| --- | --- | --- |');
  for (const mutation of wanted) {
    const { failure } = await workshop.run(mutation, jobs);
    if (failure === undefined) missed += 1;
    const found = failure?.violation?.invariant ?? '**not found**';
    const took = failure === undefined ? `more than ${mutation.seedsMax}` : String(failure.seed);
    console.log(`| ${mutation.name} | ${found} | ${took} |`);
  }
} finally {
  workshop.close();
}
process.exitCode = missed === 0 ? 0 : 1;
