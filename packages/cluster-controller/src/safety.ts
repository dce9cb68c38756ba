import {
  type ClusterView,
  type LinkMode,
  ledStreams,
  linksOf,
  majorityOf,
  missingPairs,
  type NodeView,
  ownRow,
  type Server,
  type StreamRow,
} from './cluster-view.ts';

/** OceanBase's own rule for STOP SERVER: a replica further behind does not count. */
const LOG_GAP_MAX_NS = 5_000_000_000n;

/**
 * Why `server` must not be stopped now; empty when it may. Checked before each stop, not once: every other node
 * serves, and every log stream keeps a majority that is in sync.
 */
export function reasonsAgainstStopping(view: ClusterView, server: Server): readonly string[] {
  return [...reasonsAgainstNodes(view, server), ...streamsAtRisk(view, server)];
}

/** What keeps the links that touch `server` (or all, when undefined) from being in `mode`; empty when they are. */
export function describeLinkFaults(view: ClusterView, mode: LinkMode, server?: Server): readonly string[] {
  const concerns = (pair: { from: Server; to: Server }) =>
    server === undefined || pair.from === server || pair.to === server;
  const missing = missingPairs(view)
    .filter(concerns)
    .map((pair) => `${pair.from} to ${pair.to} has no link`);
  const wrong = linksOf(view)
    .filter((link) => link.betweenNodes && concerns(link) && link.mode !== mode)
    .map((link) => `${link.from} to ${link.to} is ${link.mode}`);
  const halfSeen = linksOf(view)
    .filter((link) => link.betweenNodes && concerns(link) && link.mode === mode && !link.seenByBoth)
    .map((link) => `${link.from} to ${link.to} is in the ledger of one end only`);
  return [...missing, ...wrong, ...halfSeen];
}

/** Streams that the node has no replica of in sync with the leader; empty when the node may be relied on. */
export function streamsNotInSync(view: ClusterView, node: NodeView): readonly string[] {
  return allStreams(view).flatMap(({ tenantId, lsId, leader }) => {
    const label = `tenant ${tenantId} log stream ${lsId}`;
    if (leader === undefined) return [`${label} has no leader`];
    return inSync(node, leader) ? [] : [`${label} is not in sync`];
  });
}

function reasonsAgainstNodes(view: ClusterView, server: Server): readonly string[] {
  return view.nodes
    .filter((node) => node.server !== server)
    .flatMap((node) => {
      const label = `${node.name} ${node.server}`;
      const row = ownRow(node);
      if (row === undefined) return [`${label} does not answer (${node.unreachable ?? 'it is not listed'})`];
      if (row.status !== 'ACTIVE') return [`${label} is ${row.status}`];
      if (row.stopTime !== null) return [`${label} is stopped since ${row.stopTime}`];
      if (row.startServiceTime === null) return [`${label} does not serve yet`];
      return [];
    });
}

/** The streams that would lose their majority in sync if `server` stopped. */
export function streamsAtRisk(view: ClusterView, server: Server): readonly string[] {
  const streams = allStreams(view);
  if (streams.length === 0) return ['no node shows a log stream'];
  return streams.flatMap(({ tenantId, lsId, leader }) => {
    const label = `tenant ${tenantId} log stream ${lsId}`;
    if (leader === undefined) return [`${label} has no leader`];
    const others = view.nodes.filter((node) => node.server !== server && inSync(node, leader));
    const needed = majorityOf(leader.members.length);
    if (others.length >= needed) return [];
    return [
      `${label} would keep ${others.length} replicas in sync of ${leader.members.length}, it needs ${needed}`,
    ];
  });
}

/** Replicas too far behind their leader to count, by the name of their node. */
export function logGaps(view: ClusterView): readonly { readonly node: string; readonly what: string }[] {
  return allStreams(view).flatMap(({ tenantId, lsId, leader }) => {
    if (leader === undefined) return [];
    const label = `tenant ${tenantId} log stream ${lsId}`;
    return view.nodes
      .filter((node) => node.answer !== undefined && leader.members.includes(node.server))
      .filter((node) => !inSync(node, leader))
      .map((node) => ({ node: node.name, what: `${label} is ${gapText(node, leader)}` }));
  });
}

function gapText(node: NodeView, leader: StreamRow): string {
  const own = node.answer?.streams.find(
    (row) => row.tenantId === leader.tenantId && row.lsId === leader.lsId,
  );
  if (own === undefined) return 'not there';
  const gapMs = Number((leader.endScn - own.endScn) / 1_000_000n);
  return `${(gapMs / 1000).toFixed(1)} s behind its leader, IN_SYNC ${own.inSync ? 'YES' : 'NO'}`;
}

function inSync(node: NodeView, leader: StreamRow): boolean {
  const own = node.answer?.streams.find(
    (row) => row.tenantId === leader.tenantId && row.lsId === leader.lsId,
  );
  return own?.inSync === true && leader.endScn - own.endScn <= LOG_GAP_MAX_NS;
}

function allStreams(
  view: ClusterView,
): readonly { tenantId: number; lsId: number; leader: StreamRow | undefined }[] {
  const streams = new Map<string, { tenantId: number; lsId: number; leader: StreamRow | undefined }>();
  for (const row of view.nodes.flatMap((node) => node.answer?.streams ?? [])) {
    const key = `${row.tenantId}/${row.lsId}`;
    if (!streams.has(key)) streams.set(key, { tenantId: row.tenantId, lsId: row.lsId, leader: undefined });
  }
  for (const row of view.nodes.flatMap(ledStreams)) {
    const key = `${row.tenantId}/${row.lsId}`;
    const known = streams.get(key)?.leader;
    // A deposed leader may still call itself one for a moment: the one whose log reaches further is believed.
    if (known === undefined || row.endLsn > known.endLsn) {
      streams.set(key, { tenantId: row.tenantId, lsId: row.lsId, leader: row });
    }
  }
  return [...streams.values()];
}
