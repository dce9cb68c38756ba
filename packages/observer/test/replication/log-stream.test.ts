import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeEntry } from '@sealane/consensus';
import { isObError, type ObError } from '@sealane/errors';
import t, { type Test } from 'tap';
import { type LogFiles, LogStream } from '../../src/replication/index.ts';
import { systemEnvironment } from '../../src/replication/system-environment.ts';
import { bytes, StreamCluster, testTimings } from './stream-cluster.ts';

const [first, second, third] = ['127.0.0.1:2882', '127.0.0.1:3882', '127.0.0.1:4882'] as const;

t.test('what is proposed on the leader is applied on every member, in order, once', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  t.equal(leader.role().leader, first, 'the first member leads a new cluster');
  const texts = Array.from({ length: 50 }, (_, index) => `entry ${index}`);
  const results = await Promise.all(texts.map((text) => leader.propose(bytes(text))));
  t.same(
    results.map((each) => each.lsn),
    texts.map((_, index) => index + 2),
    'after the no-op entry, without a gap',
  );
  t.same(cluster.texts(first), texts, 'applied here when the promise is fulfilled');
  for (const server of cluster.members) {
    await cluster.waitFor(`${server} has everything`, () => cluster.texts(server).length === texts.length);
    t.same(cluster.texts(server), texts);
    t.same(
      cluster.record(server).applied.map((entry) => entry.lsn),
      Array.from({ length: 51 }, (_, index) => index + 1),
    );
  }
  t.ok(
    cluster
      .record(first)
      .applied.slice(1)
      .every((entry) => entry.local),
  );
  t.ok(cluster.record(second).applied.every((entry) => !entry.local));
});

t.test('a log stream ends once, and leaves its disk alone after that', async (t) => {
  const cluster = await makeCluster(t);
  await cluster.leader();
  const files: LogFiles = {
    ...systemEnvironment.files,
    rename: async (from, to) => {
      renamed.push(to);
      await systemEnvironment.files.rename(from, to);
    },
  };
  const renamed: string[] = [];
  await cluster.stop(third);
  const stream = await cluster.start(third, { environment: { ...systemEnvironment, files } });
  await cluster.waitFor('its leader', () => stream.role().leader);
  renamed.length = 0;

  const ends = [stream.stop(), stream.stop()];

  t.equal(ends[0], ends[1], 'who asks again waits for the same end');
  await Promise.all(ends);
  t.equal(renamed.length, 1, 'the mark of a clean stop is written by one of them');
});

t.test('a state machine that calls the log stream back gets no entry twice', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  await cluster.stop(third);
  await Promise.all(Array.from({ length: 20 }, (_, index) => leader.propose(bytes(`${index}`))));
  const record = cluster.record(third);
  record.applied.length = 0;
  let late: LogStream | undefined;
  late = await cluster.start(third, {
    appliedLsn: 0,
    apply: (entry) => {
      // Longer than a turn of applying: the next one comes out of a timer, not out of a message.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 12);
      late?.setPriority({ stopping: false });
      record.applied.push(entry);
    },
  });

  await cluster.waitFor('everything', () => record.applied.at(-1)?.lsn === leader.status().endLsn);

  const lsns = record.applied.map((entry) => entry.lsn);
  t.same(lsns, [...new Set(lsns)]);
});

t.test('many proposals share an fsync and a message', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  const syncs = leader.status().sync.syncCount;
  const messages = cluster.messageCount;
  await Promise.all(Array.from({ length: 200 }, (_, index) => leader.propose(bytes(`${index}`))));
  t.ok(leader.status().sync.syncCount - syncs <= 3, 'few fsyncs');
  t.ok(cluster.messageCount - messages < 50, 'few messages');
});

