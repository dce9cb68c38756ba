import t from 'tap';
import type { JoinAnswerMessage } from '../src/index.ts';
import { Bench, entry, push } from './replica-bench.ts';
import { SimulatedDisk } from './simulation/simulated-disk.ts';

t.test(
  'a new server counts when a majority and their leader have answered, also while a member is dead',
  (t) => {
    const bench = caughtUp('d');
    answer(bench, 'b', { term: 3 });
    t.notOk(bench.replica.view().joined, 'one of three is no majority');
    answer(bench, 'a', { term: 3, leader: true, lastLsn: 1, committedLsn: 1 });

    t.ok(bench.replica.view().joined);
    t.strictSame(bench.disk.hardState, { term: 3, votedFor: 'a', joined: true });
    t.notOk(bench.replica.view().members.includes('d'), 'it is no member by that');
    t.end();
  },
);

t.test('a member whose disk was wiped needs the word of everybody', (t) => {
  const bench = caughtUp('c');
  answer(bench, 'a', { term: 3, leader: true, lastLsn: 1, committedLsn: 1 });

  t.notOk(bench.replica.view().joined, 'b and it may have promised something that a knows nothing of');
  answer(bench, 'b', { term: 3 });
  t.ok(bench.replica.view().joined);
  t.end();
});

t.test('a cluster begins although a candidate died before its own disk knew of its term', (t) => {
  const bench = new Bench({
    self: 'c',
    disk: new SimulatedDisk({ joined: false, members: ['a', 'b', 'c'] }),
  });
  bench.give({ kind: 'tick' });
  const blank = { lastLsn: 0, committedLsn: 0 };
  answer(bench, 'b', { ...blank, term: 1, joined: false });
  t.equal(bench.replica.view().term, 1, 'b had heard of the term, and so has c now');
  answer(bench, 'a', { ...blank, term: 1 });
  t.match(bench.replica.view(), { joined: true, term: 2 }, 'in a term in which it can’t have voted');
  t.end();
});

/** Blank, and has the first entry of leader `a` of term 3, committed. */
function caughtUp(self: string): Bench {
  const bench = new Bench({ self, disk: new SimulatedDisk({ joined: false, members: ['a', 'b', 'c'] }) });
  bench.give({ kind: 'tick' });
  bench.hear('a', push({ term: 3, entries: [entry(1, 3)], committedLsn: 1 }));
  return bench;
}

function answer(bench: Bench, from: string, change: Partial<JoinAnswerMessage>): void {
  bench.hear(from, {
    kind: 'join-answer',
    term: 3,
    incarnation: 1,
    joined: true,
    lastLsn: 1,
    committedLsn: 1,
    leader: false,
    ...change,
  });
}
