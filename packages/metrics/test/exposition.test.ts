import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseExposition, sampleOf } from '@sealane/testkit';
import t from 'tap';
import { contentType, counter, exposition, gauge, Histogram, MetricsListener, Tally } from '../src/index.ts';

const logger = { warn: () => undefined };

t.test('a text of metrics is what a strict reader reads', async (t) => {
  const histogram = new Histogram([0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 3]) histogram.observe(value);

  const text = exposition(
    [
      counter('seen_total', 'Backslash \\ and\nline.', [
        { labels: { name: 'quote " backslash \\ line\nend' }, value: 3 },
      ]),
      gauge('level', 'Signed.', [
        { labels: {}, value: -1.5 },
        { labels: { at: 1 }, value: Infinity },
      ]),
      gauge('unknown', 'Not told.', [{ labels: {}, value: undefined }]),
      { name: 'took_seconds', help: 'Times.', type: 'histogram', samples: [histogram.sample({ kind: 'a' })] },
    ],
    { svr_ip: '127.0.0.1' },
  );
  const families = parseExposition(text);

  t.equal(sampleOf(families, 'seen_total', { name: 'quote " backslash \\ line\nend' }), 3);
  t.equal(sampleOf(families, 'level', { at: '1', svr_ip: '127.0.0.1' }), Infinity);
  t.same(families.get('unknown')?.samples, []);
  t.equal(sampleOf(families, 'took_seconds_bucket', { le: '0.1' }), 2, 'a bound belongs to its bucket');
  t.equal(sampleOf(families, 'took_seconds_bucket', { le: '+Inf' }), 4);
  t.equal(sampleOf(families, 'took_seconds_count'), 4);
});

t.test('the reader refuses what is no text of metrics', async (t) => {
  const head = '# HELP a_total A.\n# TYPE a_total counter\n';
  const wrong = {
    'no end of line': `${head}a_total 1`,
    'no type': '# HELP a A.\na 1\n',
    'a series twice': `${head}a_total{x="1"} 1\na_total{x="1"} 2\n`,
    'a family twice': `${head}${head}`,
    'another family': `${head}b 1\n`,
    'a label that is not closed': `${head}a_total{x="1} 1\n`,
    'a counter that falls below zero': `${head}a_total -1\n`,
    'a counter without _total': '# HELP a A.\n# TYPE a counter\na 1\n',
    'a word for a number': `${head}a_total one\n`,
    'buckets that shrink':
      '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    'a histogram without infinity':
      '# HELP h H.\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n',
  };

  for (const [what, text] of Object.entries(wrong)) t.throws(() => parseExposition(text), what);
});

t.test('keys that others choose are bounded', async (t) => {
  const tally = new Tally(2);

  for (const key of ['a', 'b', 'a', 'c', 'd']) tally.add(key);

  t.same(tally.entries(), [
    ['a', 2],
    ['b', 1],
    ['other', 2],
  ]);
  t.equal(tally.total, 5);
});

t.test('metrics are read over HTTP, and nothing else is', async (t) => {
  const listener = new MetricsListener({
    host: '127.0.0.1',
    port: 0,
    collect: async () => 'up 1\n',
    logger,
  });
  const port = await listener.start();
  t.teardown(() => listener.stop());
  const at = (path: string) => `http://127.0.0.1:${port}${path}`;

  const answer = await fetch(at('/metrics'));

  t.equal(answer.headers.get('content-type'), contentType);
  t.equal(await answer.text(), 'up 1\n');
  t.equal((await fetch(at('/metrics'), { method: 'POST', body: 'x' })).status, 405);
  t.equal((await fetch(at('/metrics/../etc'))).status, 404);
});

t.test('scrapers that come together cost one collection; one that fails is told so', async (t) => {
  let collections = 0;
  let fails = false;
  const listener = new MetricsListener({
    host: '127.0.0.1',
    port: 0,
    collect: async () => {
      collections += 1;
      await delay(50);
      if (fails) throw new Error('no figures');
      return 'up 1\n';
    },
    logger,
  });
  const port = await listener.start();
  t.teardown(() => listener.stop());
  const url = `http://127.0.0.1:${port}/metrics`;

  await Promise.all(Array.from({ length: 8 }, () => fetch(url)));
  t.equal(collections, 1);

  fails = true;
  t.equal((await fetch(url)).status, 503);
  t.equal(collections, 2, 'a later one is collected anew');
});

t.test('a port that is taken is said', async (t) => {
  const options = { host: '127.0.0.1', port: 0, collect: async () => '', logger };
  const first = new MetricsListener(options);
  const port = await first.start();
  t.teardown(() => first.stop());

  await t.rejects(new MetricsListener({ ...options, port }).start(), { name: 'OB_INVALID_CONFIG' });
});

t.test('connections beyond a bound are closed, the others go on', async (t) => {
  const listener = new MetricsListener({ host: '127.0.0.1', port: 0, collect: async () => 'up 1\n', logger });
  const port = await listener.start();
  t.teardown(() => listener.stop());
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  t.teardown(() => agent.destroy());
  const ask = () =>
    new Promise<number>((resolve) => {
      request({ host: '127.0.0.1', port, path: '/metrics', agent }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      })
        .once('error', () => resolve(0))
        .end();
    });

  const answers = await Promise.all(Array.from({ length: 40 }, ask));

  t.ok(answers.filter((status) => status === 200).length >= 16);
  t.ok(answers.includes(0), 'those beyond the bound got nothing');
});
