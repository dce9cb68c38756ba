import t from 'tap';
import { defaultTimings, type SnapshotMessage } from '../src/index.ts';
import {
  accept,
  acknowledgeAll,
  Bench,
  elect,
  electedLeader,
  entry,
  type PushAnswer,
  prepare,
  push,
} from './replica-bench.ts';
import { SimulatedDisk } from './simulation/simulated-disk.ts';

const { heartbeatMs, electionTimeoutMaxMs } = defaultTimings;
const members = ['a', 'b', 'c'];

t.test('a follower that needs what the leader hasn’t got any more is told so, at heartbeats only', (t) => {
  const a = leaderWithBase();
  const probe = a.newest('push', 'c');
  a.take();
  a.hear('c', refuse(probe, 1));
  t.match(a.taken('snapshot', 'c'), [{ term: 2, lsn: 3, lsnTerm: 1 }]);
  a.tickAfter(heartbeatMs);
  const heartbeat = a.newest('push', 'c');
  t.match(heartbeat, { previousLsn: 3, previousTerm: 1, entries: [] });
  a.hear('c', refuse(heartbeat, 1));
  t.same(a.take('c'), [], 'no ping-pong');
  a.tickAfter(heartbeatMs);
  const again = a.take('c');
  t.same(
    again.map((message) => message.kind),
    ['push', 'snapshot'],
  );
  for (const each of again) if (each.kind === 'push') a.hear('c', accept(each));
  t.match(a.taken('push', 'c')[0]?.entries[0], { lsn: 4 }, 'it has it now, and gets the rest');
  t.end();
});

t.test('a log that is cut under a follower’s feet asks for a snapshot too', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  acknowledgeAll(a, 'c');
  a.propose('x', 'y');
  acknowledgeAll(a, 'b');
  a.take();
  a.disk.truncateBefore(3);
  for (let ms = 0; ms <= electionTimeoutMaxMs; ms += heartbeatMs) {
    a.tickAfter(heartbeatMs);
    acknowledgeAll(a, 'b');
  }
  t.match(a.newest('snapshot', 'c'), { lsn: 3 });
  t.end();
});

t.test('it is asked for once; meanwhile nothing is acknowledged, and nobody campaigns', (t) => {
  const b = withLog(1);
  t.match(b.hear('a', snapshot({})).install, { from: 'a', lsn: 5, term: 2 });
  t.equal(b.hear('a', snapshot({})).install, undefined);
  t.equal(b.replica.view().installing, true);
  b.take();
  b.hear('a', push({ term: 2, previousLsn: 1, previousTerm: 1, entries: [entry(2, 2)] }));
  t.match(b.taken('push-answer'), [{ accepted: false, full: true }]);
  b.nowMs += electionTimeoutMaxMs * 2;
  b.give({ kind: 'tick' });
  t.same(b.take(), []);
  b.hear('a', prepare({ term: 3, lastLsn: 9, lastTerm: 2 }));
  t.match(b.taken('prepare-answer'), [{ granted: true }], 'but it votes');
  t.end();
});

t.test('with the snapshot in place the log goes on after it', (t) => {
  const b = withLog(3);
  b.hear('a', snapshot({}));
  b.disk.reset({ lsn: 6, term: 2, scn: 60n }, ['a', 'b']);
  b.give({ kind: 'installed', lsn: 6, term: 2, scn: 60n, members: ['a', 'b'] });
  t.match(b.replica.view(), {
    lastLsn: 6,
    persistedLsn: 6,
    committedLsn: 6,
    lastScn: 60n,
    members: ['a', 'b'],
  });
  b.take();
  b.hear('a', push({ term: 2, previousLsn: 6, previousTerm: 2, entries: [entry(7, 2)], committedLsn: 7 }));
  t.match(b.taken('push-answer'), [{ accepted: true, lsn: 7, full: false }]);
  t.equal(b.applyLsn, 7);
  b.restart();
  t.match(b.replica.view(), { lastLsn: 7, term: 2 });
  t.end();
});

t.test('one that can’t be had is asked for again; one that isn’t needed never', (t) => {
  const b = withLog(1);
  b.hear('a', snapshot({}));
  b.give({ kind: 'install-failed' });
  t.match(b.hear('a', snapshot({})).install, { lsn: 5 });
  const whole = withLog(5);
  t.equal(whole.hear('a', snapshot({ lsnTerm: 1 })).install, undefined, 'delayed: it has that entry');
  t.equal(withLog(1).hear('a', snapshot({ term: 0 })).install, undefined, 'of a leader that is none');
  t.end();
});

