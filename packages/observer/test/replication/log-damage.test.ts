import { type EntryKind, encodeMembers, type LogEntry, makeEntry } from '@sealane/consensus';
import { isObError } from '@sealane/errors';
import t, { type Test } from 'tap';
import { FileWindow } from '../../src/replication/file-window.ts';
import { LogStore } from '../../src/replication/log-store.ts';
import { blankBeginning } from '../../src/replication/member-lists.ts';
import type { LogMemory } from '../../src/replication/recovery-plan.ts';
import { MemoryFiles, memoryEnvironment } from './memory-environment.ts';

/** Whatever happens to a byte of the log: the same entries are served, or fewer, and then this member says so. */

const directory = '/log';
const lastLsn = 15;
const original = Array.from({ length: lastLsn }, (_, index) => makeEntryOf(index + 1));

for (const appliedLsn of [0, 6, lastLsn]) {
  t.test(`a flipped bit anywhere in the log, with ${appliedLsn} of ${lastLsn} applied`, async (t) => {
    const whole = await writtenLog();
    t.ok(whole.size >= 4, `${whole.size} files`);
    let count = 0;
    for (const [path, bytes] of whole) {
      for (let offset = 0; offset < bytes.length; offset++) {
        const files = new MemoryFiles();
        files.restore(whole);
        files.flip(path, offset, offset % 8);
        const found = await heal(files, appliedLsn);
        judge(t, `${path} byte ${offset}`, found, appliedLsn);
        if (found.torn) t.fail(`${path} byte ${offset}: taken for a write that wasn’t finished`);
        count += 1;
      }
    }
    t.pass(`${count} places`);
  });

  t.test(`a file cut short anywhere, or missing, with ${appliedLsn} of ${lastLsn} applied`, async (t) => {
    const whole = await writtenLog();
    const last = [...whole.keys()].sort().at(-1) ?? '';
    for (const [path, bytes] of whole) {
      for (let size = -1; size < bytes.length; size++) {
        const files = new MemoryFiles();
        files.restore(whole);
        if (size === -1) await files.remove(path);
        else files.set(path, bytes.slice(0, size));
        const found = await heal(files, appliedLsn);
        // Without a trace of the entries in the last file, nobody can know that they were there.
        const forgiven = path === last && found.lastLsn >= appliedLsn;
        judge(t, `${path} at ${size}`, { ...found, forgetful: found.forgetful || forgiven }, appliedLsn);
      }
    }
    t.end();
  });

  t.test(`noise over any stretch of a file, with ${appliedLsn} of ${lastLsn} applied`, async (t) => {
    const whole = await writtenLog();
    for (const [path, bytes] of whole) {
      for (let offset = 0; offset < bytes.length; offset += 7) {
        for (const length of [3, 60, 300]) {
          const files = new MemoryFiles();
          files.restore(whole);
          files.bytes(path).fill(0xa5, offset, offset + length);
          judge(t, `${path} bytes ${offset} +${length}`, await heal(files, appliedLsn), appliedLsn);
        }
      }
    }
    t.end();
  });
}

t.test('a sector that can’t be read is damage like any other', async (t) => {
  const whole = await writtenLog();
  for (const [path, bytes] of whole) {
    for (let sector = 0; sector < bytes.length; sector += 100) {
      const files = new MemoryFiles();
      files.restore(whole);
      files.readFailure = (each, from, to) => each === path && from < sector + 100 && to > sector;
      const found = await heal(files, 6).catch((error: unknown) => error);
      // Without its beginning a file that is to be gone on with can't be mended: then the start is refused, in so many words.
      if (!(found instanceof Error)) judge(t, `${path} at ${sector}`, found as Healed, 6);
      else if (sector > 0 || !/EIO/.test(String(found))) t.fail(`${path} ${sector}: ${String(found)}`);
    }
  }
  t.end();
});

