import type { LinkState, NodePicture, Snapshot } from '../src/seeing/snapshot.ts';

export interface SeenOptions {
  readonly at?: number;
  /** Of the link with this number, in the order of the pairs. */
  readonly state?: (index: number) => LinkState;
  readonly node?: (index: number) => Partial<NodePicture>;
  readonly nodes?: number;
}

/** A snapshot of a cluster that isn't there: a proxy, three nodes, six links, in clear when nothing else is said. */
export function seenCluster({
  at = Date.now(),
  state = () => 'PLAIN',
  node = () => ({}),
  nodes: count = 3,
}: SeenOptions = {}): Snapshot {
  const nodes = Array.from({ length: count }, (_, index) => ({ ...nodeNumber(index), ...node(index) }));
  const pairs = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => [from.name, to.name]));
  const links = pairs.map(([from = '', to = ''], index) => {
    const mode = state(index);
    const encrypted = mode === 'ENCRYPTED';
    return {
      id: `${from}→${to}`,
      from,
      to,
      state: mode,
      protocol: encrypted ? 'TLSv1.3' : null,
      cipher: encrypted ? 'TLS_AES_256_GCM_SHA384' : null,
      openedAt: '2026-11-24 18:00:00.000000',
      epoch: 3,
      clearBytes: encrypted ? 0 : 120_000,
      encryptedBytes: encrypted ? 240_000 : 0,
      seenByBoth: true,
    };
  });
  const of = (mode: LinkState) => links.filter((link) => link.state === mode).length;
  const holds = of('ENCRYPTED') === links.length;
  return {
    at,
    cluster: 'seen',
    nodes,
    proxies: [
      {
        name: 'obproxy',
        address: '127.0.0.1:2883',
        pid: 77,
        running: true,
        front: { plain: 4, encrypted: 12 },
        back: { plain: 0, encrypted: 5 },
        servers: { '127.0.0.1:2882': { plain: 0, encrypted: 5 } },
        trouble: null,
      },
    ],
    links,
    summary: {
      pairs: links.length,
      encrypted: of('ENCRYPTED'),
      authenticated: of('AUTHENTICATED'),
      plain: of('PLAIN'),
      missing: of('MISSING'),
      clients: { plain: 1, encrypted: 20 },
    },
    streams: [{ tenantId: 1002, lsId: 1001, leader: 'observer-1', gapMs: 3 }],
    rates: { statements: 812, failed: 0, commits: 240, failedSinceStart: 0 },
    gap: {
      how: 'probe',
      longestMs: 212,
      longestAt: at - 5_000,
      currentMs: 12,
      recentMs: 24,
      precisionMs: 20,
      trouble: null,
      writes: 1_200,
      failed: 0,
    },
    horizon: [
      { at: '2026-12-10T00:00:00.000Z', daysLeft: 15, what: 'certificate of observer-3', links: 4 },
      { at: '2027-11-24T00:00:00.000Z', daysLeft: 364, what: 'certificate of observer-1', links: 4 },
    ],
    rungs: [
      { id: 'allow', title: 'allow', holds: true, detail: '3 of 3 nodes', current: false },
      { id: 'proxy', title: 'proxy', holds: true, detail: '5 of 5 links to servers', current: false },
      { id: 'invite', title: 'invite', holds: true, detail: '3 of 3 nodes', current: false },
      {
        id: 'roll',
        title: 'roll',
        holds,
        detail: `${of('ENCRYPTED')} of ${links.length} links`,
        current: !holds,
      },
      { id: 'require', title: 'require', holds: false, detail: '0 of 3 nodes', current: false },
    ],
    run: {
      id: '2026-11-24T180000.000Z-encryption-enable',
      goal: 'encryption enable',
      state: holds ? 'done' : 'running',
      startedAt: new Date(at - 12_300).toISOString(),
      endedAt: holds ? new Date(at).toISOString() : null,
      nodesDone: holds ? 3 : 1,
      nodesToDo: 3,
      node: holds ? null : '127.0.0.1:3882',
      step: null,
      waitsFor: holds ? null : 'observer-2 127.0.0.1:3882 to serve',
      reason: null,
    },
    events: [
      { at: at - 1_000, kind: 'link', tone: 'good', text: 'observer-1 → observer-2 ENCRYPTED, TLSv1.3' },
      { at: at - 2_000, kind: 'node', tone: 'bad', text: 'observer-2: <b>process</b> not running' },
    ],
  };
}

function nodeNumber(index: number): NodePicture {
  return {
    name: `observer-${index + 1}`,
    server: `127.0.0.1:${2882 + index * 1000}`,
    zone: `zone${index + 1}`,
    sqlAddress: `127.0.0.1:${2881 + index * 1000}`,
    pid: 100 + index,
    state: 'active',
    stateText: 'ACTIVE',
    leads: index === 0 ? [1, 1002] : [],
    gapMs: index,
    sessions: { plain: index === 2 ? 1 : 0, encrypted: 6 },
    statementsPerSecond: 270,
    certificateExpiresAt: '2027-11-24T00:00:00.000Z',
    tlsEnabled: true,
    walletTrouble: null,
    heardMsAgo: 120,
  };
}
