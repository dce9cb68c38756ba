import t from 'tap';
import { decodeMembers, defaultTimings, encodeMembers, makeEntry } from '../src/index.ts';
import { accept, acknowledgeAll, Bench, electedLeader, entry, prepare, push } from './replica-bench.ts';
import { SimulatedDisk } from './simulation/simulated-disk.ts';

const { heartbeatMs, electionTimeoutMinMs, electionTimeoutMaxMs } = defaultTimings;

t.test('a new server is filled first, and becomes a member by itself when it is in sync', (t) => {
  const a = leaderHeardByAll();
  t.equal(a.give({ kind: 'change-members', add: 'd' }).membership, 'started');
  t.match(a.replica.view(), { members: ['a', 'b', 'c'], learners: ['d'] });
  a.propose('x');
  acknowledgeAll(a, 'b');
  t.equal(a.applyLsn, 2, 'it doesn’t count yet');
  acknowledgeAll(a, 'd');
  t.match(a.replica.view(), { members: ['a', 'b', 'c', 'd'], learners: [] });
  t.equal(a.disk.entry(3)?.kind, 'members');
  t.equal(a.applyLsn, 2, 'two of four are no majority');
  acknowledgeAll(a, 'b');
  t.equal(a.applyLsn, 3);
  t.end();
});

t.test('one that doesn’t catch up, or hasn’t joined, is none, and can be given up', (t) => {
  const a = leaderHeardByAll();
  a.give({ kind: 'change-members', add: 'd' });
  const unjoined = { ...accept(a.newest('push', 'd')), joined: false };
  a.hear('d', unjoined as ReturnType<typeof accept>);
  t.same(a.replica.view().learners, ['d']);
  t.equal(a.give({ kind: 'change-members', add: 'e' }).membership, 'OB_EAGAIN', 'one at a time');
  t.equal(a.give({ kind: 'change-members', add: 'd' }).membership, 'started', 'it is under way');
  t.equal(a.give({ kind: 'change-members', remove: 'd' }).membership, 'started');
  t.match(a.replica.view(), { members: ['a', 'b', 'c'], learners: [] });
  t.end();
});

t.test('a member is removed by an entry that the others commit', (t) => {
  const a = leaderHeardByAll();
  t.equal(a.give({ kind: 'change-members', remove: 'c' }).membership, 'started');
  t.same(a.replica.view().members, ['a', 'b']);
  acknowledgeAll(a, 'c');
  t.equal(a.applyLsn, 1, 'its word counts no more');
  t.same(
    a.taken('push', 'c').flatMap((each) => each.entries),
    [],
    'and it isn’t told before that is sure',
  );
  t.equal(a.give({ kind: 'change-members', remove: 'b' }).membership, 'OB_EAGAIN');
  acknowledgeAll(a, 'b');
  t.equal(a.applyLsn, 2);
  a.tickAfter(heartbeatMs);
  acknowledgeAll(a, 'c');
  t.equal(a.replica.view().followers.find((each) => each.server === 'c')?.matchLsn, 2, 'now it is');
  a.tickAfter(heartbeatMs);
  t.same(a.taken('push', 'c'), [], 'and then it is left alone');
  t.end();
});

