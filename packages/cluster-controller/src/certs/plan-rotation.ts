import { missingPairs, type NodeView, nodeLabel, otherServers, type Server } from '../cluster-view.ts';
import { bringProxy, proxyLeafIsEverywhere, rotatedProxies } from './plan-proxy-rotation.ts';
import {
  bothAuthorities,
  PHASES,
  type Phase,
  type Rotation,
  type RotationDecision,
  type RotationSide,
  type RotationStep,
  rotationStepKey,
  sidesOf,
  type WantedWallet,
} from './rotation.ts';
import { meshEnds, type RotationView } from './rotation-view.ts';
import { isLoaded, isOnDisk, wantedWallet } from './wanted-wallet.ts';

/** How long every node may take to answer. */
const SETTLE_TIMEOUT_MS = 10_000;
/** Who has dialled in vain for long waits before the next try. */
const PAIRS_TIMEOUT_MS = 30_000;
const RELOAD_TIMEOUT_MS = 15_000;
/** A link that is replaced drains first: longer than a statement may take by default. */
const RENEW_TIMEOUT_MS = 60_000;
/** Readings in a row before a wallet is replaced, or the whole called done: one reading may be a stale one. */
const CERTAIN_READINGS = 3;

interface Progress {
  readonly rotation: Rotation;
  readonly view: RotationView;
  readonly asked: ReadonlySet<string>;
  /** Drop the old CA whoever still needs it. */
  readonly force: boolean;
}

/**
 * Decides the next step of a rotation. Pure: the same view leads to the same decision, so the controller may be killed and
 * started again anywhere, and turned round at any moment.
 *
 * @param options  until: the last phase to reach, the rotation can be gone on with later; asked: what this run has asked for already (`rotationStepKey`); force: drop the old CA whoever needs it
 */
export function decideRotation(
  rotation: Rotation,
  view: RotationView,
  options: { until?: Phase; asked?: ReadonlySet<string>; force?: boolean } = {},
): RotationDecision {
  const { until = 'drop', asked = new Set<string>(), force = false } = options;
  const progress = { rotation, view, asked, force };
  const silent = waitForAnswers(view);
  if (silent !== undefined) return silent;
  for (const phase of phasesLeft(rotation, view)) {
    if (rotation.direction === 'forward' && PHASES.indexOf(phase) > PHASES.indexOf(until)) break;
    const decision = climb(phase, progress);
    if (decision !== undefined) return decision;
  }
  return { kind: 'done', readings: CERTAIN_READINGS };
}

/** While any node or link still has a certificate that is not the wanted one, both CAs must be trusted everywhere. */
export function phasesLeft(rotation: Rotation, view: RotationView): readonly Phase[] {
  const { to } = sidesOf(rotation);
  const everywhere =
    view.cluster.nodes.every((node) => leafIsEverywhere(view, node, to)) &&
    rotatedProxies(rotation, view).every((proxy) => proxyLeafIsEverywhere(proxy, { rotation, view }));
  return everywhere ? ['drop'] : PHASES;
}

function climb(phase: Phase, progress: Progress): RotationDecision | undefined {
  const { cluster } = progress.view;
  return (
    (phase === 'drop' ? refuseToDrop(progress) : climbHere(progress)) ??
    firstOf(cluster.nodes, (node) => bring(node, phase, progress)) ??
    waitForPairs(progress.view) ??
    firstOf(rotatedProxies(progress.rotation, progress.view), (proxy) =>
      bringProxy(proxy, phase, progress),
    ) ??
    (phase === 'drop' ? firstOf(cluster.nodes, (node) => renewAfterLoad(node, progress)) : undefined)
  );
}

/** The file that local clients and this program trust holds both CAs until the last phase is through. */
function climbHere({ rotation, view }: Progress): RotationDecision | undefined {
  if (view.trustedHere === undefined) return undefined;
  const authorities = bothAuthorities(rotation);
  if (authorities.every((authority) => view.trustedHere?.includes(authority))) return undefined;
  return { kind: 'step', step: { kind: 'trust-here', authorities }, readings: 1 };
}

