import t from 'tap';
import type { ClusterView, LinkRow, NodeView } from '../../src/cluster-view.ts';
import { bundleFiles } from '../../src/evidence/bundle-files.ts';
import { noCapture } from '../../src/evidence/capture/judge-capture.ts';
import type { Evidence } from '../../src/evidence/gather.ts';
import { suitesInUse } from '../../src/evidence/inventory.ts';
import { requirementsFor } from '../../src/evidence/requirements.ts';
import { type LedgerDumps, LINK_COLUMNS, SUMMARY_COLUMNS } from '../../src/link-rows.ts';
import { html, styleSheet } from '../../src/markup.ts';
import { drawMesh, pictureOf } from '../../src/mesh-picture.ts';
import { statusJson } from '../../src/report.ts';
import { FakeCluster } from '../fake-cluster.ts';

const HOSTILE = `<img src=x onerror="alert('1')">&`;
const madeAt = '2026-05-01T10:00:00.000Z';
const servers = ['10.0.0.1:2882', '10.0.0.2:2882', '10.0.0.3:2882'];

t.test(
  'whatever comes from a cluster is text on the page, and the page asks nobody for anything',
  async (t) => {
    const page = pageOf(evidence(HOSTILE));
    t.notMatch(page, /<img|onerror="/, 'no element of theirs');
    t.ok(page.includes('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;'));
    t.notMatch(page, /<script|<link|<iframe|@import|url\((?!#)/i);
    t.same(
      [...page.matchAll(/https?:\/\/[^"\s]+/g)].map(([url]) => url),
      ['http://www.w3.org/2000/svg'],
      'a name, no address',
    );
    t.match(page, /default-src 'none'; style-src 'unsafe-inline'/);
    t.same(unbalanced(page), [], 'every element ends');
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    t.equal(new Set(ids).size, ids.length, 'ids are its own');
    t.ok(page.includes('content: ""'), 'style sheets are not escaped');
  },
);

t.test('the page says first what it comes to, and names what answers which requirement', async (t) => {
  const page = pageOf(evidence('observer-1'));
  const verdict = page.indexOf('clear text is not refused everywhere');
  t.ok(verdict > 0 && verdict < page.indexOf('<h2>'));
  for (const id of ['4.2.1', '4.2.1.1', '12.3.3']) t.ok(page.includes(`<h3>${id} `), id);
  t.ok(page.includes('f'.repeat(64)), 'the fingerprint to compare');
});

t.test('every file that a requirement names is in the bundle', async (t) => {
  const told = evidence('observer-1');
  const files = bundleFiles(told, { timeline: [], fingerprint: '', version: '' }).map(({ name }) => name);
  const named = requirementsFor(told).flatMap(({ points }) => points.flatMap(({ evidence: list }) => list));
  t.ok(named.length > 8);
  t.same(
    named.filter((each) => !files.includes(each.split(':')[0] ?? '')),
    [],
  );
});

t.test('a link shows its mode by class, by dashes and in a word; the worst of several counts', async (t) => {
  const view = viewOf([
    [0, 1, 'ENCRYPTED'],
    [0, 1, 'PLAIN'],
    [1, 0, 'ENCRYPTED'],
    [1, 2, 'AUTHENTICATED'],
  ]);
  const { links } = pictureOf(view);
  const modes = Object.fromEntries(
    links.map(({ from, to, mode, label }) => [`${from[7]}${to[7]}`, `${mode} ${label}`]),
  );
  t.same(modes, {
    12: 'PLAIN clear',
    21: 'ENCRYPTED TLSv1.3',
    23: 'AUTHENTICATED clear, auth',
    13: 'MISSING no link',
    31: 'MISSING no link',
    32: 'MISSING no link',
  });
  const svg = drawMesh(pictureOf(view)).toString();
  t.equal([...svg.matchAll(/<path class="mesh-missing"/g)].length, 3);
  t.match(svg, /observer-1 to observer-2: plain, clear/, 'a description for who can not see it');
  t.same(unbalanced(svg), []);
  t.notMatch(svg, /NaN|undefined/);
});

t.test('a proxy stands below, and is drawn by its own ledger', async (t) => {
  const view = viewOf([[0, 1, 'ENCRYPTED']]);
  const back = { ...linkRow('OUT', '10.0.0.2:2881', undefined, 'PLAIN'), kind: 'PROXY' };
  const config = { enable_client_ssl: 'False', enable_server_ssl: 'False' };
  const process = { running: true, pid: 1, instance: '1' };
  const place = { name: 'obproxy', host: '10.0.0.9', port: 2883, identity: '10.0.0.9' };
  const proxies = [{ ...place, process, answer: { config, links: [back] }, unreachable: undefined }];
  const picture = pictureOf({ ...view, proxies }, [{ name: 'obproxy', address: '10.0.0.9:2883' }]);
  t.match(
    picture.links.find(({ from }) => from === 'obproxy'),
    { to: servers[1], mode: 'PLAIN' },
  );
  t.match(drawMesh(picture).toString(), /obproxy to observer-2: plain, clear/);
});

t.test('one node, or nine, make a picture', async (t) => {
  for (const count of [1, 2, 9]) {
    const nodes = Array.from({ length: count }, (_, index) =>
      nodeView(`10.0.0.${index + 1}:2882`, index, []),
    );
    const svg = drawMesh(pictureOf({ nodes, proxies: [] })).toString();
    t.notMatch(svg, /NaN|undefined|Infinity/, `${count} nodes`);
    t.equal([...svg.matchAll(/class="mesh-name"/g)].length, count);
  }
});

t.test('templates escape, join and leave out', async (t) => {
  t.equal(
    html`<p title="${'"'}">${['<', html`<b>${1}</b>`, null, undefined, false]}</p>`.toString(),
    '<p title="&quot;">&lt;<b>1</b></p>',
  );
  t.equal(html`${'a\u0000b\u001b'}`.toString(), 'a\ufffdb\ufffd', 'what no document may hold');
  t.equal(styleSheet('a > b { content: "" }').toString(), '<style>a > b { content: "" }</style>');
});

t.test('suites in use are counted by what they are, and where', async (t) => {
  t.match(suitesInUse(dumps('observer-1')), [
    {
      kind: 'RPC',
      mode: 'ENCRYPTED',
      protocol: 'TLSv1.3',
      live: 1,
      closed: 1,
      nodes: ['observer-1 10.0.0.1:2882'],
    },
  ]);
});

function pageOf(told: Evidence): string {
  const files = bundleFiles(told, { timeline: [], fingerprint: 'f'.repeat(64), version: '1' });
  return files.find(({ name }) => name === 'report.html')?.content.toString() ?? '';
}

/** Elements that don't end, or end twice; void ones need none. */
function unbalanced(markup: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  const bare = markup.replace(/<style>.*?<\/style>/gs, '');
  for (const [, end, name = '', rest = ''] of bare.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/gi)) {
    if (rest.endsWith('/') || ['meta', 'br'].includes(name)) continue;
    if (end === '') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

function evidence(name: string): Evidence {
  const view = viewOf([[0, 1, 'ENCRYPTED']]);
  const verdict = { linkCount: 12, offenders: [], unproven: [], strangers: 0, probes: 0 };
  const expected = { outcome: 'ACCEPTED', because: name } as const;
  const received = { outcome: 'ACCEPTED', how: 'answer', text: name, hex: '00' } as const;
  const probe = {
    node: `${name} 10.0.0.1:2882`,
    port: 'RPC',
    address: '10.0.0.1:2882',
    probe: 'plain',
    title: name,
  } as const;
  return {
    ...{
      made_at: madeAt,
      cluster: name,
      view,
      run: undefined,
      suites: suitesInUse(dumps(name)),
      capture: noCapture,
    },
    verdict: {
      state: 'ENCRYPTED',
      headline: `clear text is not refused everywhere ${name}`,
      shown: [name],
      open: [name],
      faults: [name],
    },
    status: statusJson(new FakeCluster(), view),
    proxies: [],
    ledgers: dumps(name),
    clearText: { since: Date.parse(madeAt), sinceReason: name, mesh: verdict, clients: verdict },
    probes: {
      probes: [
        {
          ...probe,
          at: madeAt,
          elapsed_ms: 1,
          from: null,
          sent: name,
          sent_hex: name,
          received,
          node_says: name,
          expected,
          verdict: 'open',
          conclusion: name,
        },
      ],
      controls: [{ node: name, port: 'RPC', address: name, sent: name, received }],
    },
    certificates: {
      certificates: [],
      refused: [name],
      warnings: [name],
      horizon: [{ at: madeAt, days_left: 1, what: name, links: [name] }],
    },
    readiness: { columns: ['KIND', 'NAME', 'LOCKED_OUT_BY'], rows: [['USER', name, name]], unreadable: null },
  };
}

function dumps(name: string): LedgerDumps {
  const row = (values: Partial<Record<(typeof LINK_COLUMNS)[number], string>>) =>
    LINK_COLUMNS.map((column) => values[column] ?? null);
  const link = {
    KIND: 'RPC',
    DIRECTION: 'OUT',
    MODE: 'ENCRYPTED',
    PROTOCOL: 'TLSv1.3',
    CIPHER: name,
    PEER_ADDR: name,
    OPENED_AT: madeAt,
  };
  const links = [row(link), row({ ...link, CLOSED_AT: madeAt })];
  return {
    ...{ read_at: madeAt, link_columns: LINK_COLUMNS, summary_columns: SUMMARY_COLUMNS },
    ledgers: [{ node: `${name} 10.0.0.1:2882`, unreachable: null, time_zone: name, links, summary: [] }],
  };
}

function viewOf(links: readonly (readonly [number, number, LinkRow['mode']])[]): ClusterView {
  const nodes = servers.map((server, index) => {
    const rows = links.flatMap(([from, to, mode]) => [
      ...(from === index ? [linkRow('OUT', servers[to] ?? '', servers[to], mode)] : []),
      ...(to === index ? [linkRow('IN', servers[from] ?? '', servers[from], mode)] : []),
    ]);
    return nodeView(server, index, rows);
  });
  return { nodes, proxies: [] };
}

function linkRow(
  direction: 'IN' | 'OUT',
  peerAddress: string,
  peerServer: string | undefined,
  mode: LinkRow['mode'],
): LinkRow {
  const protocol = mode === 'PLAIN' ? null : 'TLSv1.3';
  return {
    ...{
      linkId: '1',
      kind: 'RPC',
      direction,
      peerAddress,
      peerServer,
      mode,
      protocol,
      cipher: null,
      epoch: 1,
      openedAt: madeAt,
    },
    ...{ clearBytesIn: 0, clearBytesOut: 0, encryptedBytesIn: 0, encryptedBytesOut: 0 },
    ...{ localCertificate: undefined, peerCertificate: undefined, peerIdentity: null },
  };
}

function nodeView(server: string, index: number, links: readonly LinkRow[]): NodeView {
  const tls = {
    enabled: true,
    leaf: undefined,
    expiresAt: undefined,
    authorities: [],
    loadedAt: '',
    crlNumber: null,
    lastReloadResult: null,
    lastReloadReason: null,
  };
  return {
    ...{
      name: `observer-${index + 1}`,
      server,
      zone: `zone${index + 1}`,
      sqlHost: server.split(':')[0] ?? '',
      sqlPort: 2881,
    },
    process: { running: true, pid: 1, instance: '1' },
    answer: {
      servers: [],
      parameters: {},
      streams: [],
      links,
      tls,
      certificateExpiresAt: null,
      askedEncrypted: true,
      tenantsServe: true,
    },
    unreachable: undefined,
  };
}