t.test('a follower with a full disk acknowledges what it has, and gets no data until there is room', (t) => {
  const b = withLog(1);
  b.give({ kind: 'disk-full', full: true });
  const both = push({ term: 1, entries: [entry(1, 1), entry(2, 1)], committedLsn: 2 });
  b.hear('a', both);
  t.match(b.taken('push-answer'), [{ accepted: true, lsn: 1, full: true }]);
  t.equal(b.applyLsn, 1);
  b.nowMs += electionTimeoutMaxMs;
  b.hear('c', prepare({ term: 2, lastLsn: 2, lastTerm: 1 }));
  t.match(b.taken('prepare-answer'), [{ granted: true }], 'it votes');

  const a = electedLeader();
  acknowledgeAll(a, 'b');
  acknowledgeAll(a, 'c');
  a.propose('x');
  const full = { ...(accept(a.newest('push', 'c')) as PushAnswer), lsn: 1, full: true };
  a.hear('c', full);
  a.tickAfter(heartbeatMs);
  const heartbeat = a.newest('push', 'c');
  t.match(heartbeat, { previousLsn: 1, entries: [] });
  a.hear('c', { ...full, full: false, previousLsn: 1, sentAtMs: heartbeat.sentAtMs });
  t.match(a.taken('push', 'c'), [{ previousLsn: 1, entries: [{ lsn: 2 }] }]);
  t.end();
});

t.test('a leader without room takes no proposals, and hands over to one who has it', (t) => {
  const a = electedLeader();
  acknowledgeAll(a, 'b');
  const full = (from: string): void => {
    for (const each of a.taken('push', from)) a.hear(from, { ...(accept(each) as PushAnswer), full: true });
  };
  full('b');
  a.tickAfter(heartbeatMs);
  full('b');
  a.give({ kind: 'disk-full', full: true });
  t.equal(a.propose('x').proposal, undefined);
  t.equal(a.replica.view().transfer, undefined, 'b has none either, and c wasn’t heard');
  acknowledgeAll(a, 'c');
  a.tickAfter(heartbeatMs);
  t.match(a.replica.view().transfer, { to: 'c' });
  t.end();
});

t.test(
  'a leader that lags offers leadership to one that doesn’t, a stopping one even to one that lags',
  (t) => {
    const offers = (own: 'lagging' | 'stopping', theirs: Partial<PushAnswer>): string | undefined => {
      const a = electedLeader();
      for (const each of a.taken('push', 'b')) a.hear('b', { ...(accept(each) as PushAnswer), ...theirs });
      for (const each of a.taken('push', 'b')) a.hear('b', { ...(accept(each) as PushAnswer), ...theirs });
      if (own === 'lagging') a.give({ kind: 'lagging', lagging: true });
      else a.give({ kind: 'stopping', stopping: true });
      return a.replica.view().transfer?.to;
    };
    t.equal(offers('lagging', {}), 'b');
    t.equal(offers('lagging', { lagging: true }), undefined);
    t.equal(offers('stopping', { lagging: true }), 'b');
    t.equal(offers('stopping', { full: true }), 'b');
    t.equal(offers('stopping', { stopping: true }), undefined);
    t.end();
  },
);

function leaderWithBase(): Bench {
  const disk = new SimulatedDisk({ joined: true, members });
  disk.write({
    hardState: { term: 1, votedFor: undefined, joined: true },
    truncateAfterLsn: undefined,
    entries: [entry(1, 1), entry(2, 1), entry(3, 1)],
  });
  disk.truncateBefore(3);
  const a = new Bench({ self: 'a', disk, appliedLsn: 3 });
  a.tickAfter(electionTimeoutMaxMs);
  elect(a, 'b');
  return a;
}

function withLog(count: number): Bench {
  const b = new Bench({ self: 'b' });
  const entries = Array.from({ length: count }, (_, index) => entry(index + 1, 1));
  b.hear('a', push({ term: 1, entries, committedLsn: Math.min(1, count) }));
  b.take();
  return b;
}

function snapshot(change: Partial<SnapshotMessage>): SnapshotMessage {
  return { kind: 'snapshot', term: 2, lsn: 5, lsnTerm: 2, ...change };
}

function refuse(asked: Parameters<typeof accept>[0], lsn: number): PushAnswer {
  return { ...(accept(asked) as PushAnswer), accepted: false, lsn, lsnTerm: 1 };
}
