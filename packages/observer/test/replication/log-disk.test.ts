import type { ObError } from '@sealane/errors';
import t, { type Test } from 'tap';
import type { DiskEvent, LogStream, LogStreamOptions } from '../../src/replication/index.ts';
import { failure, MemoryFiles, memoryEnvironment } from './memory-environment.ts';
import { bytes, StreamCluster } from './stream-cluster.ts';

const [first, second, third] = ['127.0.0.1:2882', '127.0.0.1:3882', '127.0.0.1:4882'] as const;

t.test('a follower without room takes nothing, keeps what it has, and goes on by itself', async (t) => {
  const { cluster, disk, events, start } = await makeCluster(t);
  await start();
  const leader = await cluster.leader();
  await leader.propose(bytes('before'));
  await cluster.waitFor('all have it', () => cluster.texts(third).length === 1);
  disk(third).capacity = disk(third).size + 30;
  const texts = Array.from({ length: 20 }, (_, index) => `entry ${index}`);
  for (const text of texts) await leader.propose(bytes(text));
  await cluster.waitFor('it says so', () => cluster.stream(third).status().disk.full);
  await cluster.waitFor('the leader knows', () =>
    leader.status().followers.some((each) => each.server === third && each.lag > 0),
  );
  t.same(events(third), ['disk full']);
  t.same(cluster.texts(third), ['before']);
  disk(third).capacity = Number.POSITIVE_INFINITY;
  await cluster.waitFor('it caught up', () => cluster.texts(third).length === 21);
  t.same(cluster.texts(third), ['before', ...texts]);
  t.same(events(third), ['disk full', 'disk has room']);
  t.notOk(cluster.stream(third).status().disk.full);
});

t.test('a leader whose disk is nearly full hands over, and may lead again', async (t) => {
  const { cluster, disk, events, start } = await makeCluster(t);
  await start();
  const leader = await cluster.leader();
  await leader.propose(bytes('before'));
  disk(first).toldFree = 1000;
  await cluster.waitFor('another one', () =>
    [second, third].some((server) => cluster.stream(server).role().serving),
  );
  const next = await cluster.leader();
  await next.propose(bytes('after'));
  await t.rejects(leader.propose(bytes('x')), { name: 'OB_NOT_MASTER' });
  t.match(leader.status(), { disk: { full: true, freeSize: 1000 } });
  disk(first).toldFree = undefined;
  await cluster.waitFor('it caught up', () => cluster.texts(first).length === 2);
  await next.transferTo(first);
  await cluster.waitFor('it serves', () => leader.role().serving);
  await leader.propose(bytes('again'));
  t.same(cluster.texts(first), ['before', 'after', 'again']);
  t.same(events(first), ['disk full', 'disk has room']);
});

t.test(
  'where every disk is full the leader says so, serves on, and takes more when there is room',
  async (t) => {
    const { cluster, disk, start } = await makeCluster(t);
    await start();
    const leader = await cluster.leader();
    await leader.propose(bytes('before'));
    for (const server of cluster.members) disk(server).toldFree = 0;
    await cluster.waitFor('all are full', () =>
      cluster.members.every((server) => cluster.stream(server).status().disk.full),
    );
    const serving = await cluster.leader();
    await t.rejects(serving.propose(bytes('x')), {
      name: 'OB_LOG_OUTOF_DISK_SPACE',
      message: /no room for new entries/,
    });
    for (const server of cluster.members) disk(server).toldFree = undefined;
    await cluster.waitFor('room', () => !serving.status().disk.full);
    await (await cluster.leader()).propose(bytes('after'));
    await cluster.waitFor('all have it', () =>
      cluster.members.every((server) => cluster.texts(server).at(-1) === 'after'),
    );
  },
);

t.test(
  'a stream whose write waits for room can be stopped, and starts with all it acknowledged',
  async (t) => {
    const { cluster, disk, start, startOne } = await makeCluster(t);
    await start();
    const leader = await cluster.leader();
    await leader.propose(bytes('before'));
    await cluster.waitFor('applied', () => cluster.texts(third).length === 1);
    disk(third).capacity = disk(third).size + 10;
    await leader.propose(bytes('meanwhile'));
    await cluster.waitFor('it is full', () => cluster.stream(third).status().disk.full);
    await cluster.stop(third);
    disk(third).capacity = Number.POSITIVE_INFINITY;
    await startOne(third);
    await cluster.waitFor('it caught up', () => cluster.texts(third).length === 2);
    t.ok(cluster.stream(third).status().joined);
  },
);

