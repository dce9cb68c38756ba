import t from 'tap';
import { defaultTimings } from '../src/index.ts';
import {
  accept,
  acknowledgeAll,
  Bench,
  elect,
  electedLeader,
  entry,
  prepare,
  push,
  yes,
} from './replica-bench.ts';

const { electionTimeoutMinMs, electionTimeoutMaxMs, leaseMs, heartbeatMs, transferTimeoutMs } =
  defaultTimings;

t.test('the first member leads a new cluster as soon as one other answers', (t) => {
  const a = new Bench({ self: 'a' });
  a.give({ kind: 'tick' });
  t.equal(a.taken('prepare', 'b').length, 1);
  a.tickAfter(defaultTimings.probeIntervalMs);
  elect(a, 'b');
  t.equal(a.replica.view().role, 'leader');
  t.equal(a.replica.view().term, 1, 'unanswered probes cost no term');
  t.end();
});

t.test('the others wait their turn: the less preferred, the later', (t) => {
  for (const [rank, self] of ['b', 'c'].entries()) {
    const slot = (electionTimeoutMaxMs - electionTimeoutMinMs) / 3;
    for (let seed = 1; seed < 20; seed++) {
      const bench = new Bench({ self, seed });
      bench.give({ kind: 'tick' });
      t.same(bench.take(), []);
      t.ok(bench.wakeAtMs >= electionTimeoutMinMs + slot * (rank + 1), `${self} waits at least`);
      t.ok(bench.wakeAtMs <= electionTimeoutMinMs + slot * (rank + 2), `${self} waits at most`);
    }
  }
  t.end();
});

t.test('votes go to one candidate a term, are on disk first, and are not forgotten by a restart', (t) => {
  const c = new Bench({ self: 'c' });
  c.quickDisk = false;
  c.hear('a', prepare({ term: 5 }));
  t.same(c.take(), [], 'no vote before the fsync');
  c.sync();
  t.match(c.taken('prepare-answer'), [{ granted: true, term: 5 }]);
  c.quickDisk = true;
  c.hear('b', prepare({ term: 5 }));
  t.match(c.taken('prepare-answer'), [{ granted: false }]);
  c.restart();
  c.nowMs += electionTimeoutMinMs;
  c.hear('b', prepare({ term: 5 }));
  t.match(c.taken('prepare-answer'), [{ granted: false }], 'the vote is remembered');
  c.hear('a', prepare({ term: 5 }));
  t.match(c.taken('prepare-answer'), [{ granted: true }], 'the same one may be repeated');
  t.end();
});

t.test('a log that lacks entries gets no vote', (t) => {
  const b = new Bench({ self: 'b' });
  b.hear('a', push({ term: 2, entries: [entry(1, 1), entry(2, 2)] }));
  b.nowMs += electionTimeoutMinMs;
  b.take();
  for (const probe of [true, false]) {
    b.hear('c', prepare({ term: 3, probe, lastLsn: 9, lastTerm: 1 }));
    b.hear('c', prepare({ term: 4, probe, lastLsn: 1, lastTerm: 2 }));
    t.match(b.taken('prepare-answer'), [{ granted: false }, { granted: false }]);
  }
  b.hear('c', prepare({ term: 5, lastLsn: 2, lastTerm: 2 }));
  t.match(b.taken('prepare-answer'), [{ granted: true }]);
  t.end();
});

t.test('who hears a leader votes for nobody else, and keeps its term', (t) => {
  const b = new Bench({ self: 'b' });
  b.hear('a', push({ term: 1 }));
  b.take();
  b.nowMs += electionTimeoutMinMs - 1;
  b.hear('c', prepare({ term: 7, probe: true }));
  b.hear('c', prepare({ term: 7 }));
  t.match(b.taken('prepare-answer'), [
    { granted: false, term: 1 },
    { granted: false, term: 1 },
  ]);
  b.nowMs += 1;
  b.hear('c', prepare({ term: 7 }));
  t.match(b.taken('prepare-answer'), [{ granted: true, term: 7 }]);
  t.end();
});

t.test('a leader that asks for votes itself leads no more: its followers are free at once', (t) => {
  const b = new Bench({ self: 'b' });
  b.hear('a', push({ term: 1 }));
  b.take();
  b.hear('a', prepare({ term: 2, probe: true }));
  t.match(b.taken('prepare-answer'), [{ granted: true }]);
  t.end();
});

t.test('a leader says no to every probe, even when it hears nobody', (t) => {
  const a = electedLeader();
  a.nowMs += electionTimeoutMinMs * 2;
  a.hear('c', prepare({ term: 9, probe: true, lastLsn: 9, lastTerm: 9 }));
  t.match(a.taken('prepare-answer'), [{ granted: false }]);
  t.end();
});