t.test('a follower acknowledges what it writes before it applies what came with it', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'log-stream-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const events: string[] = [];
  let acknowledged = Promise.withResolvers<void>();
  const stream = new LogStream({
    ...{ tenantId: 1002, lsId: 1001, self: second, members: [first, second, third] },
    ...{ directory, appliedLsn: 0, timings: testTimings },
    send: (_to, message) => {
      if (message.kind !== 'push-answer') return;
      events.push(`acknowledged ${message.lsn}`);
      // What follows in the same turn is to be seen as well.
      setImmediate(() => acknowledged.resolve());
    },
    apply: ({ lsn }) => events.push(`applied ${lsn}`),
    onRoleChange: () => undefined,
  });
  await stream.start();
  t.teardown(() => stream.stop());
  for (const lsn of [1, 2, 3]) {
    acknowledged = Promise.withResolvers();
    const entry = makeEntry({ lsn, term: 1, scn: BigInt(lsn), kind: 'data', payload: bytes(`${lsn}`) });
    const before = { previousLsn: lsn - 1, previousTerm: Math.min(lsn - 1, 1), committedLsn: lsn - 1 };
    stream.receive(first, { kind: 'push', term: 1, ...before, sentAtMs: lsn, entries: [entry] });
    await acknowledged.promise;
  }
  t.same(events, ['acknowledged 1', 'acknowledged 2', 'applied 1', 'acknowledged 3', 'applied 2']);
});

t.test('a follower refuses proposals, and names the leader', async (t) => {
  const cluster = await makeCluster(t);
  await cluster.leader();
  const follower = cluster.stream(second);
  t.equal(await cluster.waitFor('its leader', () => follower.role().leader), first);
  await t.rejects(follower.propose(bytes('x')), { name: 'OB_NOT_MASTER', details: { leader: first } });
  await t.rejects(follower.transferTo(third), { name: 'OB_NOT_MASTER' });
});

t.test(
  'a killed leader is replaced, nothing acknowledged is lost, and it catches up after its return',
  async (t) => {
    const cluster = await makeCluster(t);
    const old = await cluster.leader();
    await old.propose(bytes('before'));
    await cluster.kill(first);
    const next = await cluster.leader();
    t.equal(next.role().leader, second, 'the next in the order of preference');
    await next.propose(bytes('after'));
    await cluster.start(first);
    await cluster.waitFor('it caught up', () => cluster.texts(first).length === 2);
    for (const server of cluster.members) {
      await cluster.waitFor('all have it', () => cluster.texts(server).length === 2);
      t.same(cluster.texts(server), ['before', 'after']);
    }
  },
);

t.test(
  'a proposal whose leader loses its majority ends as unknown, and the roles are told first',
  async (t) => {
    const cluster = await makeCluster(t);
    const leader = await cluster.leader();
    cluster.cutOff.add(first);
    const roles = cluster.record(first).roles;
    const outcome = await leader.propose(bytes('lost or not')).then(
      () => 'applied',
      (error: ObError) => ({ name: error.name, roleThen: roles.at(-1)?.role }),
    );
    t.same(outcome, { name: 'OB_TRANS_UNKNOWN', roleThen: 'FOLLOWER' });
    await t.rejects(leader.propose(bytes('x')), { name: 'OB_NOT_MASTER' });
    const next = await cluster.leader();
    await next.propose(bytes('kept'));
    cluster.cutOff.clear();
    await cluster.waitFor('the old leader follows', () => cluster.texts(first).includes('kept'));
    t.same(cluster.texts(first), ['kept'], 'its own entry was replaced');
  },
);

t.test('a leader stops serving before another one can begin', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  cluster.cutOff.add(first);
  await cluster.waitFor('the lease ends', () => !leader.role().serving);
  t.ok([second, third].every((server) => cluster.stream(server).role().role === 'FOLLOWER'));
  t.ok(cluster.record(first).roles.some((report) => report.role === 'LEADER' && report.serving));
});

t.test('a follower that was away catches up from the leader’s files', async (t) => {
  const cluster = await makeCluster(t, { segmentSizeMax: 20_000, cacheSizeMax: 1000 });
  const leader = await cluster.leader();
  await cluster.stop(third);
  const texts = Array.from({ length: 300 }, (_, index) => `${index}`.padStart(500, '.'));
  for (let index = 0; index < texts.length; index += 50) {
    await Promise.all(texts.slice(index, index + 50).map((text) => leader.propose(bytes(text))));
  }
  const files = await readdir(cluster.directory(first));
  t.ok(files.filter((name) => name.endsWith('.log')).length > 3, 'the log has several files');
  await cluster.start(third);
  await cluster.waitFor('it caught up', () => cluster.texts(third).length === texts.length);
  t.same(cluster.texts(third), texts);
  await cluster.waitFor('in sync', () => cluster.stream(third).status().inSync);
  t.match(leader.status().followers, [
    { lag: 0, alive: true },
    { lag: 0, alive: true },
  ]);
});