t.test(
  'a failed fsync ends the stream at once: nothing is acknowledged, nothing is tried again',
  async (t) => {
    const { cluster, disk, start, startOne } = await makeCluster(t);
    const fatal: ObError[] = [];
    await start({ onFatal: (error) => fatal.push(error) });
    const leader = await cluster.leader();
    await leader.propose(bytes('before'));
    await cluster.waitFor('applied', () => cluster.texts(third).length === 1);
    disk(third).syncFailure = failure('EIO', 'the log');
    await leader.propose(bytes('after'));
    await cluster.waitFor('the fatal call', () => fatal.length > 0);
    t.match(fatal, [{ name: 'OB_IO_ERROR', message: /fsync of .* failed: .*EIO/ }]);
    const { syncCount } = disk(third);
    await leader.propose(bytes('more'));
    t.equal(disk(third).syncCount, syncCount, 'not once more');
    t.equal(leader.status().followers.find((each) => each.server === third)?.matchLsn, 2);
    disk(third).syncFailure = undefined;
    cluster.streams.delete(third);
    await startOne(third);
    await cluster.waitFor('it caught up', () => cluster.texts(third).length === 3);
  },
);

t.test('a start writes the last batch once more, and refuses if that can’t be made durable', async (t) => {
  const { cluster, disk, start, startOne } = await makeCluster(t);
  await start();
  await (await cluster.leader()).propose(bytes('kept'));
  await cluster.waitFor('applied', () => cluster.texts(third).length === 1);
  await cluster.kill(third);
  disk(third).syncFailure = failure('EIO', 'the log');
  await t.rejects(startOne(third), { name: 'OB_IO_ERROR', message: /fsync/ });
  disk(third).syncFailure = undefined;
  const { syncCount } = disk(third);
  await startOne(third);
  t.ok(disk(third).syncCount > syncCount);
});

t.test('damage in the last file is cut out at the start, and comes from the others again', async (t) => {
  const { cluster, disk, events, start, startOne } = await makeCluster(t);
  await start();
  const leader = await cluster.leader();
  for (let index = 0; index < 9; index++) await leader.propose(bytes(`entry ${index}`));
  await cluster.waitFor('applied', () => cluster.texts(third).length === 9);
  await cluster.kill(third);
  const path = logFiles(disk(third)).at(-1) ?? '';
  const whole = disk(third).bytes(path).slice();
  disk(third).flip(path, whole.length - 200);
  // The state machine is behind its log, as after a loss of power.
  cluster.record(third).applied.length = 2;
  const stream = await startOne(third);
  t.notOk(stream.status().joined, 'it doesn’t vote');
  t.same(events(third), ['damage found']);
  await leader.propose(bytes('after'));
  await cluster.waitFor('it has joined again', () => stream.status().joined && stream.status().inSync);
  await cluster.waitFor('it follows', () => cluster.texts(third).at(-1) === 'after');
  t.same(cluster.texts(third), cluster.texts(first), 'nothing twice');
  t.same(disk(third).bytes(path).slice(0, 200), whole.slice(0, 200), 'what was good stays');
  await cluster.kill(third);
  t.ok((await startOne(third)).status().joined, 'that is remembered');
});

t.test('a forgotten vote makes a member join again', async (t) => {
  const { cluster, disk, start, startOne } = await makeCluster(t);
  await start();
  const leader = await cluster.leader();
  await leader.propose(bytes('kept'));
  await cluster.waitFor('applied', () => cluster.texts(third).length === 1);
  for (const damage of [
    (path: string) => disk(third).set(path, bytes('rubbish')),
    (path: string) => disk(third).remove(path),
  ]) {
    await cluster.kill(third);
    await damage(
      disk(third)
        .paths()
        .find((path) => path.endsWith('/meta')) ?? '',
    );
    const stream = await startOne(third);
    t.notOk(stream.status().joined);
    await cluster.waitFor('it has joined again', () => stream.status().joined && stream.status().inSync);
  }
  t.same(cluster.texts(third), ['kept']);
});