t.test('a leader without a majority loses its lease, then steps down', (t) => {
  const a = electedLeader();
  t.equal(a.replica.view().leaseEndMs, Number.NEGATIVE_INFINITY, 'no lease before a majority answered');
  acknowledgeAll(a, 'b');
  const askedAtMs = a.nowMs;
  t.equal(a.replica.view().leaseEndMs, askedAtMs + leaseMs);
  for (let ms = 0; ms < electionTimeoutMinMs; ms += heartbeatMs) a.tickAfter(heartbeatMs);
  t.equal(a.replica.view().role, 'follower');
  t.equal(a.propose('x').proposal, undefined);
  t.end();
});

t.test('the lease counts from when the leader asked, not from when it was answered', (t) => {
  const a = electedLeader();
  a.take();
  a.tickAfter(heartbeatMs);
  const heartbeat = a.newest('push', 'b');
  const askedAtMs = a.nowMs;
  a.nowMs += 500;
  a.hear('b', accept(heartbeat));
  t.equal(a.replica.view().leaseEndMs, askedAtMs + leaseMs);
  t.end();
});

t.test(
  'a restarted member may have forgotten a lease: alone it neither votes nor campaigns for a while',
  (t) => {
    const a = new Bench({ self: 'a', hardState: { term: 3, votedFor: undefined, joined: true } });
    a.give({ kind: 'tick' });
    const probe = a.newest('prepare', 'b');
    a.hear('b', yes({ ...probe, term: 4 }));
    t.equal(a.replica.view().role, 'pre-candidate', 'itself and b are two of three, but itself is silent');
    a.hear('c', prepare({ term: 9 }));
    t.match(a.taken('prepare-answer'), [{ granted: false, silent: true }]);
    a.nowMs += electionTimeoutMinMs;
    a.hear('c', prepare({ term: 9 }));
    t.match(a.taken('prepare-answer'), [{ granted: true, silent: false }]);
    t.end();
  },
);

t.test('after a restart of all, everybody’s word that nobody leads makes up for the silence', (t) => {
  const hardState = { term: 3, votedFor: undefined, joined: true };
  const a = new Bench({ self: 'a', hardState });
  const others = new Map(['b', 'c'].map((self) => [self, new Bench({ self, hardState, incarnation: 70 })]));
  a.give({ kind: 'tick' });
  for (let turn = 0; turn < 6 && a.replica.view().role !== 'leader'; turn++) {
    const questions = a.sent.splice(0);
    for (const { to, message } of questions) others.get(to)?.hear('a', message);
    for (const [from, other] of others) for (const answer of other.take('a')) a.hear(from, answer);
  }
  t.equal(a.replica.view().role, 'leader');
  t.ok(a.nowMs < electionTimeoutMinMs, 'without waiting');
  t.end();
});

t.test('everybody’s word counts only from processes known when the question was asked', (t) => {
  const a = new Bench({ self: 'a', hardState: { term: 3, votedFor: undefined, joined: true } });
  a.give({ kind: 'tick' });
  const ask = (): { b: ReturnType<typeof yes>; c: ReturnType<typeof yes> } => ({
    b: yes(a.newest('prepare', 'b')),
    c: yes(a.newest('prepare', 'c')),
  });
  const firstRound = ask();
  a.hear('b', { ...firstRound.b, silent: true } as ReturnType<typeof yes>);
  a.hear('c', { ...firstRound.c, silent: true } as ReturnType<typeof yes>);
  t.equal(a.replica.view().role, 'pre-candidate', 'everybody says yes, but may have been restarted since');
  const secondRound = ask();
  a.hear('b', { ...secondRound.b, silent: true, vouched: true } as ReturnType<typeof yes>);
  t.equal(a.replica.view().role, 'pre-candidate', 'a majority isn’t everybody');
  a.hear('c', { ...secondRound.c, silent: true, vouched: true } as ReturnType<typeof yes>);
  t.equal(a.replica.view().role, 'candidate');
  t.match(a.newest('prepare', 'b'), { probe: false, incarnation: 99 });
  t.end();
});

t.test('a vote for everybody’s word is refused by a process that didn’t give it', (t) => {
  const b = new Bench({
    self: 'b',
    hardState: { term: 3, votedFor: undefined, joined: true },
    incarnation: 70,
  });
  b.hear('a', prepare({ term: 4, incarnation: 71 }));
  t.match(b.taken('prepare-answer'), [{ granted: false }], 'that was the process before');
  b.hear('a', prepare({ term: 4, incarnation: 70 }));
  t.match(b.taken('prepare-answer'), [{ granted: true }]);
  t.end();
});

t.test('an answer to an older question doesn’t count', (t) => {
  const a = new Bench({ self: 'a', members: ['a', 'b', 'c', 'd', 'e'] });
  a.give({ kind: 'tick' });
  const old = a.newest('prepare', 'b');
  a.tickAfter(defaultTimings.probeIntervalMs);
  const fresh = a.newest('prepare', 'c');
  a.hear('b', yes(old));
  a.hear('c', yes(fresh));
  t.equal(a.replica.view().role, 'pre-candidate');
  t.end();
});