t.test('a search goes on behind a sector that can’t be read, after few attempts', async (t) => {
  const files = new MemoryFiles();
  const size = 300_000;
  files.set('/file', new Uint8Array(size));
  const wanted = Uint8Array.of(1, 2, 3, 4);
  const places = [7, 65_534, 204_800, size - wanted.length];
  for (const place of places) files.bytes('/file').set(wanted, place);
  let failedCount = 0;
  files.readFailure = (_, from, to) => {
    const bad = from < 204_800 && to > 200_704;
    if (bad) failedCount += 1;
    return bad;
  };
  const window = new FileWindow(await files.open('/file', 'existing'), { size });
  const found: number[] = [];
  let at = window.find(wanted, 0);
  for (; at !== undefined; at = window.find(wanted, at + 1)) found.push(at);
  t.same(found, places);
  t.ok(failedCount > 0 && failedCount < 500, `${failedCount} attempts`);
});

t.test('damage behind which everything is applied costs no vote', async (t) => {
  const whole = await writtenLog();
  const [, second = '', third = ''] = [...whole.keys()].sort();
  for (const path of [second, third]) {
    const files = new MemoryFiles();
    files.restore(whole);
    files.flip(path, 120);
    const { store, forgetful } = await heal(files, lastLsn);
    t.notOk(forgetful);
    t.equal(store.lastLsn, lastLsn);
    t.ok(store.base.lsn > 0 && store.base.lsn < lastLsn);
    t.equal(store.base.term, original[store.base.lsn - 1]?.term);
  }
});

t.test('a log whose only file is damaged in its middle goes on behind the damage', async (t) => {
  const files = new MemoryFiles();
  const store = await open(files, memoryOf(0), 1 << 20);
  for (const entry of original) await store.write({ truncateAfterLsn: undefined, entries: [entry] });
  const [path = ''] = files.paths();
  files.flip(path, 500);
  const again = await open(files, memoryOf(12), 1 << 20);
  t.notOk(again.recovery.forgetful);
  t.match(again.recovery.damages, [{ path }]);
  t.equal(again.lastLsn, lastLsn);
  const { lsn, term, scn, members } = again.base;
  t.same({ term, scn }, { term: original[lsn - 1]?.term, scn: original[lsn - 1]?.scn });
  t.same(members, lsn >= 4 ? ['a', 'b'] : undefined);
  t.same(readAll(again), original.slice(lsn));
  await again.write({ truncateAfterLsn: undefined, entries: [makeEntryOf(lastLsn + 1)] });
  const third = await open(files, { ...memoryOf(12), base: again.base });
  t.same(readAll(third), [...original.slice(lsn), makeEntryOf(lastLsn + 1)]);
  t.equal(files.paths().length, 1);
});

t.test('an index that was being written when the process died costs nothing', async (t) => {
  const [first, second] = await writtenLog();
  if (first === undefined || second === undefined) throw new Error('two files were expected');
  const [path, bytes] = first;
  const files = new MemoryFiles();
  files.set(path, bytes);
  const whole = await open(files, memoryOf(0));
  const { lastLsn: expectedLsn, size: endOffset } = whole;
  for (let size = endOffset; size <= bytes.length; size++) {
    const cut = new MemoryFiles();
    cut.set(path, bytes.slice(0, size));
    const store = await open(cut, memoryOf(0));
    if (store.lastLsn !== expectedLsn || store.recovery.forgetful)
      t.fail(`${size}: ends with ${store.lastLsn}`);
    await store.write({ truncateAfterLsn: undefined, entries: [makeEntryOf(expectedLsn + 1)] });
    judge(t, `index cut at ${size}`, await heal(cut, 0), 0, expectedLsn + 1);
  }
  t.ok(bytes.length - endOffset > 50);
});

t.test('a write that finds no room leaves what was there, and is done when there is some', async (t) => {
  const done = (await writtenLog(400)).values();
  const sizeNeeded = [...done].reduce((sum, bytes) => sum + bytes.length, 0);
  for (let capacity = 0; capacity < sizeNeeded; capacity += 13) {
    const files = new MemoryFiles();
    files.capacity = capacity;
    const store = await open(files, memoryOf(0), 400);
    for (const [index, entry] of original.entries()) {
      const change = { truncateAfterLsn: undefined, entries: [entry] };
      const failed = await store.write(change).then(
        () => false,
        (error: unknown) => (error as { code: string }).code === 'ENOSPC',
      );
      if (!failed) continue;
      // A crash now loses nothing that was acknowledged.
      const crashed = new MemoryFiles();
      crashed.restore(files.snapshot());
      const found = await heal(crashed, 0);
      judge(t, `${capacity} bytes, entry ${entry.lsn}`, found, 0, index);
      if (found.forgetful || found.lastLsn !== index) t.fail(`${capacity}: ends with ${found.lastLsn}`);
      files.capacity = Number.POSITIVE_INFINITY;
      await store.write(change);
    }
    judge(t, `${capacity} bytes`, await heal(files, 0), 0);
  }
  t.end();
});

