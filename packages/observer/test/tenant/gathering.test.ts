import t from 'tap';
import { Gathering } from '../../src/tenant/gathering.ts';

t.test('the first entry of a round waits for as many as the last round had', async (t) => {
  const gathering = new Gathering();
  gathering.begin();
  t.equal(gathering.suffices(1), true, 'who comes alone waits for nobody');
  gathering.ended(3);
  gathering.begin();
  t.equal(gathering.suffices(2), false);
  t.equal(gathering.suffices(3), true);
});

t.test('when they did not come, nobody waits for a while, each time twice as long', async (t) => {
  const gathering = new Gathering();
  const roundsWithoutWait = (): number => {
    for (let count = 0; ; count += 1) {
      gathering.begin();
      if (!gathering.suffices(1)) return count;
      gathering.ended(3);
    }
  };
  gathering.ended(3);
  t.equal(roundsWithoutWait(), 0);
  for (const expected of [1, 2, 4, 8, 16, 32, 64, 64]) {
    gathering.missed();
    t.equal(gathering.suffices(1), true, 'what is there goes');
    t.equal(roundsWithoutWait(), expected);
  }
  gathering.reached();
  gathering.missed();
  t.equal(roundsWithoutWait(), 1, 'once they came, it begins anew');
});
