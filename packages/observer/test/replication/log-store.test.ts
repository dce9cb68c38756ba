import { copyFile, mkdtemp, readdir, readFile, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogEntry, makeEntry } from '@sealane/consensus';
import t, { type Test } from 'tap';
import { LogStore } from '../../src/replication/log-store.ts';
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
  t.equal(again.cut, undefined);
  t.equal(again.term(8), 2);
  t.equal(again.term(31), undefined);
  t.same(again.base, { lsn: 0, term: 0, scn: 0n });
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
  t.equal(store.syncCount, 1);
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

t.test('a tail of rubbish or zeros is cut off and reported', async (t) => {
  const directory = await makeDirectory(t);
  await fill(directory, 3);
  const path = join(directory, (await segmentFiles(directory))[0] as string);
  const whole = await readFile(path);
  for (const rubbish of [Buffer.alloc(5000), Buffer.alloc(5000, 'SLBTSLE1')]) {
    await writeFile(path, Buffer.concat([whole, rubbish]));
    const store = await open(directory);
    t.equal(store.lastLsn, 3);
    t.match(store.cut, { path, offset: whole.length });
    await store.close();
    t.equal((await readFile(path)).length, whole.length);
  }
});

t.test('damage before an entry that was acknowledged is refused, not cut off', async (t) => {
  const directory = await makeDirectory(t);
  await fill(directory, 3);
  const path = join(directory, (await segmentFiles(directory))[0] as string);
  const whole = await readFile(path);
  const lastStart = whole.length - entry(3, 1).bytes.length;
  for (let offset = 32 + 24; offset < lastStart - 24; offset++) {
    const broken = Buffer.from(whole);
    broken[offset] = (broken[offset] ?? 0) ^ 0x10;
    await writeFile(path, broken);
    await t.rejects(
      open(directory),
      { name: 'OB_CHECKSUM_ERROR', message: /damaged at byte/ },
      `byte ${offset}`,
    );
  }
  t.same(await readFile(path).then((bytes) => bytes.length), whole.length, 'nothing was cut off');
  await writeFile(path, whole);
  const store = await open(directory);
  t.equal(store.lastLsn, 3);
  await store.close();
});

t.test('a log that ends before what was on disk or applied is refused', async (t) => {
  const directory = await makeDirectory(t);
  await fill(directory, 3);
  const path = join(directory, (await segmentFiles(directory))[0] as string);
  await truncate(path, (await readFile(path)).length - 1);
  await t.rejects(open(directory, { durableLsn: 3 }), { name: 'OB_CHECKSUM_ERROR' });
  await unlink(path);
  await t.rejects(open(directory, { durableLsn: 3 }), {
    name: 'OB_INVALID_LOG',
    message: /ends with entry 0/,
  });
});

t.test('damage in an older file, and a missing file, are refused', async (t) => {
  const directory = await makeDirectory(t);
  await fill(directory, 12, { segmentSizeMax: 300 });
  const [first = '', second = ''] = await segmentFiles(directory);
  const path = join(directory, first);
  const whole = await readFile(path);
  await truncate(path, whole.length - 1);
  await t.rejects(
    open(directory),
    { name: 'OB_CHECKSUM_ERROR' },
    'the end of a file that is followed by another',
  );
  await writeFile(path, whole);
  await copyFile(join(directory, second), join(directory, 'kept'));
  await unlink(join(directory, second));
  await t.rejects(open(directory), { name: 'OB_INVALID_LOG', message: /missing/ });
  await copyFile(join(directory, 'kept'), join(directory, second));
  await writeFile(path, Buffer.concat([Buffer.alloc(32), whole.subarray(32)]));
  await t.rejects(open(directory), { name: 'OB_CHECKSUM_ERROR', message: /header/ });
});

t.test('a file that was just being created is no damage', async (t) => {
  const directory = await makeDirectory(t);
  await fill(directory, 2);
  for (const size of [0, 10, 31]) {
    await writeFile(join(directory, '0000000000000003.log'), Buffer.alloc(size));
    const store = await open(directory);
    t.equal(store.lastLsn, 2);
    await store.close();
    t.equal((await segmentFiles(directory)).length, 1);
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

t.test(
  'a vote survives, and a meta file that is damaged, missing or another node’s is refused',
  async (t) => {
    const directory = await makeDirectory(t);
    const meta = await MetaStore.open(files, directory, owner);
    t.same(meta.current.hardState, { term: 0, votedFor: undefined, joined: false });
    await meta.write({ hardState: { term: 4, votedFor: '127.0.0.1:3882', joined: true } });
    t.same((await MetaStore.open(files, directory, owner)).current.hardState, {
      term: 4,
      votedFor: '127.0.0.1:3882',
      joined: true,
    });
    await t.rejects(MetaStore.open(files, directory, { ...owner, self: '127.0.0.1:3882' }), {
      name: 'OB_INVALID_LOG',
    });
    const path = join(directory, 'meta');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"term":4', '"term":3'));
    await t.rejects(MetaStore.open(files, directory, owner), { name: 'OB_CHECKSUM_ERROR' });
    await unlink(path);
    await fill(directory, 1);
    await t.rejects(MetaStore.open(files, directory, owner), { name: 'OB_INVALID_LOG', message: /voted/ });
  },
);

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
    files,
    directory,
    durableLsn: 0,
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
