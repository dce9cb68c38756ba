import t from 'tap';
import { checkTimings, defaultTimings, oceanBaseTimings, Replica } from '../src/index.ts';
import { accept, acknowledgeAll, Bench, elect, electedLeader, entry, push } from './replica-bench.ts';
import { SimulatedDisk } from './simulation/simulated-disk.ts';

t.test('a leader commits what a majority has on disk, its own disk included', (t) => {
  const a = electedLeader();
  a.quickDisk = false;
  acknowledgeAll(a, 'b');
  a.propose('x', 'y');
  const sent = a.newest('push', 'b');
  t.equal(sent?.entries.length, 2, 'two proposals go out in one push, before the own fsync');
  a.hear('b', accept(push({ term: 1, previousLsn: 1, entries: [entry(2, 1), entry(3, 1)] })));
  t.equal(a.replica.view().committedLsn, 1, 'one disk of three is no majority');
  a.sync();
  t.equal(a.applyLsn, 3);
  t.end();
});

t.test('two other disks commit without the leader’s own, but it applies only what it has', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  a.quickDisk = false;
  a.propose('x');
  for (const from of ['b', 'c'])
    a.hear(from, accept(push({ term: 1, previousLsn: 1, entries: [entry(2, 1)] })));
  t.equal(a.replica.view().committedLsn, 2);
  t.equal(a.applyLsn, 1);
  a.sync();
  t.equal(a.applyLsn, 2);
  t.end();
});

t.test('an entry of an earlier term is committed only by one of the own term (Raft, figure 8)', (t) => {
  const disk = new SimulatedDisk();
  disk.write({
    hardState: { term: 2, votedFor: 'a', joined: true },
    truncateAfterLsn: undefined,
    entries: [entry(1, 1), entry(2, 2)],
  });
  const a = new Bench({ self: 'a', disk, hardState: { term: 3, votedFor: undefined, joined: true } });
  a.tickAfter(3000);
  elect(a, 'b');
  t.equal(a.replica.view().role, 'leader');
  a.hear('b', accept(push({ term: 4, previousLsn: 2, entries: [] })));
  t.equal(a.replica.view().committedLsn, 0, 'entry 2 is on two disks, but of term 2');
  a.hear('b', accept(push({ term: 4, previousLsn: 2, entries: [entry(3, 4)] })));
  t.equal(a.replica.view().committedLsn, 3);
  t.end();
});

t.test('a follower acknowledges after its fsync, never before', (t) => {
  const b = new Bench({ self: 'b' });
  b.quickDisk = false;
  b.hear('a', push({ entries: [entry(1, 1)] }));
  t.same(b.taken('push-answer'), []);
  b.sync();
  t.match(b.taken('push-answer'), [{ accepted: true, lsn: 1 }]);
  t.equal(b.disk.hardState.term, 1, 'the term is on disk as well');
  t.end();
});

t.test('a follower applies what is committed and on its own disk', (t) => {
  const b = new Bench({ self: 'b' });
  b.quickDisk = false;
  b.hear('a', push({ entries: [entry(1, 1), entry(2, 1)], committedLsn: 2 }));
  t.equal(b.applyLsn, 0);
  b.sync();
  t.equal(b.applyLsn, 2);
  t.end();
});

t.test('a commit point beyond what was compared is not believed', (t) => {
  const b = new Bench({ self: 'b' });
  b.hear('a', push({ term: 1, entries: [entry(1, 1), entry(2, 1)] }));
  b.hear('c', push({ term: 2, previousLsn: 1, previousTerm: 1, committedLsn: 2 }));
  t.equal(b.replica.view().committedLsn, 1, 'entry 2 may be another one there');
  t.end();
});

