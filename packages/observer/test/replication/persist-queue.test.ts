import { type LogEntry, type Message, makeEntry, type Persist } from '@sealane/consensus';
import t from 'tap';
import { mergePersists, PersistQueue } from '../../src/replication/persist-queue.ts';

/** Every made entry is another one. */
let terms = 1;

const message: Message = { kind: 'change-leader', term: 1 };

t.test(
  'what comes during a write shares the next one, and nothing is sent before it is written',
  async (t) => {
    const events: string[] = [];
    const gates: (() => void)[] = [];
    const queue = new PersistQueue({
      write: (persist) => {
        events.push(`write ${persist.entries.map((each) => each.lsn).join()}`);
        return new Promise((resolve) => gates.push(resolve));
      },
      send: (envelope) => events.push(`send ${envelope.to}`),
      persisted: (last) => events.push(`persisted ${last.lsn}`),
      written: () => events.push('written'),
      refused: () => Promise.resolve(false),
      failed: (error) => events.push(`failed ${String(error)}`),
    });
    queue.push({ persist: undefined, send: [{ to: 'at once', message }] });
    queue.push({ persist: append(1), send: [{ to: 'first', message }] });
    queue.push({ persist: append(2), send: [{ to: 'second', message }] });
    queue.push({ persist: undefined, send: [{ to: 'third', message }] });
    queue.push({ persist: append(3), send: [] });
    t.same(events.splice(0), ['send at once', 'write 1']);
    gates[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    t.same(events.splice(0), ['send first', 'persisted 1', 'written', 'write 2,3']);
    gates[1]?.();
    await queue.idle();
    t.same(events, ['send second', 'send third', 'persisted 3', 'written']);
  },
);

t.test('after a failed write nothing is sent or written any more', async (t) => {
  const events: string[] = [];
  const queue = new PersistQueue({
    write: () => Promise.reject(new Error('EIO')),
    send: () => events.push('send'),
    persisted: () => events.push('persisted'),
    written: () => events.push('written'),
    refused: () => Promise.resolve(false),
    failed: () => events.push('failed'),
  });
  queue.push({ persist: append(1), send: [{ to: 'x', message }] });
  await queue.idle();
  queue.push({ persist: undefined, send: [{ to: 'x', message }] });
  queue.push({ persist: append(2), send: [] });
  await queue.idle();
  t.same(events, ['failed']);
});

t.test('merged writes end as they would one after the other', (t) => {
  const cases: Persist[][] = [
    [append(5), append(6, 7)],
    [append(5, 6), cut(5, 6)],
    [append(5, 6), cut(3, 4)],
    [append(5), cut(4, 5), cut(2, 3, 4)],
    [cut(3, 4), append(5, 6), cut(4), append(5)],
    [cut(1), cut(3)],
    [append(5, 6, 7), cut(6), cut(4)],
  ];
  for (const persists of cases) {
    const expected = persists.reduce(
      write,
      [1, 2, 3, 4].map((lsn) => entry(lsn, 1)),
    );
    const merged = mergePersists(persists);
    t.ok(merged);
    const actual = write(
      [1, 2, 3, 4].map((lsn) => entry(lsn, 1)),
      merged as Persist,
    );
    t.same(actual.map(tag), expected.map(tag));
  }
  const vote = { term: 3, votedFor: 'a', joined: true };
  const merged = mergePersists([{ ...append(5), hardState: vote }, append(6)]);
  t.same(merged?.hardState, vote);
  t.equal(mergePersists([]), undefined);
  t.end();
});

function entry(lsn: number, term = ++terms): LogEntry {
  return makeEntry({ lsn, term, scn: 0n, kind: 'data', payload: new Uint8Array(0) });
}

function append(...lsns: number[]): Persist {
  return { hardState: undefined, truncateAfterLsn: undefined, entries: lsns.map((lsn) => entry(lsn)) };
}

function cut(afterLsn: number, ...lsns: number[]): Persist {
  return { ...append(...lsns), truncateAfterLsn: afterLsn };
}

function write(log: LogEntry[], persist: Persist): LogEntry[] {
  const kept = log.filter((each) => each.lsn <= (persist.truncateAfterLsn ?? Number.POSITIVE_INFINITY));
  return [...kept, ...persist.entries];
}

function tag(each: LogEntry): string {
  return `${each.lsn}:${each.term}`;
}
