import { get } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Browser, canBrowse, type Page, parseExposition, sampleOf, within } from '@sealane/testkit';
import t, { type Test } from 'tap';
import { dashboardMetrics } from '../src/dashboard/dashboard-metrics.ts';
import { CLIENTS_MAX, EventStream, PENDING_SIZE_MAX } from '../src/dashboard/event-stream.ts';
import { DashboardListener } from '../src/dashboard/listener.ts';
import { readPageFiles } from '../src/dashboard/page-files.ts';
import type { LinkState, Snapshot } from '../src/seeing/snapshot.ts';
import { seenCluster } from './seen-cluster.ts';

const TIMEOUT_MS = 10_000;
t.setTimeout(90_000);

t.test('the page is served with a policy that lets nothing in from elsewhere, and read only', async (t) => {
  const { url } = await serve(t);

  const page = await fetch(url);
  const policy = page.headers.get('content-security-policy') ?? '';

  t.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
  t.match(policy, /default-src 'none'/);
  t.notMatch(policy, /unsafe|\*|https?:/);
  t.equal((await fetch(`${url}main.js`)).headers.get('content-type'), 'text/javascript; charset=utf-8');
  t.equal((await fetch(`${url}..%2flistener.ts`)).status, 404);
  t.equal((await fetch(`${url}tsconfig.json`)).status, 404);
  for (const method of ['POST', 'PUT', 'DELETE']) t.equal((await fetch(url, { method })).status, 405, method);
  t.equal(await statusFor(url, 'evil.example:80'), 421, 'another name that leads here is not ours');
  t.equal(await statusFor(url, 'localhost:80'), 200);
});

t.test('scripts get one snapshot, Prometheus its figures', async (t) => {
  const { url, tell } = await serve(t);
  t.equal((await fetch(`${url}snapshot.json`)).status, 503, 'nothing was seen yet');

  const snapshot = seenCluster({ state: (index) => (index < 2 ? 'ENCRYPTED' : 'PLAIN') });
  tell(snapshot);

  t.same(await (await fetch(`${url}snapshot.json`)).json(), snapshot);
  const families = parseExposition(await (await fetch(`${url}metrics`)).text());
  t.equal(sampleOf(families, 'sealane_pairs', { mode: 'ENCRYPTED' }), 2);
  t.equal(sampleOf(families, 'sealane_pairs', { mode: 'PLAIN' }), 4);
  t.equal(sampleOf(families, 'sealane_rung_current', { rung: 'roll' }), 1);
  t.equal(sampleOf(families, 'sealane_run_running'), 1);
  t.equal(sampleOf(families, 'sealane_longest_write_gap_seconds', { how: 'probe' }), 0.212);
});

t.test('who watches is bounded, and who does not read is let go', async (t) => {
  const stream = new EventStream();
  const sink = (pendingSize: number) => ({ pendingSize, dropped: false, texts: [] as string[] });
  const sinks = Array.from({ length: CLIENTS_MAX + 1 }, (_, index) =>
    sink(index === 3 ? PENDING_SIZE_MAX + 1 : 0),
  );
  const added = sinks.map((each) =>
    stream.add(
      {
        get pendingSize() {
          return each.pendingSize;
        },
        write: (text) => each.texts.push(text),
        drop: () => {
          each.dropped = true;
        },
      },
      [],
      undefined,
    ),
  );

  stream.tell(seenCluster());

  t.same(added, [...Array.from({ length: CLIENTS_MAX }, () => true), false]);
  t.equal(sinks[3]?.dropped, true, 'the slow one');
  t.equal(stream.clientCount, CLIENTS_MAX - 1);
  t.equal(
    sinks.filter(({ texts }) => texts.some((text) => text.includes('event: snapshot'))).length,
    CLIENTS_MAX - 1,
  );
});