t.test('a gap is refused with a hint, a contradiction is cut off', (t) => {
  const b = new Bench({ self: 'b' });
  b.hear('a', push({ entries: [entry(1, 1), entry(2, 1), entry(3, 1)] }));
  b.take();
  b.hear('c', push({ term: 3, previousLsn: 5, previousTerm: 2 }));
  t.match(b.taken('push-answer'), [{ accepted: false, lsn: 3, lsnTerm: 1, previousLsn: 5 }]);
  b.hear('c', push({ term: 3, previousLsn: 3, previousTerm: 2, entries: [entry(4, 3)] }));
  t.match(
    b.taken('push-answer'),
    [{ accepted: false, lsn: 3, lsnTerm: 1 }],
    'there is an entry 3, but another one',
  );
  b.hear('c', push({ term: 3, previousLsn: 1, previousTerm: 1, entries: [entry(2, 2), entry(3, 3)] }));
  t.match(b.taken('push-answer'), [{ accepted: true, lsn: 3 }]);
  t.same(
    b.disk.log.map((each) => each.term),
    [1, 2, 3],
  );
  b.hear('c', push({ term: 3, previousLsn: 1, previousTerm: 1, entries: [entry(2, 2)] }));
  t.equal(b.disk.lastLsn, 3, 'an old push, doubled, cuts nothing');
  t.end();
});

t.test('a leader finds where a follower’s log agrees, then sends the rest in bounded pushes', (t) => {
  const a = electedLeader({ pushSizeMax: 100, pushesInFlightMax: 3 });
  for (let index = 0; index < 20; index++) a.propose(`${index}`.padStart(40, '.'));
  const probes = a.taken('push', 'c');
  t.ok(
    probes.every((probe) => probe.entries.length === 0),
    'nothing is sent ahead while it is unknown',
  );
  const probe = probes[0] as (typeof probes)[number];
  a.hear('c', { ...accept(probe), kind: 'push-answer', accepted: true, lsn: 0 } as ReturnType<typeof accept>);
  const window = a.taken('push', 'c').filter((each) => each.entries.length > 0);
  t.equal(window.length, 3, 'three pushes wait for their answer, no more');
  t.ok(window.every((each) => each.entries.reduce((sum, { bytes }) => sum + bytes.length, 0) <= 100));
  for (const each of window) a.hear('c', accept(each));
  acknowledgeAll(a, 'c');
  t.equal(a.replica.view().followers.find((each) => each.server === 'c')?.matchLsn, 21);
  t.equal(a.applyLsn, 21);
  t.end();
});

t.test('a lost push is sent again after the next heartbeat shows the gap', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  a.propose('lost');
  a.take();
  a.tickAfter(200);
  const heartbeat = a.newest('push', 'b');
  t.equal(heartbeat?.previousLsn, 2);
  const refusal = {
    ...accept(push({ previousLsn: 2, sentAtMs: a.nowMs })),
    accepted: false,
    lsn: 1,
    lsnTerm: 1,
  };
  a.hear('b', refusal as ReturnType<typeof accept>);
  acknowledgeAll(a, 'b');
  t.equal(a.applyLsn, 2);
  t.end();
});

t.test('a follower that is away gets no entries until it answers again', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  acknowledgeAll(a, 'c');
  for (let ms = 0; ms <= defaultTimings.electionTimeoutMinMs; ms += defaultTimings.heartbeatMs) {
    a.tickAfter(defaultTimings.heartbeatMs);
    acknowledgeAll(a, 'b');
  }
  a.take();
  a.propose('x');
  t.same(
    a.taken('push', 'c').flatMap((each) => each.entries),
    [],
  );
  a.tickAfter(defaultTimings.heartbeatMs);
  acknowledgeAll(a, 'c');
  t.equal(a.replica.view().followers.find((each) => each.server === 'c')?.matchLsn, 2);
  t.end();
});

t.test('a follower whose disk was wiped gets everything again; an old refusal is not taken for that', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  a.nowMs += 10;
  a.propose('x', 'y');
  acknowledgeAll(a, 'b');
  const refusal = { ...accept(push({ previousLsn: 3, sentAtMs: 0 })), accepted: false, lsn: 0, lsnTerm: 0 };
  a.hear('b', refusal as ReturnType<typeof accept>);
  t.same(a.taken('push', 'b'), [], 'it was sent before the acknowledged push');
  a.tickAfter(200);
  const heartbeat = a.newest('push', 'b');
  a.hear('b', { ...refusal, sentAtMs: heartbeat.sentAtMs } as ReturnType<typeof accept>);
  t.equal(a.replica.view().followers.find((each) => each.server === 'b')?.matchLsn, 0);
  t.equal(a.replica.view().committedLsn, 3, 'what is committed stays committed');
  const probe = a.newest('push', 'b');
  t.equal(probe.previousLsn, 0);
  a.hear('b', accept(probe));
  t.match(a.newest('push', 'b').entries, [{ lsn: 1 }, { lsn: 2 }, { lsn: 3 }]);
  t.end();
});

