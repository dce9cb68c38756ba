import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { within } from '@sealane/testkit';
import t from 'tap';
import type { TimedEvent } from '../src/run-reader.ts';
import { changesBetween } from '../src/seeing/changes.ts';
import { CommitGap, IDLE_AFTER_MS, LongestGap } from '../src/seeing/commit-gap.ts';
import { HISTORY_MAX, History } from '../src/seeing/history.ts';
import { RateMeter } from '../src/seeing/rates.ts';
import { RunFollower } from '../src/seeing/run-follower.ts';
import { rungPictures } from '../src/seeing/rungs.ts';
import { WriteProbe } from '../src/seeing/write-probe.ts';
import { seenCluster } from './seen-cluster.ts';

t.test('rates are made of counters that begin anew with each process', async (t) => {
  const meter = new RateMeter();
  const reading = (atMs: number, instance: string, statements: number) => ({
    atMs,
    instance,
    counters: { statements, failed: 0, commits: statements },
  });

  meter.take('a', reading(0, 'first', 1_000));
  t.equal(meter.total, undefined, 'one reading is no rate');
  meter.take('a', reading(500, 'first', 1_100));
  t.same(meter.total, { statements: 200, failed: 0, commits: 200 });
  meter.lost('a');
  t.equal(meter.of('a'), undefined, 'nobody can tell');
  meter.take('a', reading(2_500, 'second', 50));

  t.equal(meter.of('a')?.statements, 25, 'another process counts from 0');
  t.equal(meter.grown.statements, 150);
});

t.test('the longest gap is that between two things seen, or the open one', async (t) => {
  const gap = new LongestGap();
  t.equal(gap.longest(0, 0), undefined);

  for (const ms of [100, 150, 650, 700]) gap.seen(ms, 1_000 + ms);

  t.same(gap.longest(750, 1_750), { ms: 500, at: 1_650 });
  t.same(gap.longest(1_400, 2_400), { ms: 700, at: 2_400 }, 'still open');
  t.equal(gap.takeRecent(710), 500);
  t.equal(gap.takeRecent(720), 20, 'since the last look');
});

t.test('by commit counters an idle cluster has no gap', async (t) => {
  const gap = new CommitGap();
  gap.take(0, 0, 0);
  t.equal(gap.longest(5_000, 0), undefined, 'nobody ever wrote');

  gap.take(10, 500, 500);
  gap.take(20, 1_000, 1_000);
  gap.take(20, 1_500, 1_500);
  gap.take(30, 2_200, 2_200);
  t.equal(gap.longest(2_200, 2_200)?.ms, 1_200);
  gap.take(30, 2_200 + IDLE_AFTER_MS + 1, 0);
  gap.take(40, 60_000, 60_000);

  t.equal(gap.longest(60_000, 60_000)?.ms, 1_200, 'a long silence is nobody who writes');
});

t.test('the probe measures from answer to answer, and connects again', async (t) => {
  let refuses = true;
  let texts: string[] = [];
  const probe = new WriteProbe({
    intervalMs: 1,
    dial: async () => {
      if (refuses) throw new Error('nobody listens');
      return {
        usable: true,
        encryption: undefined,
        query: async (text: string) => {
          texts.push(text);
          if (texts.length === 5) throw new Error('killed');
          return [];
        },
        close: () => undefined,
      };
    },
  });
  probe.start();

  await within(5_000, 'trouble', () => probe.picture(0, 0).trouble === 'nobody listens');
  refuses = false;
  await within(5_000, 'a failure and writes after it', () => {
    const { failed, writes } = probe.picture(performance.now(), Date.now());
    return failed === 1 && writes > 6;
  });
  const { longestMs, trouble } = probe.picture(performance.now(), Date.now());
  await probe.stop();

  t.equal(trouble, null);
  t.ok(Number(longestMs) >= 100, 'the time without a connection is in it');
  t.match(texts[0], /^CREATE TABLE IF NOT EXISTS test\.sealane_write_probe/);
  t.match(texts.at(-1), /^DELETE FROM test\.sealane_write_probe/, 'it leaves no row behind');
  texts = [];
});

t.test('what changed is told in words', async (t) => {
  const before = seenCluster({ at: 1_000 });
  const after = seenCluster({
    at: 2_000,
    state: (index) => (index === 0 ? 'ENCRYPTED' : index === 1 ? 'MISSING' : 'PLAIN'),
    node: (index) =>
      index === 1 ? { state: 'down', stateText: 'process not running' } : index === 2 ? { pid: 999 } : {},
  });
  const moved = { ...after, streams: [{ tenantId: 1002, lsId: 1001, leader: 'observer-3', gapMs: 0 }] };
  const back = {
    ...seenCluster({ at: 3_000, node: (index) => (index === 1 ? { pid: 555 } : {}) }),
    streams: moved.streams,
  };

  t.same(changesBetween(before, before), []);
  t.same(
    changesBetween(before, moved).map(({ kind, tone, text }) => `${kind} ${tone} ${text}`),
    [
      'node bad observer-2: process not running',
      'leader plain observer-3 leads tenant 1002',
      'link good observer-1 → observer-2 ENCRYPTED, TLSv1.3',
      'link plain observer-1 → observer-3 MISSING',
    ],
  );
  t.match(changesBetween(moved, back)[0], { tone: 'good', text: 'observer-2: back as a new process' });
});