t.test('damage found while running is cut out without an end, and never served', async (t) => {
  const small = { segmentSizeMax: 2000, cacheSizeMax: 1 };
  const { cluster, disk, events, start, startOne } = await makeCluster(t, small);
  await start();
  const leader = await cluster.leader();
  await cluster.stop(third);
  const texts = Array.from({ length: 60 }, (_, index) => `entry ${index}`.padEnd(100, '.'));
  for (const text of texts) await leader.propose(bytes(text));
  const [, damagedFile = ''] = logFiles(disk(first));
  disk(first).flip(damagedFile, 300);
  await startOne(third, {
    install: ({ lsn, from }) => {
      const source = cluster.record(from).applied;
      cluster.record(third).applied.splice(0, Infinity, ...source.filter((entry) => entry.lsn <= lsn));
      void cluster.stream(third).resetTo(cluster.stream(from).position(lsn));
    },
  });
  await cluster.waitFor('it caught up', () => cluster.texts(third).length === 60);
  t.same(cluster.texts(third), texts);
  // Where another one came to lead meanwhile, nobody has read it yet.
  if (events(first).length === 0) {
    const readAll = (): void => texts.forEach((_, index) => void leader.position(index + 1));
    t.throws(readAll, { name: 'OB_CHECKSUM_ERROR' });
  }
  await cluster.waitFor('it is healed', () => events(first).includes('healed'));
  t.same(events(first), ['damage found', 'healed']);
  t.ok(leader.status().beginLsn > 1, 'its log begins behind the damage');
  t.ok(leader.status().joined, 'which costs no vote: all of it is applied');
  await (await cluster.leader()).propose(bytes('after'));
});

t.test('who loses votes and a change of members while running asks nobody who has left', async (t) => {
  const scrub = { pieceSize: 500, intervalMs: 2, restMs: 20 };
  const gone = '127.0.0.1:5882';
  const members = [first, second, third, gone];
  const { cluster, disk, events, startOne } = await makeCluster(t, { members, segmentSizeMax: 2000, scrub });
  for (const server of members) await startOne(server);
  const leader = await cluster.leader();
  await leader.removeMember(gone);
  await cluster.kill(gone);
  for (let index = 0; index < 40; index++) await leader.propose(bytes(`entry ${index}`.padEnd(100, '.')));
  await cluster.waitFor('all of it is applied', () => cluster.texts(third).length === 40);
  const meta = disk(third)
    .paths()
    .find((path) => path.endsWith('/meta'));
  disk(third).set(meta ?? '', bytes('rubbish'));
  const [file = ''] = logFiles(disk(third));
  const left = JSON.stringify([first, second, third]);
  disk(third).flip(file, Buffer.from(disk(third).bytes(file)).indexOf(left));
  await cluster.waitFor('it is healed', () => events(third).includes('healed'));
  t.same(cluster.stream(third).status().members, [first, second, third]);
  await cluster.waitFor('it has joined again', () => cluster.stream(third).status().joined);
});

t.test('damage that nobody reads is found by and by', async (t) => {
  const scrub = { pieceSize: 500, intervalMs: 2, restMs: 20 };
  const { cluster, disk, events, start } = await makeCluster(t, { segmentSizeMax: 2000, scrub });
  await start();
  const leader = await cluster.leader();
  for (let index = 0; index < 40; index++) await leader.propose(bytes(`entry ${index}`.padEnd(100, '.')));
  await cluster.waitFor('applied', () => cluster.texts(second).length === 40);
  const [file = ''] = logFiles(disk(second));
  disk(second).flip(file, 300);
  await cluster.waitFor('it is healed', () => events(second).includes('healed'));
  t.match(cluster.stream(second).status(), { healedCount: 1, joined: true });
  await leader.propose(bytes('after'));
  await cluster.waitFor('it follows', () => cluster.texts(second).at(-1) === 'after');
  t.same(cluster.texts(second), cluster.texts(first));
});

