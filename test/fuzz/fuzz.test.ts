import t from 'tap';
import { readCorpus } from './corpus.ts';
import { FuzzLoop } from './fuzz-loop.ts';
import { loadTarget, targetNames } from './targets/index.ts';

/** Every input that is kept, and new ones for a moment. The long runs are `npm run fuzz`. */

const newInputsMs = 350;
const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
t.comment(`FUZZ_SEED=${seed}`);

for (const name of targetNames) {
  t.test(`${name}: kept inputs, and new ones with seed ${seed}`, async (t) => {
    const target = await loadTarget(name);
    const corpus = readCorpus(name);
    t.equal(target.name, name);
    for (const { name: file, bytes } of corpus) {
      t.ok(bytes.length <= target.inputSizeMax, `${file} fits`);
      await t.resolves(Promise.resolve(target.run(bytes)), `${name}/${file}`);
    }
    const loop = new FuzzLoop(target, { seed, corpus: corpus.map(({ bytes }) => bytes) });
    const deadline = performance.now() + newInputsMs;
    do {
      const found = await loop.feed(loop.next());
      if (found === undefined) continue;
      t.fail(`${found.what}\n${found.stack}`, { input: Buffer.from(found.input).toString('base64') });
      return;
    } while (performance.now() < deadline);
    t.pass(`${loop.figures.inputCount} new inputs`);
  });
}

t.test('the same seed makes the same inputs', async (t) => {
  const target = await loadTarget('mysql-login');
  const inputs = async (): Promise<string[]> => {
    const loop = new FuzzLoop(target, { seed: 7, corpus: [] });
    const made: string[] = [];
    for (let count = 0; count < 200; count++) {
      const input = loop.next();
      made.push(Buffer.from(input).toString('hex'));
      await loop.feed(input);
    }
    return made;
  };
  t.same(await inputs(), await inputs());
});

t.test('a decoder that breaks its promises is found out', async (t) => {
  const broken = {
    name: 'broken',
    inputSizeMax: 100,
    generate: () => Uint8Array.of(1, 2, 3),
    run: (input: Uint8Array): string => String(Buffer.from(input).readUInt32LE(1)),
  };
  const loop = new FuzzLoop(broken, { seed: 1, corpus: [] });
  const found = await loop.feed(Uint8Array.of(1, 2));
  t.match(found?.what, /RangeError/);
  const greedy = { ...broken, run: () => String(new Uint8Array(256 * 1024 * 1024).length) };
  t.match(
    (await new FuzzLoop(greedy, { seed: 1, corpus: [] }).feed(Uint8Array.of(1)))?.what,
    /KiB of memory/,
  );
});
