import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { GrantedItems } from '../src/index.ts';

t.test('no item goes without room for it, whatever is granted', async (t) => {
  let madeCount = 0;
  async function* source(): AsyncGenerator<number> {
    for (;;) yield madeCount++;
  }
  const items = new GrantedItems(source(), 2);
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const item of items.granted()) seen.push(item);
  })();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  };

  await settle();
  t.same(seen, [0, 1]);
  items.grant(0);
  await settle();
  t.same(seen, [0, 1], 'a grant of nothing');
  items.grant(100);
  await settle();
  t.same(seen, [0, 1, 2, 3], 'never more than the window');
  items.cancel();
  await reading;
  t.equal(madeCount, 4);
});