t.test('what can’t be done is refused with a reason', (t) => {
  const follower = new Bench({ self: 'b' });
  t.equal(follower.give({ kind: 'change-members', add: 'd' }).membership, 'OB_NOT_MASTER');
  const early = electedLeader();
  t.equal(
    early.give({ kind: 'change-members', add: 'd' }).membership,
    'OB_EAGAIN',
    'the term has only begun',
  );
  const a = leaderHeardByAll();
  const ask = (change: { add?: string; remove?: string }): unknown =>
    a.give({ kind: 'change-members', ...change }).membership;
  t.equal(ask({}), 'OB_INVALID_ARGUMENT');
  t.equal(ask({ add: 'd', remove: 'c' }), 'OB_INVALID_ARGUMENT');
  t.equal(ask({ add: 'b' }), 'OB_ENTRY_EXIST');
  t.equal(ask({ remove: 'd' }), 'OB_ENTRY_NOT_EXIST');
  t.equal(ask({ remove: 'a' }), 'OB_OP_NOT_ALLOW', 'the leader itself');
  a.take();
  for (let ms = 0; ms < heartbeatMs * 4; ms += heartbeatMs) {
    a.tickAfter(heartbeatMs);
    acknowledgeAll(a, 'b');
  }
  t.equal(ask({ remove: 'b' }), 'OB_OP_NOT_ALLOW', 'c is away, and a alone would be no majority of two');
  t.equal(ask({ remove: 'c' }), 'started');
  t.end();
});

t.test('a list is in force when it is in the log, and not any more when it is cut off', (t) => {
  const b = new Bench({ self: 'b' });
  const add = members(2, 1, ['a', 'b', 'c', 'd']);
  b.hear('a', push({ term: 1, entries: [entry(1, 1), add] }));
  t.same(b.replica.view().members, ['a', 'b', 'c', 'd']);
  b.hear('c', push({ term: 2, previousLsn: 1, previousTerm: 1, entries: [entry(2, 2)] }));
  t.same(b.replica.view().members, ['a', 'b', 'c']);
  b.hear('c', push({ term: 2, previousLsn: 2, previousTerm: 2, entries: [members(3, 2, ['b', 'c'])] }));
  b.restart();
  t.same(b.replica.view().members, ['b', 'c'], 'a restart finds it again');
  t.end();
});

t.test('who is removed campaigns no more, but votes where it is asked', (t) => {
  const c = new Bench({ self: 'c' });
  c.hear('a', push({ term: 1, entries: [entry(1, 1), members(2, 1, ['a', 'b'])] }));
  c.take();
  c.nowMs += electionTimeoutMaxMs * 2;
  c.give({ kind: 'tick' });
  t.same(c.take(), []);
  t.match(c.replica.view(), { role: 'follower', leader: undefined });
  c.hear('b', prepare({ term: 2, lastLsn: 2, lastTerm: 1 }));
  t.match(c.taken('prepare-answer'), [{ granted: true }]);
  t.end();
});

t.test('a removed member that doesn’t know it yet disturbs nobody who has a leader', (t) => {
  const b = new Bench({ self: 'b' });
  b.hear('a', push({ term: 1, entries: [entry(1, 1), members(2, 1, ['a', 'b'])] }));
  b.take();
  b.nowMs += electionTimeoutMinMs - 1;
  b.hear('c', prepare({ term: 2, probe: true, lastLsn: 1, lastTerm: 1 }));
  t.match(b.taken('prepare-answer'), [{ granted: false, term: 1 }]);
  t.end();
});

t.test('leadership isn’t handed to a learner', (t) => {
  const a = leaderHeardByAll();
  a.give({ kind: 'change-members', add: 'd' });
  a.give({ kind: 'transfer', to: 'd' });
  t.equal(a.replica.view().transfer, undefined);
  t.end();
});

t.test('a list survives its encoding, and anything else is refused', (t) => {
  t.same(decodeMembers(encodeMembers(['a', 'b'])), ['a', 'b']);
  for (const text of ['{}', '[1]', 'x']) {
    t.throws(() => decodeMembers(new TextEncoder().encode(text)), { name: 'OB_INVALID_LOG' });
  }
  t.same(new SimulatedDisk().memberLists(), []);
  t.end();
});

function leaderHeardByAll(): Bench {
  const a = electedLeader();
  for (const from of ['b', 'c']) acknowledgeAll(a, from);
  return a;
}

function members(lsn: number, term: number, list: readonly string[]): ReturnType<typeof entry> {
  return makeEntry({ lsn, term, scn: BigInt(lsn), kind: 'members', payload: encodeMembers(list) });
}
