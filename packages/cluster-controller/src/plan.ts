import { type ClusterView, missingPairs, type NodeView, nodeLabel, nodeOf, ownRow } from './cluster-view.ts';
import { type Goal, goalName, ladderOf, type Rung } from './goal.ts';
import { planRoll, startProcess, startServer } from './plan-roll.ts';
import { describeLinkFaults } from './safety.ts';
import { askedKey, type Decision, type RollState, waitFor } from './step.ts';

/** How long a parameter may take to be seen on every node. */
const PARAMETER_TIMEOUT_MS = 15_000;
/** How long every node may take to answer and every pair to have its link, before anything is touched. */
const SETTLE_TIMEOUT_MS = 10_000;
/** Readings in a row before the whole is called done: one good reading may be a stale one. */
const DONE_READINGS = 3;

/**
 * Decides the next step towards `goal`. Pure: the same view and the same roll give the same decision, so the
 * controller may be killed and started again anywhere.
 *
 * @param roll  what the journal knows; undefined when no roll was begun
 * @param asked  what this run has asked for already (parameters, starts): it is waited for, not asked again
 */
export function decide(
  goal: Goal,
  view: ClusterView,
  roll: RollState | undefined,
  asked: ReadonlySet<string> = new Set(),
): Decision {
  const mending = mendOtherRoll(goal, view, roll, asked);
  if (mending !== undefined) return mending;

  const own = roll?.goal === goalName(goal) ? roll : undefined;
  const down = own === undefined ? view.nodes.filter((node) => !node.process.running) : [];
  if (down.length > 0) return refuseDown(down);
  for (const rung of ladderOf(goal)) {
    const decision = climb(rung, goal, view, own, asked);
    if (decision !== undefined) return decision;
  }
  return { kind: 'done', readings: DONE_READINGS };
}

/**
 * Whether the world that a roll was begun in is gone: a node that waits for its turn runs as another process than
 * the one noted, so somebody restarted or made the cluster anew. Its journal says nothing about this one.
 */
export function isAbandoned(roll: RollState, view: ClusterView): boolean {
  return roll.nodes.some(({ server, instance }) => {
    if (server === roll.current || roll.finished.includes(server)) return false;
    const now = nodeOf(view, server)?.process.instance;
    return now !== undefined && now !== instance;
  });
}

/** Undefined when the rung holds already. */
function climb(
  rung: Rung,
  goal: Goal,
  view: ClusterView,
  roll: RollState | undefined,
  asked: ReadonlySet<string>,
): Decision | undefined {
  if (rung.kind === 'roll') return climbRoll(rung, goal, view, roll, asked);
  // While our own roll has a node down, its parameters can't be read; the roll itself goes on.
  if (roll !== undefined && !roll.ended) return undefined;
  return climbParameter(rung, view, asked);
}

function climbParameter(
  rung: Extract<Rung, { kind: 'parameter' }>,
  view: ClusterView,
  asked: ReadonlySet<string>,
): Decision | undefined {
  const unsettled = waitForAll(view);
  if (unsettled !== undefined) return unsettled;
  const others = view.nodes.filter((node) => !shows(node, rung.name, rung.value));
  const uncertified =
    rung.name === 'ssl_client_authentication' && rung.value === 'True' ? withoutCertificate(view) : [];
  if (others.length === 0 && uncertified.length === 0) return undefined;
  if (!asked.has(askedKey('set-parameter', `${rung.name}=${rung.value}`)) && others.length > 0) {
    const { name, value, was } = rung;
    return { kind: 'step', step: { kind: 'set-parameter', name, value, was }, readings: 1 };
  }
  const missing = others.length > 0 ? others : uncertified;
  const what =
    others.length > 0 ? `show ${rung.name} = ${rung.value}` : 'load its certificate and offer TLS to clients';
  return {
    kind: 'wait',
    key: `parameter ${rung.name}`,
    for: `${names(missing)} to ${what}`,
    timeoutMs: PARAMETER_TIMEOUT_MS,
    onTimeout: 'fail',
    undo: { kind: 'set-parameter', name: rung.name, value: rung.was, was: rung.value },
  };
}

