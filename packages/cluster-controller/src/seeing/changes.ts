import type {
  LinkPicture,
  NodePicture,
  ProxyPicture,
  SeenEvent,
  Snapshot,
  StreamPicture,
} from './snapshot.ts';

type Seen = Pick<Snapshot, 'at' | 'nodes' | 'links' | 'streams' | 'proxies'>;

/** What is different now, in words. Pure; the oldest first where there is an order. */
export function changesBetween(before: Seen, after: Seen): readonly SeenEvent[] {
  const { at } = after;
  return [
    ...pairsBy(before.nodes, after.nodes, ({ name }) => name).flatMap((pair) => nodeChange(at, ...pair)),
    ...pairsBy(before.streams, after.streams, streamKey).flatMap((pair) => leaderChange(at, ...pair)),
    ...pairsBy(before.links, after.links, ({ id }) => id).flatMap((pair) => linkChange(at, ...pair)),
    ...pairsBy(before.proxies, after.proxies, ({ name }) => name).flatMap((pair) => proxyChange(at, ...pair)),
  ];
}

function nodeChange(at: number, before: NodePicture, after: NodePicture): readonly SeenEvent[] {
  if (before.walletTrouble !== after.walletTrouble && after.walletTrouble !== null)
    return [
      { at, kind: 'node', tone: 'bad', text: `${after.name}: wallet not loaded: ${after.walletTrouble}` },
    ];
  if (before.state === after.state) return [];
  const restarted = after.state === 'active' && before.pid !== after.pid;
  const tone = after.state === 'active' ? 'good' : after.state === 'stopped' ? 'plain' : 'bad';
  return [
    {
      at,
      kind: 'node',
      tone,
      text: `${after.name}: ${restarted ? 'back as a new process' : after.stateText}`,
    },
  ];
}

function leaderChange(at: number, before: StreamPicture, after: StreamPicture): readonly SeenEvent[] {
  if (before.leader === after.leader) return [];
  const whose = after.tenantId === 1 ? 'sys' : `tenant ${after.tenantId}`;
  if (after.leader === null) return [{ at, kind: 'leader', tone: 'bad', text: `${whose} has no leader` }];
  return [{ at, kind: 'leader', tone: 'plain', text: `${after.leader} leads ${whose}` }];
}

function linkChange(at: number, before: LinkPicture, after: LinkPicture): readonly SeenEvent[] {
  if (before.state === after.state) return [];
  const tone = after.state === 'ENCRYPTED' ? 'good' : after.state === 'MISSING' ? 'plain' : 'bad';
  const how = after.state === 'ENCRYPTED' ? `ENCRYPTED, ${after.protocol ?? 'TLS'}` : after.state;
  return [{ at, kind: 'link', tone, text: `${after.from} → ${after.to} ${how}` }];
}

function proxyChange(at: number, before: ProxyPicture, after: ProxyPicture): readonly SeenEvent[] {
  if (before.running !== after.running)
    return [
      {
        at,
        kind: 'proxy',
        tone: after.running ? 'good' : 'bad',
        text: `${after.name} ${after.running ? 'runs' : 'is down'}`,
      },
    ];
  const plainBack = before.back !== null && before.back.plain > 0;
  if (plainBack && after.back?.plain === 0 && after.back.encrypted > 0)
    return [{ at, kind: 'proxy', tone: 'good', text: `${after.name}: every link to a server ENCRYPTED` }];
  return [];
}

/** Things that are in both. */
function pairsBy<Thing>(
  before: readonly Thing[],
  after: readonly Thing[],
  key: (thing: Thing) => string,
): readonly [before: Thing, after: Thing][] {
  const known = new Map(before.map((thing) => [key(thing), thing]));
  return after.flatMap((thing) => {
    const old = known.get(key(thing));
    return old === undefined ? [] : [[old, thing] satisfies [Thing, Thing]];
  });
}

function streamKey({ tenantId, lsId }: StreamPicture): string {
  return `${tenantId}/${lsId}`;
}