t.test('a log that was truncated serves the rest, and a snapshot to who needs more', async (t) => {
  const { cluster, disk, start, startOne } = await makeCluster(t, { segmentSizeMax: 2000 });
  await start();
  const leader = await cluster.leader();
  const texts = Array.from({ length: 40 }, (_, index) => `entry ${index}`.padEnd(100, '.'));
  for (const text of texts) await leader.propose(bytes(text));
  await cluster.waitFor('all', () => cluster.members.every((server) => cluster.texts(server).length === 40));
  await cluster.waitFor('known', () => leader.status().followers.every((each) => each.lag === 0));
  const sizeBefore = leader.status().logSizeBytes;
  const lsn = 30;
  const position = leader.position(lsn);
  for (const server of cluster.members) await cluster.stream(server).truncateBefore(lsn);
  const { beginLsn, baseLsn, logSizeBytes } = leader.status();
  t.ok(beginLsn > 10 && beginLsn <= lsn + 1, `begins with ${beginLsn}`);
  t.equal(baseLsn, beginLsn - 1);
  t.ok(logSizeBytes < sizeBefore);
  t.same(leader.position(lsn), position);
  t.throws(() => leader.position(baseLsn - 1), { name: 'OB_ENTRY_NOT_EXIST' });
  await cluster.kill(second);
  await startOne(second);
  await cluster.waitFor('it follows', () => cluster.stream(second).status().inSync);
  t.equal(cluster.stream(second).status().baseLsn, baseLsn, 'that is remembered');
  // A wiped member: its state and its log are gone.
  await cluster.kill(third);
  for (const path of disk(third).paths()) await disk(third).remove(path);
  cluster.record(third).applied.length = 0;
  const requests: { from: string; lsn: number }[] = [];
  const stream = await startOne(third, {
    install: (request) => {
      requests.push(request);
      // The first attempt fails: it is asked for again.
      if (requests.length === 1) return stream.installFailed();
      cluster.record(third).applied.push(...cluster.record(first).applied.filter((each) => each.lsn <= lsn));
      void stream.resetTo(position);
    },
  });
  await cluster.waitFor('it has joined again', () => stream.status().joined && stream.status().inSync);
  t.ok(requests.length >= 2);
  t.same(cluster.texts(third), texts);
  t.match(stream.status(), { baseLsn: lsn, beginLsn: lsn + 1 });
  await leader.propose(bytes('after'));
  await cluster.waitFor('it follows', () => cluster.texts(third).at(-1) === 'after');
  await cluster.kill(third);
  const again = await startOne(third);
  await cluster.waitFor('it follows', () => again.status().inSync);
  t.equal(again.status().baseLsn, lsn);
});

t.test('what a live follower needs is kept, up to a bound', async (t) => {
  const { cluster, disk, start } = await makeCluster(t, { segmentSizeMax: 2000, keptSizeMax: 5000 });
  await start();
  const leader = await cluster.leader();
  disk(third).toldFree = 0;
  await cluster.waitFor('it is full', () =>
    leader.status().followers.some(({ server, diskFull }) => server === third && diskFull),
  );
  const write = async (): Promise<void> => {
    for (let count = 0; count < 20; count++) await leader.propose(bytes(`entry ${count}`.padEnd(100, '.')));
  };
  await write();
  await leader.truncateBefore(leader.status().appliedLsn);
  t.equal(leader.status().beginLsn, 1, 'it lives, and needs them');
  await write();
  await write();
  await leader.truncateBefore(leader.status().appliedLsn);
  const { beginLsn, logSizeBytes } = leader.status();
  t.ok(beginLsn > 10 && logSizeBytes <= 7000, `${logSizeBytes} bytes from ${beginLsn} on`);
});

t.test('a crash between a snapshot and its log is made good at the start', async (t) => {
  const { cluster, disk, start, startOne } = await makeCluster(t);
  await start();
  const leader = await cluster.leader();
  await leader.propose(bytes('one'));
  await cluster.waitFor('applied', () => cluster.texts(third).length === 1);
  await cluster.kill(third);
  for (const text of ['two', 'three']) await leader.propose(bytes(text));
  const installed = leader.position(4);
  cluster.record(third).applied.push(...cluster.record(first).applied.slice(2));
  const stream = await startOne(third, { installed });
  t.match(stream.status(), { baseLsn: 4, joined: true });
  await leader.propose(bytes('four'));
  await cluster.waitFor('it follows', () => cluster.texts(third).length === 4);
  t.same(cluster.texts(third), ['one', 'two', 'three', 'four']);
  t.equal(logFiles(disk(third)).length, 1);
  await cluster.kill(third);
  t.match((await startOne(third, { installed })).status(), { baseLsn: 4, maxLsn: 5 }, 'once only');
});

