import { type LogEntry, type LogReader, makeEntry } from '@sealane/consensus';
import t from 'tap';
import { Applier } from '../../src/replication/applier.ts';
import { EntryCache } from '../../src/replication/entry-cache.ts';
import { systemEnvironment } from '../../src/replication/system-environment.ts';

t.test('a single commit is applied at once, a backlog in turns', async (t) => {
  const applied: number[] = [];
  const failures: unknown[] = [];
  const applier = makeApplier({
    count: 61,
    apply: ({ lsn }) => {
      const endMs = performance.now() + 1;
      while (performance.now() < endMs) applied[lsn - 1] = lsn;
    },
    failures,
  });
  applier.advanceTo(1);
  t.equal(applier.appliedLsn, 1);
  applier.advanceTo(60);
  t.ok(applier.appliedLsn < 60, 'it let others in between');
  applier.advanceTo(61);
  for (let turn = 0; applier.appliedLsn < 61; turn++) {
    if (turn > 1000) throw new Error(`stuck at ${applier.appliedLsn}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.same(
    applied,
    Array.from({ length: 61 }, (_, index) => index + 1),
  );
  t.equal(applier.appliedScn, 61n);
  t.same(failures, []);
});

t.test('a stopped applier applies nothing more, not even the rest of its batch', (t) => {
  const applied: number[] = [];
  const applier = makeApplier({
    count: 10,
    apply: ({ lsn }) => {
      applied.push(lsn);
      if (lsn === 3) applier.stop();
    },
    failures: [],
  });
  applier.advanceTo(10);
  applier.advanceTo(10);
  t.same(applied, [1, 2, 3]);
  t.end();
});

t.test('a failure in a later turn is told', async (t) => {
  const failures: unknown[] = [];
  const applier = makeApplier({
    count: 60,
    apply: ({ lsn }) => {
      const endMs = performance.now() + 1;
      while (performance.now() < endMs) if (lsn === 50) throw new Error('disk full');
    },
    failures,
  });
  applier.advanceTo(60);
  for (let turn = 0; failures.length === 0 && turn < 1000; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.match(failures, [{ message: 'disk full' }]);
  t.equal(applier.appliedLsn, 49);
});

t.test('the cache keeps the newest entries within its bound, without a gap', (t) => {
  const cache = new EntryCache(1000);
  const size = entry(1).bytes.length;
  const kept = Math.floor(1000 / size);
  for (let lsn = 1; lsn <= 5000; lsn++) cache.append([entry(lsn)]);
  t.equal(cache.entries({ afterLsn: 5000 - kept - 1, upToLsn: 5000, sizeMax: 1e6 }), undefined, 'too old');
  const found = cache.entries({ afterLsn: 5000 - kept, upToLsn: 5000, sizeMax: 1e6 }) ?? [];
  t.same(
    found.map(({ lsn }) => lsn),
    Array.from({ length: kept }, (_, index) => 5000 - kept + 1 + index),
  );
  cache.truncateAfter(4995);
  t.equal(cache.entries({ afterLsn: 4995, upToLsn: 5000, sizeMax: 1e6 }), undefined);
  cache.append([entry(4996)]);
  t.equal(cache.entries({ afterLsn: 4994, upToLsn: 4996, sizeMax: 1e6 })?.length, 2);
  t.equal(cache.entries({ afterLsn: 4990, upToLsn: 4996, sizeMax: 1 })?.length, 1, 'one at least');
  cache.truncateAfter(0);
  t.equal(cache.entries({ afterLsn: 0, upToLsn: 1, sizeMax: 1 }), undefined);
  t.end();
});

t.test('it tells since when the state machine takes nothing', (t) => {
  let room = 2;
  const applier = makeApplier({
    count: 9,
    apply: () => {
      room -= 1;
    },
    mayApply: () => room > 0,
    failures: [],
  });
  t.equal(applier.stalledSinceMs, undefined);
  applier.advanceTo(9);
  const since = applier.stalledSinceMs;
  t.type(since, 'number');
  applier.advanceTo(9);
  t.equal(applier.stalledSinceMs, since, 'the first time counts');
  room = 100;
  applier.resume();
  t.equal(applier.appliedLsn, 9);
  t.equal(applier.stalledSinceMs, undefined);
  t.end();
});

function makeApplier(options: {
  count: number;
  apply(entry: LogEntry): void;
  mayApply?(): boolean;
  failures: unknown[];
}): Applier {
  const entries = Array.from({ length: options.count }, (_, index) => entry(index + 1));
  const reader: LogReader = {
    base: { lsn: 0, term: 0, scn: 0n },
    memberLists: () => [],
    lastLsn: options.count,
    term: () => 1,
    entries: ({ afterLsn, upToLsn }) => entries.slice(Math.max(0, afterLsn), Math.min(upToLsn, afterLsn + 5)),
  };
  const effects = {
    apply: options.apply,
    mayApply: options.mayApply ?? (() => true),
    turnEnded: () => undefined,
    failed: (error: unknown) => options.failures.push(error),
  };
  return new Applier({ environment: systemEnvironment, reader, appliedLsn: 0, effects });
}

function entry(lsn: number): LogEntry {
  return makeEntry({ lsn, term: 1, scn: BigInt(lsn), kind: 'data', payload: new Uint8Array(50) });
}
