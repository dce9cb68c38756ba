import { mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogEntry, makeEntry } from '@sealane/consensus';
import t, { type Test } from 'tap';
import { LogStore } from '../../src/replication/log-store.ts';
import { blankBeginning } from '../../src/replication/member-lists.ts';
import { MetaStore } from '../../src/replication/meta-store.ts';
import { systemEnvironment } from '../../src/replication/system-environment.ts';

const { files } = systemEnvironment;
const owner = { tenantId: 1002, lsId: 1001, self: '127.0.0.1:2882' };

t.test('entries come back after a restart, from memory and from disk', async (t) => {
  const directory = await makeDirectory(t);
  const store = await open(directory, { segmentSizeMax: 300, cacheSizeMax: 200 });
  for (let lsn = 1; lsn <= 30; lsn++)
    await store.write({ truncateAfterLsn: undefined, entries: [entry(lsn, 1 + (lsn >> 3))] });
  t.ok((await segmentFiles(directory)).length > 5, 'in several files');
  checkContent(t, store, 30);
  await store.close();
  const again = await open(directory, { segmentSizeMax: 300, cacheSizeMax: 200 });
  checkContent(t, again, 30);
  t.equal(again.recovery.torn, undefined);
  t.equal(again.term(8), 2);
  t.equal(again.term(31), undefined);
  t.same(again.base, blankBeginning);
  const some = again.entries({ afterLsn: 3, upToLsn: 30, sizeMax: 1 });
  t.same(
    some.map((each) => each.lsn),
    [4],
    'at least one entry, however small the limit',
  );
  await again.close();
});

t.test('a batch is one fsync', async (t) => {
  const store = await open(await makeDirectory(t));
  await store.write({ truncateAfterLsn: undefined, entries: [entry(1, 1), entry(2, 1), entry(3, 1)] });
  t.match(store.figures.status(), { syncCount: 1, entryCount: 3 });
  checkContent(t, store, 3);
  await store.close();
});

t.test('a write cut at any byte of its entries leaves the entries before it', async (t) => {
  const directory = await makeDirectory(t);
  const store = await open(directory);
  await store.write({ truncateAfterLsn: undefined, entries: [entry(1, 1), entry(2, 1)] });
  const path = join(directory, (await segmentFiles(directory))[0] as string);
  const sizeBefore = (await readFile(path)).length;
  await store.write({ truncateAfterLsn: undefined, entries: [entry(3, 1), entry(4, 2)] });
  await store.close();
  const whole = await readFile(path);
  for (let size = sizeBefore; size < whole.length; size++) {
    await writeFile(path, whole.subarray(0, size));
    const torn = await open(directory);
    const complete = size >= whole.length - entry(4, 2).bytes.length ? 3 : 2;
    if (torn.lastLsn !== complete) t.fail(`cut at byte ${size}: ends with ${torn.lastLsn}, not ${complete}`);
    await torn.write({ truncateAfterLsn: undefined, entries: [entry(complete + 1, 9)] });
    await torn.close();
    const again = await open(directory);
    if (again.lastLsn !== complete + 1 || again.term(complete + 1) !== 9)
      t.fail(`cut at byte ${size}: goes on wrongly`);
    await again.close();
  }
  t.pass(`${whole.length - sizeBefore} places`);
});

t.test('a tail of zeros is a write that wasn’t finished; other rubbish is damage', async (t) => {
  const directory = await makeDirectory(t);
  await fill(directory, 3);
  const path = join(directory, (await segmentFiles(directory))[0] as string);
  const whole = await readFile(path);
  for (const [rubbish, forgetful] of [
    [Buffer.alloc(5000), false],
    [Buffer.alloc(5000, 'SLBTSLE1'), true],
  ] as const) {
    await writeFile(path, Buffer.concat([whole, rubbish]));
    const store = await open(directory);
    t.equal(store.lastLsn, 3);
    t.equal(store.recovery.forgetful, forgetful);
    const found = forgetful ? store.recovery.damages[0] : store.recovery.torn;
    t.match(found, { path, lsn: 4, offset: whole.length });
    await store.close();
    t.equal((await readFile(path)).length, whole.length);
  }
});

t.test('what a recovery finds is remembered before anything is changed, and may be refused', async (t) => {
  const directory = await makeDirectory(t);
  await fill(directory, 3);
  const path = join(directory, (await segmentFiles(directory))[0] as string);
  const broken = await readFile(path);
  broken[100] = (broken[100] ?? 0) ^ 0x10;
  await writeFile(path, broken);
  const refusing = open(directory, {
    remember: async (plan) => {
      t.match(plan, { forgetful: true, lastLsn: 0, damages: [{ lsn: 1, path }] });
      throw new Error('not this one');
    },
  });
  await t.rejects(refusing, { message: 'not this one' });
  t.same(await readFile(path), broken);
});

t.test('a file that was just being created is no damage', async (t) => {
  const directory = await makeDirectory(t);
  await fill(directory, 2);
  for (const size of [0, 10, 31]) {
    await writeFile(join(directory, '0000000000000003.log'), Buffer.alloc(size));
    const store = await open(directory);
    t.equal(store.lastLsn, 2);
    await store.close();
    t.notOk(store.recovery.forgetful);
    await unlink(join(directory, '0000000000000003.log'));
  }
});