t.test('a candidate whose term is behind takes over the newer one', (t) => {
  const a = new Bench({ self: 'a' });
  a.give({ kind: 'tick' });
  const probe = a.newest('prepare', 'b');
  a.hear('b', { ...yes(probe), term: 8, granted: false } as ReturnType<typeof yes>);
  t.match(a.replica.view(), { role: 'follower', term: 8 });
  t.end();
});

t.test('a leader of an older term is told so by the answer to its push', (t) => {
  const b = new Bench({ self: 'b', hardState: { term: 5, votedFor: undefined, joined: true } });
  b.hear('a', push({ term: 4 }));
  const answers = b.taken('push-answer');
  t.match(answers, [{ accepted: false, term: 5 }]);
  const a = electedLeader();
  for (const answer of answers) a.hear('b', answer);
  t.match(a.replica.view(), { role: 'follower', term: 5 });
  t.end();
});

t.test('a leader whose disk hangs makes room for another one', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  const hear = (ms: number): void => {
    a.tickAfter(ms);
    acknowledgeAll(a, 'b');
  };
  for (let ms = 0; ms < electionTimeoutMaxMs * 2; ms += heartbeatMs) hear(heartbeatMs);
  t.equal(a.replica.view().role, 'leader', 'nothing to write is no hang');
  a.quickDisk = false;
  a.propose('x');
  for (let ms = 0; ms < electionTimeoutMaxMs; ms += heartbeatMs) hear(heartbeatMs);
  t.equal(a.replica.view().role, 'follower');
  t.end();
});

t.test('a hand-over waits until the target has everything, then gives the lease up for good', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  acknowledgeAll(a, 'c');
  a.propose('x');
  const late = a.taken('push', 'b');
  a.give({ kind: 'transfer', to: 'b' });
  t.same(a.taken('change-leader'), [], 'not yet');
  t.equal(a.propose('y').proposal, undefined, 'nothing more is appended meanwhile');
  for (const each of late) a.hear('b', accept(each));
  t.equal(a.taken('change-leader', 'b').length, 1);
  t.equal(a.replica.view().leaseEndMs, Number.NEGATIVE_INFINITY);
  a.tickAfter(transferTimeoutMs / 2);
  a.hear('c', accept(push({ term: 1, previousLsn: 2, sentAtMs: a.nowMs })));
  a.tickAfter(transferTimeoutMs / 2);
  t.equal(a.replica.view().role, 'follower', 'the target may still wake up: this term is not led again');
  t.end();
});

t.test('a hand-over waits until the leader itself has answered everybody', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  acknowledgeAll(a, 'c');
  a.quickDisk = false;
  a.propose('x');
  for (const to of ['b', 'c']) for (const each of a.taken('push', to)) a.hear(to, accept(each));
  t.equal(a.replica.view().committedLsn, 2);
  a.give({ kind: 'transfer', to: 'b' });
  t.same(a.taken('change-leader'), [], 'what is committed is not on its own disk, and so not applied here');
  a.sync();
  t.equal(a.taken('change-leader', 'b').length, 1);
  t.end();
});

t.test('a hand-over to a member that never catches up is given up', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  a.give({ kind: 'transfer', to: 'c' });
  for (let ms = 0; ms < transferTimeoutMs; ms += heartbeatMs) {
    a.tickAfter(heartbeatMs);
    acknowledgeAll(a, 'b');
  }
  t.match(a.replica.view(), { role: 'leader', transfer: undefined });
  t.equal(a.propose('x').proposal?.length, 1);
  t.end();
});

t.test('the target is elected at once, although its voters have heard a leader', (t) => {
  const b = new Bench({ self: 'b' });
  b.hear('a', push({ term: 1, entries: [entry(1, 1)] }));
  b.take();
  b.hear('c', { kind: 'change-leader', term: 1 });
  t.same(b.take(), [], 'only the leader may ask for that');
  b.hear('a', { kind: 'change-leader', term: 1 });
  const question = b.newest('prepare', 'c');
  t.match(question, { probe: false, transfer: true, term: 2 });
  const c = new Bench({ self: 'c' });
  c.hear('a', push({ term: 1, entries: [entry(1, 1)] }));
  c.take();
  c.hear('b', question);
  t.match(c.taken('prepare-answer'), [{ granted: true, term: 2 }]);
  t.end();
});

t.test('a stopping leader offers leadership to the first live member that isn’t stopping too', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  a.tickAfter(heartbeatMs);
  const heartbeat = a.newest('push', 'c');
  a.hear('b', { ...accept(push({ term: 1, previousLsn: 1, sentAtMs: a.nowMs })), stopping: true } as never);
  a.hear('c', accept(heartbeat));
  acknowledgeAll(a, 'c');
  a.take();
  a.give({ kind: 'stopping', stopping: true });
  t.match(a.replica.view().transfer, { to: 'c' });
  t.end();
});

t.test('a single member leads itself', (t) => {
  const a = new Bench({ self: 'a', members: ['a'] });
  a.give({ kind: 'tick' });
  t.match(a.replica.view(), { role: 'leader', term: 1, leaseEndMs: Infinity });
  a.propose('x');
  t.equal(a.applyLsn, 2);
  t.end();
});