t.test('members come and go, and a restart knows them', async (t) => {
  const { cluster, start, startOne } = await makeCluster(t);
  await start();
  const leader = await cluster.leader();
  await t.rejects(leader.addMember(second), { name: 'OB_ENTRY_EXIST' });
  await t.rejects(leader.removeMember('127.0.0.1:1'), { name: 'OB_ENTRY_NOT_EXIST' });
  await t.rejects(cluster.stream(second).addMember('127.0.0.1:1'), { name: 'OB_NOT_MASTER' });
  await leader.removeMember(third);
  await cluster.waitFor('two members', () => cluster.stream(second).status().members.length === 2);
  t.same(leader.status().members, [first, second]);
  await cluster.kill(second);
  t.same((await startOne(second)).status().members, [first, second]);
  await cluster.waitFor('in sync', () => leader.status().followers.every((each) => each.lag === 0));
  await leader.addMember(third);
  await cluster.waitFor('three members', () => leader.status().members.length === 3);
  await leader.propose(bytes('after'));
  await cluster.waitFor('it follows', () => cluster.texts(third).at(-1) === 'after');
});

t.test('a log of one member that lost something is refused: nobody else has it', async (t) => {
  const { cluster, disk, startOne } = await makeCluster(t);
  const alone = { members: [first] };
  await startOne(first, alone);
  const leader = await cluster.leader();
  for (const text of ['one', 'two', 'three']) await leader.propose(bytes(text));
  await cluster.kill(first);
  const before = disk(first).snapshot();
  cluster.record(first).applied.length = 0;
  const [path = ''] = logFiles(disk(first));
  disk(first).flip(path, disk(first).bytes(path).length - 3);
  const broken = disk(first).snapshot();
  await t.rejects(startOne(first, alone), { name: 'OB_CHECKSUM_ERROR', message: /no other member/ });
  t.same(disk(first).snapshot(), broken, 'nothing was changed');
  disk(first).restore(before);
  await startOne(first, alone);
});

t.test('the figures tell how commits share the disk', async (t) => {
  const { cluster, start } = await makeCluster(t);
  await start();
  const leader = await cluster.leader();
  await Promise.all(Array.from({ length: 100 }, (_, index) => leader.propose(bytes(`${index}`))));
  const { sync } = leader.status();
  t.equal(sync.entryCount, 101);
  t.ok(sync.entryCount / sync.syncCount > 10);
  t.ok(sync.p50Ms <= sync.p99Ms && sync.p99Ms <= sync.maxMs + 0.001 && sync.maxMs > 0);
});

interface DiskCluster {
  readonly cluster: StreamCluster;
  disk(server: string): MemoryFiles;
  /** What this server's stream told of its disk. */
  events(server: string): DiskEvent['kind'][];
  start(options?: Partial<LogStreamOptions>): Promise<void>;
  startOne(server: string, options?: Partial<LogStreamOptions>): Promise<LogStream>;
}

async function makeCluster(t: Test, common: Partial<LogStreamOptions> = {}): Promise<DiskCluster> {
  const cluster = await StreamCluster.create();
  t.teardown(() => cluster.close());
  const disks = new Map(cluster.members.map((server) => [server, new MemoryFiles()]));
  const told = new Map<string, DiskEvent['kind'][]>();
  const disk = (server: string): MemoryFiles => disks.get(server) ?? new MemoryFiles();
  const events = (server: string): DiskEvent['kind'][] => told.get(server) ?? [];
  const startOne = (server: string, options: Partial<LogStreamOptions> = {}): Promise<LogStream> =>
    cluster.start(server, {
      environment: memoryEnvironment(disk(server)),
      diskReserveSize: 10_000,
      diskCheckIntervalMs: 20,
      onDiskEvent: ({ kind }) => told.set(server, [...events(server), kind]),
      ...common,
      ...options,
    });
  const start = async (options: Partial<LogStreamOptions> = {}): Promise<void> => {
    for (const server of cluster.members) await startOne(server, options);
  };
  return { cluster, disk, events, start, startOne };
}

function logFiles(disk: MemoryFiles): string[] {
  return disk.paths().filter((path) => path.endsWith('.log'));
}