t.test('entries that contradict are cut off, over several files, and replaced', async (t) => {
  const directory = await makeDirectory(t);
  const options = { segmentSizeMax: 300 };
  await fill(directory, 20, options);
  const store = await open(directory, options);
  await store.write({ truncateAfterLsn: 7, entries: [entry(8, 5), entry(9, 5)] });
  t.equal(store.lastLsn, 9);
  t.equal(store.term(7), 1);
  t.equal(store.term(8), 5);
  await store.write({ truncateAfterLsn: 0, entries: [entry(1, 6)] });
  await store.close();
  const again = await open(directory, options);
  t.equal(again.lastLsn, 1);
  t.equal(again.term(1), 6);
  await again.close();
});

t.test('an entry damaged while the node runs is not served', async (t) => {
  const directory = await makeDirectory(t);
  const store = await open(directory, { cacheSizeMax: 1 });
  for (let lsn = 1; lsn <= 3; lsn++)
    await store.write({ truncateAfterLsn: undefined, entries: [entry(lsn, 1)] });
  const path = join(directory, (await segmentFiles(directory))[0] as string);
  const broken = await readFile(path);
  broken[32 + 24 + 50] = 0;
  await writeFile(path, broken);
  t.throws(() => store.entries({ afterLsn: 0, upToLsn: 1, sizeMax: 0 }), { name: 'OB_CHECKSUM_ERROR' });
  await store.close();
});

t.test('a vote survives, and another node’s directory is refused', async (t) => {
  const directory = await makeDirectory(t);
  const meta = await MetaStore.open(files, directory, owner);
  t.match(meta.current.hardState, { term: 0, votedFor: undefined });
  const base = { lsn: 7, term: 3, scn: 9n, members: ['a', 'b'] };
  const memberLists = [{ lsn: 9, members: ['a'] }];
  const hardState = { term: 4, votedFor: '127.0.0.1:3882', joined: true };
  await meta.write({ hardState, base, memberLists, durableLsn: 11 });
  const again = await MetaStore.open(files, directory, owner);
  t.same(again.current, { ...owner, hardState, base, memberLists, durableLsn: 11 });
  await t.rejects(MetaStore.open(files, directory, { ...owner, self: '127.0.0.1:3882' }), {
    name: 'OB_INVALID_LOG',
  });
});

t.test('one damaged byte of the meta file does no harm; without it nothing is remembered', async (t) => {
  const directory = await makeDirectory(t);
  const meta = await MetaStore.open(files, directory, owner);
  const hardState = { term: 4, votedFor: '127.0.0.1:3882', joined: true };
  await meta.write({ hardState });
  const path = join(directory, 'meta');
  const whole = await readFile(path);
  for (let offset = 0; offset < whole.length; offset++) {
    const broken = Buffer.from(whole);
    broken[offset] = (broken[offset] ?? 0) ^ (1 << (offset % 8));
    await writeFile(path, broken);
    const { current, forgotten } = await MetaStore.open(files, directory, owner);
    if (forgotten !== undefined || current.hardState.votedFor !== hardState.votedFor) {
      t.fail(`byte ${offset}: forgotten`);
    }
  }
  for (const rubbish of ['', 'rubbish', '\n\n\n\n', whole.toString().replaceAll('"term":4', '"term":3')]) {
    await writeFile(path, rubbish);
    const { current, forgotten } = await MetaStore.open(files, directory, owner);
    t.match(forgotten, /damaged/);
    t.match(current.hardState, { term: 0, joined: false });
  }
  await unlink(path);
  await fill(directory, 1);
  t.match((await MetaStore.open(files, directory, owner)).forgotten, /no file "meta"/);
});

function entry(lsn: number, term: number): LogEntry {
  const payload = new TextEncoder().encode(`payload of entry ${lsn} in term ${term}`);
  return makeEntry({ lsn, term, scn: BigInt(lsn) * 1000n, kind: 'data', payload });
}

function checkContent(t: Tap, store: LogStore, lastLsn: number): void {
  t.equal(store.lastLsn, lastLsn);
  let afterLsn = 0;
  while (afterLsn < lastLsn) {
    const found = store.entries({ afterLsn, upToLsn: lastLsn, sizeMax: 250 });
    for (const each of found) {
      afterLsn += 1;
      if (each.lsn !== afterLsn || each.scn !== BigInt(afterLsn) * 1000n)
        t.fail(`entry ${afterLsn} is wrong`);
    }
    if (found.length === 0) return void t.fail(`entry ${afterLsn + 1} can't be read`);
  }
}

async function fill(directory: string, lastLsn: number, options: Partial<Options> = {}): Promise<void> {
  const store = await open(directory, options);
  for (let lsn = 1; lsn <= lastLsn; lsn++)
    await store.write({ truncateAfterLsn: undefined, entries: [entry(lsn, 1)] });
  await store.close();
}

type Tap = Test;
type Options = Parameters<typeof LogStore.open>[0];

function open(directory: string, options: Partial<Options> = {}): Promise<LogStore> {
  return LogStore.open({
    environment: systemEnvironment,
    directory,
    memory: { base: blankBeginning, durableLsn: 0, appliedLsn: 0, memberLists: [] },
    remember: async () => undefined,
    segmentSizeMax: 1 << 20,
    cacheSizeMax: 1 << 20,
    ...options,
  });
}

async function segmentFiles(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.log')).sort();
}

async function makeDirectory(t: Tap): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'log-store-'));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