t.test('a report about an entry that was cut off since counts for nothing', (t) => {
  const b = new Bench({ self: 'b' });
  b.hear('a', push({ entries: [entry(1, 1)] }));
  b.quickDisk = false;
  b.hear('a', push({ previousLsn: 1, previousTerm: 1, entries: [entry(2, 1)] }));
  b.hear('c', push({ term: 2, previousLsn: 1, previousTerm: 1, entries: [entry(2, 2)], committedLsn: 2 }));
  b.give({ kind: 'persisted', lsn: 2, term: 1 });
  t.equal(b.applyLsn, 1);
  b.give({ kind: 'persisted', lsn: 2, term: 2 });
  t.equal(b.applyLsn, 2);
  t.end();
});

t.test('followers learn of a commit without another push, soon', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  a.take();
  t.ok(a.wakeAtMs <= a.nowMs + defaultTimings.commitNoticeMs);
  a.tickAfter(defaultTimings.commitNoticeMs);
  t.match(a.taken('committed', 'b'), [{ committedLsn: 1 }]);
  t.end();
});

t.test(
  'a follower that was slower than the majority learns of the commit as soon as it has the entry',
  (t) => {
    const a = electedLeader();
    acknowledgeAll(a, 'b');
    acknowledgeAll(a, 'c');
    a.tickAfter(defaultTimings.commitNoticeMs);
    a.propose('x');
    acknowledgeAll(a, 'b');
    a.tickAfter(defaultTimings.commitNoticeMs);
    t.match(a.taken('committed', 'b').at(-1), { committedLsn: 2 });
    acknowledgeAll(a, 'c');
    a.tickAfter(defaultTimings.commitNoticeMs);
    t.match(a.taken('committed', 'c').at(-1), { committedLsn: 2 }, 'not at the next heartbeat only');
    t.end();
  },
);

t.test('while pushes carry the commit point nothing else does', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  acknowledgeAll(a, 'c');
  a.tickAfter(defaultTimings.commitNoticeMs);
  a.take();
  for (let count = 0; count < 10; count++) {
    a.propose(`entry ${count}`);
    acknowledgeAll(a, 'b');
    acknowledgeAll(a, 'c');
    a.tickAfter(defaultTimings.commitNoticeMs - 1);
  }
  t.equal(a.taken('committed', 'b').length, 0);
  t.end();
});

t.test('what an earlier process of the leader sent renews no lease of the next one', (t) => {
  const b = new Bench({ self: 'b' });
  b.hear('a', push({ term: 2, entries: [entry(1, 2)] }));
  b.take();
  b.hear('a', push({ term: 1, sentAtMs: 1e9 }));
  const refusal = b.newest('push-answer', 'a');
  t.equal(refusal.term, 2, 'it is told of the term');

  const a = electedLeader();
  const asked = a.newest('push', 'b');
  a.hear('b', { ...accept(asked), joined: true } as typeof refusal);
  const { leaseEndMs } = a.replica.view();
  t.equal(leaseEndMs, asked.sentAtMs + defaultTimings.leaseMs);
  a.hear('b', { ...refusal, term: 1, incarnation: 99 });
  t.equal(a.replica.view().leaseEndMs, leaseEndMs);
  t.end();
});

t.test('SCNs grow even if the clock goes back', (t) => {
  const a = electedLeader();
  a.nowMs = 1000;
  const first = a.propose('x').proposal?.[0]?.scn ?? 0n;
  a.nowMs = 500;
  const second = a.propose('y').proposal?.[0]?.scn ?? 0n;
  t.ok(second > first);
  t.end();
});

t.test('a lease longer than the promise it rests on is refused', (t) => {
  const timings = { ...defaultTimings, leaseMs: 1600 };
  t.throws(() => new Bench({ self: 'a', timings }), { name: 'OB_INVALID_CONFIG' });
  t.type(new Bench({ self: 'a' }).replica, Replica);
  t.equal(checkTimings(oceanBaseTimings), oceanBaseTimings);
  t.end();
});

t.test('a leader that this member’s list doesn’t have yet is heard all the same', (t) => {
  const b = new Bench({ self: 'b' });
  b.hear('x', push({ term: 9, entries: [entry(1, 9)] }));
  t.match(b.replica.view(), { term: 9, leader: 'x', lastLsn: 1 });
  t.end();
});
