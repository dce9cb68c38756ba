import t from 'tap';
import { measuredLines } from './failover/measure.ts';
import { longestGapMs, longestWaitMs, type WriteEvent } from './failover/write-load.ts';

/** What is made of the times at which rows were acknowledged. */

const row = (writer: number, endMs: number, error?: string): WriteEvent => {
  return { writer, startMs: endMs - 1, endMs, error, kind: 'statement', node: 'observer-1' };
};

t.test('a gap ends with any row, a wait with one of the same writer', (t) => {
  const events = [row(1, 100), row(2, 110), row(2, 150), row(1, 180), row(2, 190)];
  const span = { fromMs: 120, toMs: 200 };
  t.equal(
    longestGapMs(events, span),
    40,
    'from 110 to 150: what had begun when the span did counts as a whole',
  );
  t.equal(longestWaitMs(events, span), 80, 'writer 1, from 100 to 180');
  t.end();
});

t.test('rows of nobody until the end of the span are a gap up to there', (t) => {
  const events = [row(1, 100), row(1, 130), row(1, 400)];
  t.equal(longestGapMs(events, { fromMs: 110, toMs: 200 }), 70);
  t.end();
});

t.test('failed statements and open transactions end no gap', (t) => {
  const events = [
    row(1, 100),
    row(1, 120, '6002'),
    { ...row(2, 130), kind: 'transaction' as const },
    row(1, 150),
  ];
  t.equal(longestGapMs(events, { fromMs: 100, toMs: 160 }), 50);
  t.equal(longestWaitMs(events, { fromMs: 100, toMs: 160 }), 50);
  t.end();
});

t.test('the time before a load has begun is not taken for a gap', (t) => {
  t.throws(() => longestGapMs([row(1, 100)], { fromMs: 50, toMs: 200 }), /had not begun/);
  t.end();
});

t.test('what is told names the figures of the change and those just before it', (t) => {
  const lines = measuredLines([
    {
      change: 'switch',
      before: { gapMs: 8.4, waitMs: 12 },
      during: { gapMs: 33.6, waitMs: 48 },
      failedStatements: [],
      failedTransactions: ['6002 rolled back'],
      from: 'observer-1',
      to: 'observer-2',
    },
  ]);
  t.match(lines, [
    /^switch +1×$/,
    /gap in writes +median 34 ms, max 34 ms \[34\]; just before median 8 ms/,
    /wait of a writer +median 48 ms, max 48 ms \[48\]; just before median 12 ms/,
    /failed statements none; failed open transactions 1 \(6002 rolled back 1\)/,
  ]);
  t.end();
});