t.test('a member whose directory is gone gets everything again from its leader', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  await leader.propose(bytes('one'));
  await cluster.waitFor('applied', () => cluster.texts(third).length === 1);
  await cluster.kill(third);
  await rm(cluster.directory(third), { recursive: true });
  cluster.record(third).applied.length = 0;
  await cluster.start(third);
  await cluster.waitFor('applied again', () => cluster.texts(third).length === 1);
  await leader.propose(bytes('two'));
  await cluster.waitFor('in sync', () => leader.status().followers.every((each) => each.lag === 0));
  t.equal(leader.role().term, 1, 'the leader was not disturbed');
});

t.test('after a restart of all members the first one leads again at once, with everything', async (t) => {
  const cluster = await makeCluster(t);
  await (await cluster.leader()).propose(bytes('kept'));
  for (const server of cluster.members) await cluster.kill(server);
  for (const server of cluster.members) cluster.record(server).applied.length = 0;
  const startMs = performance.now();
  await cluster.startAll();
  const leader = await cluster.leader();
  t.equal(leader.role().leader, first);
  t.comment(`${Math.round(performance.now() - startMs)} ms`);
  t.ok(leader.role().term > 1);
  for (const server of cluster.members) {
    await cluster.waitFor('applied again', () => cluster.texts(server).includes('kept'));
  }
});

t.test('a member goes on after what its state machine had applied', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  await leader.propose(bytes('one'));
  await cluster.waitFor('applied', () => cluster.texts(second).length === 1);
  await cluster.kill(second);
  await leader.propose(bytes('two'));
  await cluster.start(second);
  await cluster.waitFor('applied', () => cluster.texts(second).length === 2);
  t.same(
    cluster.record(second).applied.map((entry) => entry.lsn),
    [1, 2, 3],
    'nothing twice',
  );
});

t.test(
  'leadership goes where it is sent, and no proposal fails for it but those that come meanwhile',
  async (t) => {
    const cluster = await makeCluster(t);
    const leader = await cluster.leader();
    const underWay = Array.from({ length: 20 }, (_, index) => leader.propose(bytes(`${index}`)));
    const transfer = leader.transferTo(third);
    await t.rejects(leader.propose(bytes('too late')), { name: 'OB_NOT_MASTER' });
    await Promise.all([...underWay, transfer]);
    t.equal((await cluster.leader()).role().leader, third);
    await cluster.stream(third).propose(bytes('there'));
    t.equal(leader.role().leader, third);
    await t.rejects(cluster.stream(third).transferTo('10.0.0.9:2882'), { name: 'OB_SERVER_NOT_ALIVE' });
    await cluster.stream(third).transferTo(third);
  },
);

t.test('a stopping leader hands over first; stopping the others changes no leader', async (t) => {
  const cluster = await makeCluster(t);
  const old = await cluster.leader();
  await cluster.waitFor('both to have everything', () =>
    old.status().followers.every((follower) => follower.lag === 0),
  );
  await cluster.stop(first);
  const next = await cluster.waitFor('a successor', () =>
    [second, third].map((server) => cluster.stream(server)).find((stream) => stream.role().role === 'LEADER'),
  );
  t.equal(next.role().leader, second);
  t.notOk(
    cluster
      .record(second)
      .roles.some((report) => report.role === 'FOLLOWER' && report.term > 1 && report.leader === third),
  );
  const { term } = next.role();
  await cluster.stop(third);
  t.equal(next.role().term, term);
  await cluster.start(third);
  await cluster.leader();
  t.equal(next.role().term, term);
});

t.test('a node marked as stopping gives leadership away, and stays', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  leader.setPriority({ stopping: true });
  await cluster.waitFor('a successor', () =>
    [second, third].some((server) => cluster.stream(server).role().serving),
  );
  t.equal(leader.role().role, 'FOLLOWER');
});