t.test('the charts keep so much and no more', async (t) => {
  const history = new History();
  const point = { statements: 1, failed: 0, commits: 1, logGapMs: 0, writeGapMs: 0 };

  for (let at = 0; at < HISTORY_MAX + 10; at++) history.add({ at, ...point });

  t.equal(history.points.length, HISTORY_MAX);
  t.equal(history.points[0]?.at, 10);
});

t.test('a run is followed by its record, line by line, and known to be over', async (t) => {
  const runs = t.testdir();
  let atWork = true;
  const follower = new RunFollower(runs, () => atWork);
  follower.look();
  t.equal(follower.picture, null, 'nothing was ever run');

  const directory = join(runs, '2026-05-01T101500.123Z-encryption-enable');
  mkdirSync(directory);
  const file = join(directory, 'events.jsonl');
  writeFileSync(
    join(directory, 'plan.json'),
    JSON.stringify({ goal: 'encryption enable', started_at: '2026-05-01T10:15:00.123Z' }),
  );
  const say = (event: object) =>
    appendFileSync(file, `${JSON.stringify({ at: '2026-05-01T10:15:01.000Z', ...event })}\n`);
  const nodes = [
    { server: 'a:1', instance: '1' },
    { server: 'b:1', instance: '2' },
  ];
  say({ event: 'end', step: { kind: 'begin-roll', mode: 'ENCRYPTED', nodes }, text: 'roll', ms: 1 });
  say({ event: 'end', step: { kind: 'begin-node', server: 'a:1' }, text: 'a is next', ms: 1 });
  say({ event: 'wait', text: 'a to serve' });
  appendFileSync(file, '{"at":"2026-05-01T10:15');
  follower.look();
  t.match(follower.picture, {
    goal: 'encryption enable',
    state: 'running',
    nodesToDo: 2,
    nodesDone: 0,
    node: 'a:1',
    waitsFor: 'a to serve',
  });

  appendFileSync(
    file,
    ':02.000Z","event":"end","step":{"kind":"end-node","server":"a:1"},"text":"a is back","ms":9}\n',
  );
  follower.look();
  t.match(follower.picture, { nodesDone: 1, node: null, waitsFor: null });
  t.equal(follower.events.at(-1)?.text, 'a is back', 'the torn line was read when it was whole');
  atWork = false;
  t.equal(follower.picture?.state, 'interrupted');
  writeFileSync(
    join(directory, 'after.json'),
    JSON.stringify({ outcome: 'OB_TIMEOUT', reason: 'too slow', ended_at: '2026-05-01T10:16:00.000Z' }),
  );
  follower.look();
  t.match(follower.picture, { state: 'failed', reason: 'too slow', endedAt: '2026-05-01T10:16:00.000Z' });

  mkdirSync(join(runs, '2026-05-02T000000.000Z-restart'));
  follower.look();
  t.equal(follower.picture, null, 'the newest counts, and its plan is not there yet');
});

t.test('a rung holds by what the nodes show; the run says where the controller is', async (t) => {
  const view = {
    proxies: [],
    nodes: [
      nodeShowing({ ssl_client_authentication: 'True', _ob_ssl_invited_nodes: 'ALL' }),
      nodeShowing({ ssl_client_authentication: 'True', _ob_ssl_invited_nodes: 'NONE' }),
      { ...nodeShowing({}), answer: undefined },
    ],
  };
  const { summary } = seenCluster({ state: (index) => (index < 4 ? 'ENCRYPTED' : 'MISSING') });
  const events = [
    { at: '', event: 'begin', step: { kind: 'start-process', server: 'a:1' }, text: '' },
  ] as readonly TimedEvent[];

  const rungs = rungPictures({ view: view as never, summary, proxies: [], events });

  t.same(
    rungs.map(({ id, holds, detail, current }) => [id, holds, detail, current]),
    [
      ['allow', true, '2 nodes, 1 silent', false],
      ['invite', false, '1 nodes, 1 silent', false],
      ['roll', false, '4 of 6 links', true],
      ['require', null, '0 nodes, 3 silent', false],
    ],
  );
});

function nodeShowing(parameters: Record<string, string>): {
  readonly answer: { parameters: Record<string, string> } | undefined;
} {
  return { answer: { parameters } };
}
