import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const directory = fileURLToPath(new URL('../../src/replication/', import.meta.url));
const world =
  /node:(fs|timers)|\b(setTimeout|setInterval|setImmediate|Date\.now|new Date|performance\.|hrtime|process\.)/;

t.test('only the environment knows files, clocks and timers', async (t) => {
  const knowing = readdirSync(directory)
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => world.test(readFileSync(`${directory}${name}`, 'utf8')));

  t.same(knowing, ['system-environment.ts']);
});