/** Whoever still lives by the old CA would be shut out: servers that aren't in our hands, clients with its certificates. */
function refuseToDrop({ rotation, view, force }: Progress): RotationDecision | undefined {
  if (rotation.kind === 'leaf' || rotation.direction === 'back' || force) return undefined;
  const servers = otherServers(view.cluster).map(
    ({ server }) =>
      `${server} belongs to the cluster and is not one of this target: give it a certificate of the new CA`,
  );
  const made = [...rotation.new.clients, ...Object.values(rotation.new.leaves)];
  const clients = view.cluster.nodes.flatMap((node) =>
    (node.answer?.links ?? [])
      .filter(({ peerServer, peerCertificate }) => peerServer === undefined && peerCertificate !== undefined)
      .filter(({ peerCertificate }) => !made.includes(peerCertificate?.sha256 ?? ''))
      .map(
        ({ peerAddress, peerIdentity }) =>
          `the client ${peerAddress} on ${node.name} shows a certificate (${peerIdentity ?? 'unnamed'}) that this rotation did not make`,
      ),
  );
  const reasons = [...servers, ...clients];
  if (reasons.length === 0) return undefined;
  return { kind: 'refuse', reasons: [...reasons, 'if they can do without the old CA, give --force'] };
}

/** Undefined when the node has what the phase wants: on disk, in use, and (for leaves) on every link. */
function bring(node: NodeView, phase: Phase, progress: Progress): RotationDecision | undefined {
  const { server } = node;
  const wallet = wantedWallet(server, phase, progress);
  if (!isOnDisk(progress.view, server, wallet)) {
    return { kind: 'step', step: { kind: 'install', phase, server, wallet }, readings: CERTAIN_READINGS };
  }
  if (node.answer?.tls.enabled !== true) return undefined;
  if (!isLoaded(node.answer?.tls, phase, wallet)) return load(node, phase, wallet, progress);
  // Between nodes whose certificates have expired no link can be made, not even from a new one: all of them first.
  if (phase !== 'leaves' || hasExpired(progress.view)) return undefined;
  return renewOldLinks(node, wallet.leaf, progress) ?? waitForPairs(progress.view, server);
}

function load(node: NodeView, phase: Phase, wallet: WantedWallet, { asked }: Progress): RotationDecision {
  const step: RotationStep = { kind: 'reload', phase, server: node.server, wallet };
  if (!asked.has(rotationStepKey(step))) return { kind: 'step', step, readings: 1 };
  const { lastReloadResult, lastReloadReason } = node.answer?.tls ?? {};
  const why = lastReloadResult === 'FAILED' ? ` (${lastReloadReason ?? 'no reason given'})` : '';
  return {
    kind: 'wait',
    key: `load ${phase} ${node.server}`,
    for: `${nodeLabel(node)} to load its new wallet${why}`,
    timeoutMs: RELOAD_TIMEOUT_MS,
    onTimeout: 'fail',
    backOut: node.server,
  };
}

/** Each link that touches the node must show its new certificate: those it dialled, and those that others dialled to it. */
function renewOldLinks(node: NodeView, leaf: string, progress: Progress): RotationDecision | undefined {
  const { cluster } = progress.view;
  const dialledByIt = meshEnds(cluster, node).filter(
    (link) => link.direction === 'OUT' && link.localCertificate?.sha256 !== leaf,
  );
  const dialledToIt = meshEnds(cluster, node).filter(
    (link) => link.direction === 'IN' && link.localCertificate?.sha256 !== leaf,
  );
  const seenByPeers = cluster.nodes.filter((other) =>
    meshEnds(cluster, other).some(
      (link) =>
        link.peerServer === node.server && link.direction === 'OUT' && link.peerCertificate?.sha256 !== leaf,
    ),
  );
  const dialers = [
    ...(dialledByIt.length > 0 ? [node.server] : []),
    ...dialledToIt.flatMap((link) => link.peerServer ?? []),
    ...seenByPeers.map((other) => other.server),
  ];
  const reason = `every link of ${nodeLabel(node)} to show its new certificate`;
  return renew({ phase: 'leaves', touching: node.server, dialers, reason }, progress);
}

