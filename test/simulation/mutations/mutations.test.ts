import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { mutations } from './list.ts';
import { mutate } from './mutation.ts';
import { root, Workshop } from './workshop.ts';

// A busy machine takes several times as long as an idle one.
t.setTimeout(220_000);

t.test('every deliberate bug of the list can still be made', async (t) => {
  for (const mutation of mutations) {
    const source = readFileSync(join(root, mutation.file), 'utf8');
    t.doesNotThrow(() => mutate(source, mutation), mutation.name);
  }
});

t.test('the simulation finds the bugs that it finds soon', async (t) => {
  const workshop = new Workshop();
  t.teardown(() => workshop.close());
  for (const mutation of mutations.filter(({ seedsMax }) => seedsMax <= soonSeeds)) {
    const { failure } = await workshop.run(mutation, 1);
    t.not(failure, undefined, `${mutation.name}: ${failure?.violation?.invariant}, seed ${failure?.seed}`);
  }
});

const soonSeeds = 50;
