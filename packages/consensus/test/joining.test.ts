import t from 'tap';
import { defaultTimings, encodeMembers, type JoinAnswerMessage, makeEntry } from '../src/index.ts';
import {
  accept,
  acknowledgeAll,
  Bench,
  electedLeader,
  entry,
  type PushAnswer,
  prepare,
  push,
} from './replica-bench.ts';
import { SimulatedDisk } from './simulation/simulated-disk.ts';

const { probeIntervalMs, electionTimeoutMinMs, heartbeatMs } = defaultTimings;

t.test('blank members ask one another, join when all are blank, and elect a leader at once', (t) => {
  const cluster = new Map(['a', 'b', 'c'].map((self) => [self, blank(self)]));
  for (let turn = 0; turn < 20; turn++) {
    for (const [from, bench] of cluster) {
      bench.tickAfter(10);
      for (const { to, message } of bench.sent.splice(0)) cluster.get(to)?.hear(from, message);
    }
  }
  t.equal(cluster.get('a')?.replica.view().role, 'leader', 'after 0.2 s');
  for (const bench of cluster.values()) t.equal(bench.disk.hardState.joined, true);
  t.end();
});

t.test('who is blank waits for everybody, and asks again and again', (t) => {
  const a = blank('a');
  a.give({ kind: 'tick' });
  t.same(
    a.sent.map(({ to, message }) => [to, message.kind]),
    [
      ['b', 'join-request'],
      ['c', 'join-request'],
    ],
  );
  answer(a, 'b', { lastLsn: 0, term: 0 });
  a.take();
  t.equal(a.replica.view().joined, false);
  t.ok(a.wakeAtMs <= a.nowMs + probeIntervalMs);
  a.tickAfter(probeIntervalMs);
  t.equal(a.taken('join-request', 'c').length, 1);
  t.end();
});

t.test('who hasn’t joined votes for nobody and leads nothing, but takes entries', (t) => {
  const c = blank('c');
  c.nowMs = electionTimeoutMinMs * 3;
  c.give({ kind: 'tick' });
  t.match(c.replica.view(), { role: 'follower', joined: false }, 'its turn to campaign is over');
  c.take();
  for (const probe of [true, false]) c.hear('b', prepare({ term: 4, probe }));
  t.match(c.taken('prepare-answer'), [
    { granted: false, term: 0 },
    { granted: false, term: 0 },
  ]);
  c.hear('a', push({ term: 3, entries: [entry(1, 3)] }));
  t.match(c.taken('push-answer'), [{ accepted: true, lsn: 1, joined: false }]);
  t.end();
});

t.test('it joins when what the leader had is committed and on its disk, not earlier', (t) => {
  const c = blank('c');
  c.give({ kind: 'tick' });
  answer(c, 'b', { term: 2 });
  answer(c, 'a', { term: 3, leader: true, lastLsn: 2, committedLsn: 1 });
  c.hear('a', push({ term: 3, entries: [entry(1, 3)], committedLsn: 1 }));
  t.equal(c.replica.view().joined, false, 'entry 2 is missing');
  c.quickDisk = false;
  const second = push({ term: 3, previousLsn: 1, previousTerm: 3, entries: [entry(2, 3)], committedLsn: 2 });
  c.hear('a', second);
  t.equal(c.replica.view().joined, false, 'entry 2 is on its way to the disk');
  c.quickDisk = true;
  c.sync();
  t.equal(c.replica.view().joined, true);
  t.strictSame(
    c.disk.hardState,
    { term: 3, votedFor: 'a', joined: true },
    'and votes for nobody else in this term',
  );
  t.end();
});

t.test('answers to an earlier process, and those of a leader that is deposed, count for nothing', (t) => {
  const c = blank('c');
  c.give({ kind: 'tick' });
  answer(c, 'b', { term: 3, incarnation: 7 });
  answer(c, 'a', { term: 3, leader: true });
  c.hear('a', push({ term: 3, entries: [entry(1, 3)], committedLsn: 1 }));
  t.equal(c.replica.view().joined, false, 'b answered somebody else');
  answer(c, 'b', { term: 4 });
  t.equal(c.replica.view().joined, false, 'a newer term: there may be another leader');
  answer(c, 'b', { term: 4, leader: true, lastLsn: 1 });
  t.equal(c.replica.view().joined, true);
  t.end();
});

t.test('if more than a minority was wiped, nobody pretends that nothing is lost', (t) => {
  const c = blank('c');
  c.give({ kind: 'tick' });
  answer(c, 'b', { term: 3, joined: false });
  answer(c, 'a', { term: 3, leader: true });
  c.hear('a', push({ term: 3, entries: [entry(1, 3)], committedLsn: 1 }));
  t.equal(c.replica.view().joined, false);
  t.end();
});