/** After the old CA is gone, only a link that was made since proves that it can be made. */
function renewAfterLoad(node: NodeView, progress: Progress): RotationDecision | undefined {
  if (progress.rotation.kind === 'leaf') return undefined;
  const loadedAt = node.answer?.tls.loadedAt ?? '';
  const older = meshEnds(progress.view.cluster, node).filter((link) => link.openedAt < loadedAt);
  const dialers = older.map((link) => (link.direction === 'OUT' ? node.server : (link.peerServer ?? '')));
  const reason = `every link of ${nodeLabel(node)} to be made without the old CA`;
  return renew({ phase: 'drop', touching: node.server, dialers, reason }, progress);
}

interface Renewal {
  readonly phase: Phase;
  readonly touching: Server;
  readonly dialers: readonly Server[];
  /** For people: what is waited for. */
  readonly reason: string;
}

function renew(
  { phase, touching, dialers, reason }: Renewal,
  { asked }: Progress,
): RotationDecision | undefined {
  if (dialers.length === 0) return undefined;
  const steps = [...new Set(dialers)].map(
    (server): RotationStep => ({ kind: 'renew-links', phase, server, touching }),
  );
  const step = steps.find((each) => !asked.has(rotationStepKey(each)));
  if (step !== undefined) return { kind: 'step', step, readings: 1 };
  const key = `links ${phase} ${touching}`;
  return { kind: 'wait', key, for: reason, timeoutMs: RENEW_TIMEOUT_MS, onTimeout: 'fail' };
}

function leafIsEverywhere(view: RotationView, node: NodeView, to: RotationSide): boolean {
  const leaf = to.leaves[node.server];
  const { tls } = node.answer ?? {};
  if (view.wallets.get(node.server)?.leaf !== leaf) return false;
  if (tls?.enabled !== true) return true;
  const ends = meshEnds(view.cluster, node);
  return (
    tls.leaf === leaf &&
    ends.every(
      (link) =>
        link.localCertificate?.sha256 === leaf &&
        (link.peerCertificate === undefined ||
          link.peerCertificate.sha256 === to.leaves[link.peerServer ?? '']),
    )
  );
}

function waitForAnswers({ cluster }: RotationView): RotationDecision | undefined {
  // A node that isn't running gets its files all the same: an expired certificate may be what keeps it down.
  const silent = cluster.nodes.find((node) => node.process.running && node.answer === undefined);
  if (silent === undefined) return undefined;
  return {
    kind: 'wait',
    key: 'answers',
    for: `${nodeLabel(silent)} to answer (${silent.unreachable ?? 'no reason given'})`,
    timeoutMs: SETTLE_TIMEOUT_MS,
    onTimeout: 'refuse',
  };
}

/**
 * Where a certificate has expired links can't be made: then a rotation is the cure, and must not wait for them.
 *
 * @param server  only pairs that it belongs to; all when undefined
 */
function waitForPairs(view: RotationView, server?: Server): RotationDecision | undefined {
  const { cluster } = view;
  if (hasExpired(view)) return undefined;
  const down = cluster.nodes.filter((node) => !node.process.running).map((node) => node.server);
  const missing = missingPairs(cluster).filter(
    ({ from, to }) =>
      !down.includes(from) &&
      !down.includes(to) &&
      (server === undefined || from === server || to === server),
  );
  if (missing.length === 0) return undefined;
  return {
    kind: 'wait',
    key: 'pairs',
    for: `a link from ${missing.map((pair) => `${pair.from} to ${pair.to}`).join(', ')}`,
    timeoutMs: PAIRS_TIMEOUT_MS,
    onTimeout: 'refuse',
  };
}

function hasExpired({ cluster, now }: RotationView): boolean {
  return cluster.nodes.some((node) => (node.answer?.tls.expiresAt ?? now) < now);
}

function firstOf<Item>(
  items: readonly Item[],
  decide: (item: Item) => RotationDecision | undefined,
): RotationDecision | undefined {
  for (const item of items) {
    const decision = decide(item);
    if (decision !== undefined) return decision;
  }
  return undefined;
}