function climbRoll(
  rung: Extract<Rung, { kind: 'roll' }>,
  goal: Goal,
  view: ClusterView,
  roll: RollState | undefined,
  asked: ReadonlySet<string>,
): Decision | undefined {
  if (roll !== undefined && !roll.ended) return planRoll(roll, view, asked);
  const unsettled = waitForAll(view);
  if (unsettled !== undefined) return unsettled;
  const faults = rung.mode === undefined ? [] : describeLinkFaults(view, rung.mode);
  if (roll === undefined && (rung.mode === undefined || faults.length > 0))
    return beginRoll(rung, goal, view);
  if (faults.length === 0) return undefined;
  return waitFor('link modes', `every link to be ${rung.mode}: ${faults.join('; ')}`, SETTLE_TIMEOUT_MS);
}

function beginRoll(rung: Extract<Rung, { kind: 'roll' }>, goal: Goal, view: ClusterView): Decision {
  const wanted = goal.kind === 'restart' ? goal.servers : view.nodes.map((node) => node.server);
  const unknown = wanted.filter((server) => nodeOf(view, server) === undefined);
  if (unknown.length > 0) {
    const known = view.nodes.map((node) => node.server).join(', ');
    return { kind: 'refuse', reasons: [`no server ${unknown.join(', ')} in this cluster; it has ${known}`] };
  }
  const nodes = wanted.map((server) => ({ server, instance: nodeOf(view, server)?.process.instance ?? '' }));
  return { kind: 'step', step: { kind: 'begin-roll', mode: rung.mode, nodes }, readings: DONE_READINGS };
}

/** A node that an earlier, abandoned roll left stopped is brought back before anything else is done. */
function mendOtherRoll(
  goal: Goal,
  view: ClusterView,
  roll: RollState | undefined,
  asked: ReadonlySet<string>,
): Decision | undefined {
  if (roll === undefined || roll.ended || roll.goal === goalName(goal) || roll.current === undefined)
    return undefined;
  const node = nodeOf(view, roll.current);
  if (node === undefined) return undefined;
  if (!node.process.running) return startProcess(node, asked);
  const row = ownRow(node);
  if (row === undefined) return waitFor('mend', `${nodeLabel(node)} to answer`, SETTLE_TIMEOUT_MS);
  return row.stopTime === null ? undefined : startServer(node, asked);
}

/** Nobody of ours stopped it, so nobody knows why it is down: not the moment to restart others. */
function refuseDown(down: readonly NodeView[]): Decision {
  const start = 'start it first (cluster-controller up)';
  return { kind: 'refuse', reasons: down.map((node) => `${nodeLabel(node)} is not running; ${start}`) };
}

function waitForAll(view: ClusterView): Decision | undefined {
  const silent = view.nodes.find((node) => node.answer === undefined || ownRow(node) === undefined);
  if (silent !== undefined) {
    const why = silent.unreachable ?? 'not in DBA_OB_SERVERS yet';
    return waitFor('answers', `${nodeLabel(silent)} to answer (${why})`, SETTLE_TIMEOUT_MS);
  }
  const missing = missingPairs(view);
  if (missing.length === 0) return undefined;
  const pairs = missing.map((pair) => `${pair.from} to ${pair.to}`).join(', ');
  return waitFor('links', `a link from ${pairs}`, SETTLE_TIMEOUT_MS);
}

function shows(node: NodeView, name: string, value: string): boolean {
  return node.answer?.parameters[name]?.toLowerCase() === value.toLowerCase();
}

function withoutCertificate(view: ClusterView): readonly NodeView[] {
  return view.nodes.filter(
    ({ answer }) => answer?.certificateExpiresAt === null || answer?.askedEncrypted === false,
  );
}

function names(nodes: readonly NodeView[]): string {
  return nodes.map(nodeLabel).join(', ');
}