t.test('a member whose removal isn’t committed yet is asked too, and the word given before is kept', (t) => {
  const c = blank('c');
  c.give({ kind: 'tick' });
  answer(c, 'a', { term: 3, leader: true });
  const payload = encodeMembers(['a', 'c']);
  const removal = makeEntry({ lsn: 2, term: 3, scn: 2n, kind: 'members', payload });
  c.hear('a', push({ term: 3, entries: [entry(1, 3), removal], committedLsn: 1 }));
  t.same(c.replica.view().members, ['a', 'c']);
  t.equal(c.replica.view().joined, false, 'the removal of b may be undone');
  answer(c, 'b', {});
  t.equal(c.replica.view().joined, true);
  c.take();
  c.hear('b', prepare({ term: 4, lastLsn: 2, lastTerm: 3 }));
  t.match(c.taken('prepare-answer'), [{ granted: false, silent: true }]);
  t.end();
});

t.test('a restart doesn’t lose what was joined, nor end what wasn’t', (t) => {
  const c = blank('c');
  c.restart();
  t.equal(c.replica.view().joined, false);
  c.give({ kind: 'tick' });
  for (const from of ['a', 'b']) answer(c, from, { lastLsn: 0, term: 0, incarnation: 2 });
  c.restart();
  t.equal(c.replica.view().joined, true);
  t.end();
});

t.test('a log that was cut below what is applied is filled again', (t) => {
  const disk = new SimulatedDisk({ joined: false, members: ['a', 'b', 'c'] });
  disk.write({ hardState: undefined, truncateAfterLsn: undefined, entries: [entry(1, 1)] });
  const c = new Bench({ self: 'c', disk, appliedLsn: 3 });
  const rest = [entry(2, 1), entry(3, 1), entry(4, 1)];
  c.hear('a', push({ term: 1, previousLsn: 1, previousTerm: 1, entries: rest, committedLsn: 4 }));
  t.equal(c.disk.lastLsn, 4);
  t.equal(c.applyLsn, 4);
  t.end();
});

t.test('a leader counts nobody who hasn’t joined: for commits, the lease, or its majority', (t) => {
  const a = electedLeader();
  const unjoined = (from: string): void => {
    for (const each of a.taken('push', from))
      a.hear(from, { ...(accept(each) as PushAnswer), joined: false });
  };
  unjoined('b');
  unjoined('b');
  t.equal(a.replica.view().followers[0]?.matchLsn, 1);
  t.equal(a.replica.view().committedLsn, 0);
  t.equal(a.replica.view().leaseEndMs, Number.NEGATIVE_INFINITY);
  a.tickAfter(heartbeatMs);
  acknowledgeAll(a, 'b');
  t.equal(a.replica.view().committedLsn, 1, 'what it had before it joined counts, once it has');
  t.end();
});

t.test('nor what an earlier process of a follower had: its disk may be gone', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  a.nowMs += 10;
  a.propose('x');
  const delayed = accept(a.newest('push', 'b')) as PushAnswer;
  a.tickAfter(heartbeatMs);
  const heartbeat = a.newest('push', 'b');
  const wiped = { ...(accept(heartbeat) as PushAnswer), incarnation: 100, joined: false };
  a.hear('b', { ...wiped, accepted: false, lsn: 0, lsnTerm: 0 });
  t.match(a.replica.view().followers[0], { server: 'b', matchLsn: 0, joined: false });
  a.hear('b', delayed);
  t.equal(a.replica.view().committedLsn, 1, 'an acknowledgement of the process before, delayed');
  t.end();
});

t.test(
  'a leader tells only a process that it knows what is to be had, and only once its term has begun',
  (t) => {
    const a = electedLeader();
    const ask = (incarnation: number): JoinAnswerMessage => {
      a.hear('b', { kind: 'join-request', term: 0, incarnation });
      return a.newest('join-answer', 'b');
    };
    t.match(ask(99), { leader: false, term: 1, lastLsn: 1, joined: true });
    acknowledgeAll(a, 'c');
    t.match(ask(99), { leader: false }, 'it may still count what an earlier process had');
    a.tickAfter(heartbeatMs);
    acknowledgeAll(a, 'b');
    t.match(ask(99), { leader: true, incarnation: 99, committedLsn: 1 });
    t.match(ask(100), { leader: false });
    a.hear('x', { kind: 'join-request', term: 0, incarnation: 5 });
    t.match(a.taken('join-answer', 'x'), [{ leader: false, incarnation: 5 }], 'strangers are answered too');
    t.end();
  },
);

function blank(self: string): Bench {
  return new Bench({ self, disk: new SimulatedDisk({ joined: false, members: ['a', 'b', 'c'] }) });
}

function answer(bench: Bench, from: string, change: Partial<JoinAnswerMessage>): void {
  const plain = { term: 3, incarnation: 1, joined: true, lastLsn: 1, committedLsn: 1, leader: false };
  bench.hear(from, { kind: 'join-answer', ...plain, ...change });
}
