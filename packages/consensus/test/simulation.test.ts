import t from 'tap';
import { simulate } from './simulation/simulation.ts';

/** SIMULATION_SEED=n runs that seed alone; SIMULATION_SEEDS=n runs that many, SIMULATION_FIRST_SEED=n from that one on. */
const only = process.env['SIMULATION_SEED'];
const count = Number(process.env['SIMULATION_SEEDS'] ?? 100);
const first = Number(process.env['SIMULATION_FIRST_SEED'] ?? 1);
const seeds =
  only === undefined ? Array.from({ length: count }, (_, index) => first + index) : [Number(only)];

t.test(`no promise is broken in ${seeds.length} simulated clusters with faults`, (t) => {
  const sums: Record<string, number> = {};
  for (const seed of seeds) {
    try {
      for (const [what, times] of Object.entries(simulate(seed))) sums[what] = (sums[what] ?? 0) + times;
    } catch (error) {
      t.comment(`replay with SIMULATION_SEED=${seed}`);
      throw new Error(`seed ${seed} breaks a promise`, { cause: error });
    }
  }
  t.comment(JSON.stringify(sums));
  for (const [what, times] of Object.entries(sums)) {
    t.ok(times > 0 || only !== undefined, `the campaign has seen ${what}`);
  }
  t.end();
});

t.test('the same seed gives the same run', (t) => {
  t.same(simulate(7, 5000), simulate(7, 5000));
  t.end();
});