t.test('a start reads the last file and the indexes of the others, not their entries', async (t) => {
  const files = new MemoryFiles();
  files.restore(await writtenLog());
  const last = files.paths().at(-1);
  let readSize = 0;
  files.readFailure = (path, from, to) => {
    if (path !== last) readSize += to - from;
    return false;
  };
  const store = await open(files, memoryOf(lastLsn));
  t.ok(readSize < store.size / 2, `${readSize} of ${store.size} bytes`);
  t.same(store.memberLists(), [{ lsn: 4, members: ['a', 'b'] }]);
  t.equal(store.term(3), original[2]?.term);
});

t.test('a slow check of what nobody reads finds damage', async (t) => {
  const files = new MemoryFiles();
  files.restore(await writtenLog());
  const store = await open(files, memoryOf(lastLsn));
  let place = store.check(undefined, 100);
  let steps = 0;
  for (; place !== undefined; steps++) place = store.check(place, 100);
  t.ok(steps > 5, 'in small pieces');
  const [first = ''] = files.paths();
  files.flip(first, 100);
  t.throws(
    () => {
      for (let at = store.check(undefined, 100); at !== undefined; ) at = store.check(at, 100);
    },
    { name: 'OB_CHECKSUM_ERROR', details: { path: first } },
  );
});

t.test('a log with a newer format is left alone', async (t) => {
  const files = new MemoryFiles();
  files.restore(await writtenLog());
  const { encodeSegmentHeader } = await import('@sealane/consensus');
  const { crc32c } = await import('@sealane/consensus');
  const header = encodeSegmentHeader({ firstLsn: 1, previousTerm: 0 });
  header[7] = 2;
  new DataView(header.buffer).setUint32(28, crc32c(header.subarray(0, 28)));
  files.bytes(files.paths()[0] ?? '').set(header);
  const before = files.snapshot();
  await t.rejects(open(files, memoryOf(0)), { name: 'OB_INVALID_LOG', message: /another version/ });
  t.same(files.snapshot(), before);
});

t.test('what is rescued of a file never takes the place of the file that follows', async (t) => {
  const whole = await writtenLog();
  const [first = '', second = ''] = [...whole.keys()].sort();
  const files = new MemoryFiles();
  files.restore(whole);
  // All of the first file but its last entry, which is whole; and the head of the second one.
  const secondLsn = Number(second.slice(-20, -4));
  const { bytes } = original[secondLsn - 2] as LogEntry;
  const at = Buffer.from(files.bytes(first)).indexOf(bytes);
  t.ok(at > 0, `entry ${secondLsn - 1} is in the first file`);
  files.bytes(first).fill(0xa5, 32, at);
  // Its index too: the file is read through.
  files.set(first, files.bytes(first).slice(0, at + bytes.length));
  files.bytes(second).fill(0xa5, 0, 32);
  const found = await heal(files, secondLsn - 1);
  await found.store.close();
  const again = await open(files, { ...memoryOf(secondLsn - 1), base: found.store.base });
  t.equal(again.lastLsn, found.lastLsn, 'the next start finds as much');
});

t.test('a file named after no entry is none of the log', async (t) => {
  const files = new MemoryFiles();
  files.restore(await writtenLog());
  files.set('/log/0000000000000000.log', new Uint8Array(3));
  t.equal((await open(files, memoryOf(0))).lastLsn, lastLsn);
});