t.test('a client that opens a stream and never reads is dropped, while others go on', async (t) => {
  const { url, tell, listener } = await serve(t);
  const { port } = new URL(url);
  const deaf = connect({ host: '127.0.0.1', port: Number(port) });
  t.teardown(() => deaf.destroy());
  deaf.pause();
  deaf.on('error', () => undefined);
  deaf.write('GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await within(TIMEOUT_MS, 'the stream', () => listener.stream.clientCount === 1);

  const long = {
    ...seenCluster(),
    events: Array.from({ length: 60 }, () => ({
      at: 1,
      kind: 'run' as const,
      tone: 'plain' as const,
      text: 'x'.repeat(2_000),
    })),
  };
  await within(TIMEOUT_MS, 'the deaf one to be dropped', () => {
    for (let count = 0; count < 20; count++) tell(long);
    return listener.stream.clientCount === 0;
  });

  t.equal((await fetch(`${url}snapshot.json`)).status, 200);
});

const browsing = {
  skip:
    canBrowse() || process.env['CI'] !== undefined ? false : 'looking at the page needs /usr/bin/chromium',
};

t.test('in a browser', browsing, async (t) => {
  const browser = await Browser.start(t);
  // SEALANE_SCREENSHOTS keeps them for somebody to look at.
  const shots = process.env['SEALANE_SCREENSHOTS'] ?? t.testdir();

  t.test('links change from plain to encrypted before one’s eyes, and the words say so', async (t) => {
    const { url, tell } = await serve(t);
    tell(seenCluster());
    const page = await browser.open(url, { width: 1440, height: 900 });
    await shows(page, "document.querySelectorAll('.link.mode-PLAIN').length === 6");
    t.equal(await text(page, '#headline'), '0 of 6 links encrypted');
    const amber = await strokeOf(page, 'PLAIN');

    for (let done = 1; done <= 6; done++) {
      tell(
        seenCluster({
          state: (index) => (index < done ? 'ENCRYPTED' : index === done ? 'MISSING' : 'PLAIN'),
        }),
      );
      await shows(page, `document.querySelectorAll('.link.mode-ENCRYPTED').length === ${done}`);
    }

    t.equal(await text(page, '#headline'), '6 of 6 links encrypted');
    t.equal(await page.evaluate('document.title'), '6/6 encrypted · Sealane');
    await shows(page, `getComputedStyle(document.querySelector('.link path.line')).stroke !== '${amber}'`);
    t.match(
      await page.evaluate("document.querySelector('.link').getAttribute('aria-label')"),
      /encrypted, TLSv1\.3/,
    );
    t.match(await text(page, '#announce'), /6 of 6 links encrypted.*encryption enable done/);
    t.match(await text(page, '#run'), /encryption enable, 3 of 3 nodes, 12\.3 s/);
    t.match(await text(page, '#events'), /<b>process<\/b> not running/, 'what a node says is no markup');
    await page.screenshotOfView(join(shots, 'encrypted.png'));
    t.same(page.troubles, []);
    t.same(
      page.requests.filter((request) => !request.startsWith(url)),
      [],
      'no request to anybody else',
    );
  });

  t.test('it works by keyboard: to a node, along its links, details, and back', async (t) => {
    const { url, tell } = await serve(t);
    tell(seenCluster({ state: (index) => (index === 0 ? 'ENCRYPTED' : 'PLAIN') }));
    const page = await browser.open(url, { width: 1440, height: 900 });
    await shows(page, "document.querySelectorAll('.link').length === 6");
    const focused = () => page.evaluate('document.activeElement?.dataset?.id ?? document.activeElement?.id');

    t.same(await tabStops(page), ['skip', 'theme', 'observer-1', 'summary'], 'the mesh is one stop');
    await page.evaluate("document.querySelector('.node').focus()");
    await page.press('ArrowRight');
    t.equal(await focused(), 'observer-2');
    await page.press('ArrowLeft');
    await page.press('ArrowLeft');
    t.equal(await focused(), 'observer-3', 'round again');
    await page.press('Home');
    await page.press('ArrowDown');
    t.equal(await focused(), 'observer-1→observer-2');
    await page.press('Enter');
    await shows(page, "document.querySelector('#details').open");
    t.equal(await text(page, '#details-title'), 'observer-1 → observer-2');
    t.match(await text(page, '#details-facts'), /encrypted.*TLSv1\.3.*TLS_AES_256_GCM_SHA384/);
    t.equal(await focused(), 'details-close', 'the keyboard goes along');
    await page.screenshotOfView(join(shots, 'details.png'));
    tell(seenCluster({ state: () => 'PLAIN' }));
    await shows(page, "document.querySelector('#details-facts').textContent.includes('in clear')");
    await page.press('Escape');
    t.equal(await page.evaluate("document.querySelector('#details').open"), false);
    t.equal(await focused(), 'observer-1→observer-2', 'back where it was');
    await page.press('ArrowUp');
    t.equal(await focused(), 'observer-1');
    await page.press('Tab');
    await page.evaluate("document.querySelector('.node').focus()");
    t.equal(
      await page.evaluate(
        "getComputedStyle(document.querySelector('.node:focus-visible rect.card')).strokeWidth",
      ),
      '2.5px',
      'and it shows where it is',
    );
    const nameless = await page.evaluate(
      "[...document.querySelectorAll('button, [role=button], [role=img]')].filter((each) => !(each.getAttribute('aria-label') || each.textContent.trim())).length",
    );
    t.equal(nameless, 0, 'everything has a name');
  });

  t.test('light and dark follow the system, and the switch', async (t) => {
    const { url, tell } = await serve(t);
    tell(seenCluster());
    const light = await browser.open(url, { width: 1280, height: 800, scheme: 'light' });
    const dark = await browser.open(url, { width: 1280, height: 800, scheme: 'dark' });
    for (const page of [light, dark]) await shows(page, "document.querySelectorAll('.link').length === 6");
    const background = (page: Page) => page.evaluate('getComputedStyle(document.body).backgroundColor');

    const [day, night] = [await background(light), await background(dark)];
    t.not(day, night);
    await dark.evaluate("document.querySelector('#theme').click()");
    t.equal(await background(dark), day, 'light by the switch');
    await dark.evaluate("document.querySelector('#theme').click()");
    t.equal(await background(dark), night, 'dark by the switch');
    for (const page of [light, dark])
      t.same(await lowContrast(page), [], 'texts stand out from what is behind them');
    await light.screenshotOfView(join(shots, 'light.png'));
    await dark.screenshotOfView(join(shots, 'dark.png'));
  });

  t.test('narrow and wide, with one node or seven, nothing is cut off', async (t) => {
    const { url, tell } = await serve(t);
    tell(seenCluster());
    const page = await browser.open(url, { width: 1900, height: 1000, reducedMotion: true });
    for (const [width, nodes] of [
      [1900, 3],
      [1024, 7],
      [760, 1],
      [360, 3],
    ] as const) {
      tell(seenCluster({ nodes }));
      await page.resize(width, 900);
      await shows(page, `document.querySelectorAll('.node').length === ${nodes} && innerWidth === ${width}`);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      t.equal(overflow, 0, `${width} pixels wide, ${nodes} nodes`);
      await page.screenshot(join(shots, `width-${width}.png`));
    }
    const moving = await page.evaluate(
      "getComputedStyle(document.querySelector('.segments i') ?? document.body).transitionDuration",
    );
    t.equal(moving, '0s', 'nothing moves for those who asked for that');
    t.same(page.troubles, []);
  });

  t.test('when the controller is gone the page says so, and goes on when it is back', async (t) => {
    const first = await serve(t);
    first.tell(seenCluster());
    const page = await browser.open(first.url, { width: 1280, height: 800 });
    await shows(page, "document.querySelector('#live').dataset.state === 'live'");

    await first.listener.stop();
    await shows(page, "document.querySelector('#live').dataset.state === 'lost'");
    t.match(await text(page, '#live-text'), /no word/);
    const again = await serve(t, Number(new URL(first.url).port));
    again.tell(seenCluster({ state: () => 'ENCRYPTED' }));

    await shows(page, "document.querySelectorAll('.link.mode-ENCRYPTED').length === 6");
    await shows(page, "document.querySelector('#live').dataset.state === 'live'");
    t.pass('it came back by itself');
  });
});

interface Served {
  readonly url: string;
  readonly listener: DashboardListener;
  tell(snapshot: Snapshot): void;
}

async function serve(t: Test, port = 0): Promise<Served> {
  let latest: Snapshot | undefined;
  const listener: DashboardListener = new DashboardListener({
    host: '127.0.0.1',
    port,
    files: readPageFiles(),
    history: () => [],
    latest: () => latest,
    metrics: () => dashboardMetrics(latest, listener.stream.clientCount),
  });
  const bound = await listener.start();
  t.teardown(() => listener.stop());
  const tell = (snapshot: Snapshot): void => {
    latest = snapshot;
    listener.stream.tell(snapshot);
  };
  return { url: `http://127.0.0.1:${bound}/`, listener, tell };
}

function statusFor(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).once('error', reject);
  });
}