t.test('a torn tail after a crash is cut off, and the entry comes from the others again', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  await leader.propose(bytes('one'));
  await leader.propose(bytes('two'));
  await cluster.waitFor('applied', () => cluster.texts(third).length === 2);
  await cluster.kill(third);
  await leader.propose(bytes('three'));
  const [name = ''] = (await readdir(cluster.directory(third))).filter((each) => each.endsWith('.log'));
  const path = join(cluster.directory(third), name);
  const whole = await readFile(path);
  await writeFile(path, Buffer.concat([whole, whole.subarray(32, 32 + 24 + 60)]));
  await cluster.start(third);
  await cluster.waitFor('applied', () => cluster.texts(third).length === 3);
  t.same(cluster.texts(third), ['one', 'two', 'three']);
});

t.test('a state machine that fails, or a disk that does, stops the stream for good', async (t) => {
  const cluster = await makeCluster(t);
  await cluster.leader();
  await cluster.kill(third);
  const fatal: ObError[] = [];
  const failing = await cluster.start(third, {
    apply: () => {
      throw new Error('no space left');
    },
    onFatal: (error) => fatal.push(error),
  });
  await cluster.stream(first).propose(bytes('x'));
  await cluster.waitFor('the fatal call', () => fatal.length > 0);
  t.equal(fatal.length, 1);
  t.match(fatal[0]?.message, /no space left/);
  t.same(failing.role().role, 'FOLLOWER');
  await cluster.stream(first).propose(bytes('the majority goes on'));
});

t.test('a write that fails is fatal: nothing is acknowledged after it', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  const fatal: ObError[] = [];
  await cluster.kill(third);
  const failing = await cluster.start(third, { segmentSizeMax: 1, onFatal: (error) => fatal.push(error) });
  await cluster.waitFor('it follows', () => failing.status().inSync);
  await rename(cluster.directory(third), `${cluster.directory(third)}-gone`);
  await leader.propose(bytes('x'));
  await cluster.waitFor('the fatal call', () => fatal.length > 0);
  t.ok(isObError(fatal[0]));
  t.equal(leader.status().followers.find((each) => each.server === third)?.matchLsn, 1, 'not acknowledged');
});

t.test('a proposal that is never confirmed ends at its deadline', async (t) => {
  const cluster = await makeCluster(t, { timings: { ...testTimings, proposeTimeoutMs: 100 } });
  const leader = await cluster.leader();
  cluster.cutOff.add(first);
  await t.rejects(leader.propose(bytes('x')), { name: 'OB_TRANS_UNKNOWN', message: /in time/ });
});

t.test('an entry too large for a packet is refused before it is appended', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  await t.rejects(leader.propose(new Uint8Array(61 * 1024 * 1024)), { name: 'OB_LOG_TOO_LARGE' });
  t.equal((await leader.propose(bytes('goes on'))).lsn, 2);
});

t.test('of proposals that build on one another none is appended after one that isn’t', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  const { term } = leader.role();
  const refused = [
    leader.propose(new Uint8Array(61 * 1024 * 1024), { term, round: 1 }),
    leader.propose(bytes('on top of it'), { term, round: 1 }),
    leader.propose(bytes('executed in another term'), { term: term - 1, round: 2 }),
    leader.propose(bytes('on top of that'), { term, round: 2 }),
  ];
  await t.rejects(refused[0] as Promise<unknown>, { name: 'OB_LOG_TOO_LARGE' });
  for (const each of refused.slice(1)) await t.rejects(each, { name: 'OB_NOT_MASTER' });
  t.equal((await leader.propose(bytes('another round'), { term, round: 3 })).lsn, 2);
});

t.test('a stream that isn’t started, or was stopped, leads nothing', async (t) => {
  const cluster = await makeCluster(t);
  const leader = await cluster.leader();
  cluster.cutOff.add(second).add(third);
  const waiting = t.rejects(leader.propose(bytes('x')), { name: 'OB_TRANS_UNKNOWN' });
  await cluster.stop(first);
  await waiting;
  t.match(leader.role(), { role: 'FOLLOWER', leader: undefined, serving: false });
  await t.rejects(leader.propose(bytes('x')), { name: 'OB_NOT_MASTER' });
});

async function makeCluster(
  t: Tap,
  options: Parameters<StreamCluster['start']>[1] = {},
): Promise<StreamCluster> {
  const cluster = await StreamCluster.create();
  t.teardown(() => cluster.close());
  for (const server of cluster.members) await cluster.start(server, options);
  return cluster;
}

type Tap = Test;