t.test('an entry with members that are no list is damage, whatever its checksums say', async (t) => {
  const payload = new TextEncoder().encode('{"no":"list"}');
  const files = new MemoryFiles();
  files.restore(await writtenLog());
  const last = files.paths().at(-1) ?? '';
  const entry = makeEntry({ lsn: lastLsn + 1, term: 9, scn: 99_000n, kind: 'members', payload });
  files.set(last, Uint8Array.from(Buffer.concat([files.bytes(last), entry.bytes])));
  const store = await open(files, memoryOf(0));
  t.equal(store.lastLsn, lastLsn);
  t.match(store.recovery.damages[0]?.why, /entry 16 can't be used: OB_INVALID_LOG/);
});

interface Healed {
  readonly store: LogStore;
  readonly forgetful: boolean;
  readonly torn: boolean;
  readonly lastLsn: number;
}

/** Opens, reads everything as a slow follower would, and opens again without what was found damaged then. */
async function heal(files: MemoryFiles, appliedLsn: number): Promise<Healed> {
  let memory = memoryOf(appliedLsn);
  let forgetful = false;
  for (let attempt = 1; ; attempt++) {
    const store = await open(files, memory);
    forgetful ||= store.recovery.forgetful;
    memory = { ...memory, base: store.base };
    try {
      readAll(store);
      return { store, forgetful, torn: store.recovery.torn !== undefined, lastLsn: store.lastLsn };
    } catch (error) {
      if (!isObError(error, 'OB_CHECKSUM_ERROR') || attempt > 3) throw error;
      await store.distrust(error.details['lsn'] as number);
    }
  }
}

function judge(t: Test, where: string, found: Healed, appliedLsn: number, endLsn = lastLsn): void {
  const { store, forgetful } = found;
  const { lsn: baseLsn } = store.base;
  const served = readAll(store);
  for (const entry of served) {
    const expected = original[entry.lsn - 1];
    if (Buffer.compare(entry.bytes, expected?.bytes ?? Buffer.alloc(0)) !== 0) {
      t.fail(`${where}: entry ${entry.lsn} is another one`);
    }
  }
  if (served.length !== store.lastLsn - baseLsn) t.fail(`${where}: a gap`);
  if (store.lastLsn < endLsn && !forgetful) t.fail(`${where}: ends with ${store.lastLsn} and doesn't say so`);
  if (baseLsn > appliedLsn) t.fail(`${where}: begins with ${baseLsn + 1}, which isn't applied`);
  for (let lsn = baseLsn; lsn <= store.lastLsn; lsn++) {
    if (lsn > 0 && store.term(lsn) !== original[lsn - 1]?.term) t.fail(`${where}: term of ${lsn}`);
  }
}

function readAll(store: LogStore): LogEntry[] {
  const found: LogEntry[] = [];
  for (let afterLsn = store.base.lsn; afterLsn < store.lastLsn; ) {
    const some = store.entries({ afterLsn, upToLsn: store.lastLsn, sizeMax: 150 });
    if (some.length === 0) break;
    found.push(...some);
    afterLsn += some.length;
  }
  return found;
}

/** Four files: three with an index, the last one without; batches of one and two entries. */
async function writtenLog(segmentSizeMax = 300): Promise<Map<string, Uint8Array>> {
  const files = new MemoryFiles();
  const store = await open(files, memoryOf(0), segmentSizeMax);
  for (let index = 0; index < lastLsn; ) {
    const entries = original.slice(index, index + 1 + (index % 2));
    await store.write({ truncateAfterLsn: undefined, entries });
    index += entries.length;
  }
  return files.snapshot();
}

function memoryOf(appliedLsn: number): LogMemory {
  return { base: blankBeginning, durableLsn: appliedLsn, appliedLsn, memberLists: [] };
}

function open(files: MemoryFiles, memory: LogMemory, segmentSizeMax = 300): Promise<LogStore> {
  return LogStore.open({
    environment: memoryEnvironment(files),
    directory,
    memory,
    remember: async () => undefined,
    segmentSizeMax,
    cacheSizeMax: 1,
  });
}

function makeEntryOf(lsn: number): LogEntry {
  const text = new TextEncoder().encode(`payload of entry ${lsn} `.repeat(1 + (lsn % 3)));
  const [kind, payload]: [EntryKind, Uint8Array] =
    lsn === 4 ? ['members', encodeMembers(['a', 'b'])] : ['data', text];
  return makeEntry({ lsn, term: 1 + (lsn >> 2), scn: BigInt(lsn) * 1000n, kind, payload });
}
