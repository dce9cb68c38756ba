import t from 'tap';
import { LsnStops } from '../../src/tenant/lsn-stops.ts';

/** Looking at a file exactly behind an entry. */

const entries = (...lsns: number[]) => lsns.map((lsn) => ({ lsn }));

t.test('a run of entries is cut behind the one that somebody waits for', async (t) => {
  const stops = new LsnStops();
  t.same(stops.split(entries(5, 6, 7)), [entries(5, 6, 7)]);
  let seen = 0;
  const looked = stops.at(6, { appliedLsn: 4, timeoutMs: 10_000 }, () => {
    seen += 1;
    return 'the state behind 6';
  });
  t.same(stops.split(entries(5, 6, 7)), [entries(5, 6), entries(7)]);
  t.same(stops.split(entries(5, 6)), [entries(5, 6)]);
  stops.reached(5);
  t.equal(seen, 0);
  stops.reached(6);
  t.equal(seen, 1, 'within the call, before anything else is applied');
  t.equal(await looked, 'the state behind 6');
  t.same(stops.split(entries(6, 7)), [entries(6, 7)], 'nobody waits any more');
});

t.test('who is there looks at once; what is over, or doesn’t come, is an error', async (t) => {
  const stops = new LsnStops();
  t.equal(await stops.at(3, { appliedLsn: 3, timeoutMs: 1 }, () => 'now'), 'now');
  await t.rejects(
    stops.at(3, { appliedLsn: 4, timeoutMs: 1 }, () => 'never'),
    { name: 'OB_STATE_NOT_MATCH', details: { appliedLsn: 4 } },
  );
  await t.rejects(
    stops.at(5, { appliedLsn: 4, timeoutMs: 1 }, () => 'never'),
    { name: 'OB_TIMEOUT' },
  );
  t.same(stops.split(entries(5, 6)), [entries(5, 6)]);
});
