import t from 'tap';
import { FreshAccounts } from '../../src/accounts/fresh-accounts.ts';

t.test('the leader is asked once for all who wait, and again for who came too late for that', async (t) => {
  const asked: PromiseWithResolvers<void>[] = [];
  const ended: string[] = [];
  const fresh = new FreshAccounts(() => {
    const call = Promise.withResolvers<void>();
    asked.push(call);
    return call.promise;
  });
  const wait = (name: string): Promise<void> => fresh.wait().then(() => void ended.push(name));

  const all = [wait('first'), wait('second'), wait('third')];
  t.equal(asked.length, 1, 'one at a time');
  asked[0]?.resolve();
  await all[0];
  t.strictSame(ended, ['first'], 'the others asked when it was under way');
  t.equal(asked.length, 2);
  asked[1]?.resolve();
  await Promise.all(all);
  t.strictSame(ended, ['first', 'second', 'third']);
  t.equal(asked.length, 2);

  const later = wait('fourth');
  asked[2]?.resolve();
  await later;
  t.equal(asked.length, 3, 'what was known then is old now');
});

t.test('a leader that does not answer holds up one login, and is left alone for a second', async (t) => {
  let now = 0;
  let calls = 0;
  const fresh = new FreshAccounts(
    async () => {
      calls += 1;
      throw new Error('no answer');
    },
    () => now,
  );

  await fresh.wait();
  await fresh.wait();
  now = 999;
  await fresh.wait();
  t.equal(calls, 1);
  now = 1_000;
  await fresh.wait();
  t.equal(calls, 2);
});