function shows(page: Page, condition: string): Promise<unknown> {
  return within(TIMEOUT_MS, condition, async () => (await page.evaluate(condition)) === true);
}

function text(page: Page, selector: string): Promise<string> {
  return page.evaluate(`document.querySelector('${selector}').textContent`) as Promise<string>;
}

function strokeOf(page: Page, state: LinkState): Promise<unknown> {
  return page.evaluate(`getComputedStyle(document.querySelector('.link.mode-${state} path.line')).stroke`);
}

/** What Tab stops at, in order, by class, id or name. */
async function tabStops(page: Page): Promise<readonly unknown[]> {
  await page.evaluate('document.activeElement?.blur()');
  const stops: unknown[] = [];
  for (let count = 0; count < 4; count++) {
    await page.press('Tab');
    stops.push(
      await page.evaluate(
        '(({ dataset, id, className, localName }) => dataset.id || id || className || localName)(document.activeElement)',
      ),
    );
  }
  return stops;
}

/** Texts of the page whose contrast with the page's panels is under 4.5, WCAG's AA. */
function lowContrast(page: Page): Promise<unknown> {
  return page.evaluate(`(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgb = (colour) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, index) => sum + c * [0.2126, 0.7152, 0.0722][index], 0);
    const panel = light(rgb(getComputedStyle(document.querySelector('.panel')).backgroundColor));
    return ['h1', '.muted', '.headline-text', '.hint', '.legend li', '.rungs .title', '.rungs .what', '.horizon .what', '.horizon .days',
      '.events time', '.tile .note', '.link text', '.node .name', '.node .fact']
      .filter((selector) => {
        const element = document.querySelector(selector);
        const style = getComputedStyle(element);
        const front = light(rgb(element instanceof SVGElement ? style.fill : style.color));
        const [high, low] = front > panel ? [front, panel] : [panel, front];
        return (high + 0.05) / (low + 0.05) < 4.5;
      });
  })()`);
}
