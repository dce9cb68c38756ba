import {
  type ClusterView,
  ledStreams,
  missingPairs,
  type NodeView,
  nodeLabel,
  nodeOf,
  ownRow,
  type Server,
} from './cluster-view.ts';
import { atOnce, beforeStop, type Steadiness } from './gates.ts';
import type { RunState } from './run-state.ts';
import { describeLinkFaults, reasonsAgainstStopping, streamsNotInSync } from './safety.ts';
import { askedKey, type Decision, type RollState, type Step, waitFor } from './step.ts';

/**
 * The next step of a roll that was begun: one node at a time, followers first, the node that leads most last, each
 * in the documented order of "Restart a node". The first is a canary.
 */
export function planRoll(roll: RollState, view: ClusterView, run: RunState): Decision {
  const dead = findDead(roll, view, run);
  if (dead !== undefined) return planStopping(roll, view, run);
  const current = roll.current === undefined ? undefined : nodeOf(view, roll.current);
  if (current !== undefined) return planNode(roll, view, current, run);
  const next = nextNode(roll, view);
  if (next === undefined) return step({ kind: 'end-roll' });
  const soaking = planSoak(roll, view, run.soakMs);
  if (soaking !== undefined) return soaking;
  return gate(view, next) ?? step({ kind: 'begin-node', server: next.server });
}

/** No further node is touched: the one in hand is let go of, or comes back first. */
export function planStopping(roll: RollState | undefined, view: ClusterView, run: RunState): Decision {
  if (roll === undefined || roll.ended) return { kind: 'stopped', steadiness: atOnce };
  const dead = findDead(roll, view, run);
  const node = roll.current === undefined ? undefined : nodeOf(view, roll.current);
  if (node === undefined)
    return dead === undefined ? { kind: 'stopped', steadiness: atOnce } : failDead(dead);
  const before = roll.nodes.find((entry) => entry.server === node.server)?.instance;
  // Who is dead won't see it come back.
  const others = { ...view, nodes: view.nodes.filter((each) => each !== dead) };
  if (node.process.instance !== before) return planNode(roll, others, node, run);
  const row = ownRow(node);
  if (row === undefined) return waitFor('serve', `${nodeLabel(node)} to answer (${reason(node)})`);
  if (row.stopTime !== null) return startServer(node, view, run.asked);
  return step({ kind: 'release-node', server: node.server });
}

/** The first node to come back is watched before a second one is touched. */
function planSoak(roll: RollState, view: ClusterView, soakMs: number): Decision | undefined {
  const [canary] = roll.finished;
  const node = canary === undefined ? undefined : nodeOf(view, canary);
  if (roll.soaked || soakMs === 0 || node === undefined) return undefined;
  const missing = reasonsNotBack(roll, view, node);
  if (missing.length > 0) return waitFor('soak', `the canary ${nodeLabel(node)}: ${missing.join('; ')}`);
  return {
    kind: 'step',
    step: { kind: 'end-soak', server: node.server },
    steadiness: { readings: beforeStop.readings, spanMs: soakMs },
    meanwhile: `the canary ${nodeLabel(node)} to stay well for ${soakMs / 1000} s`,
  };
}

/** A node that had its turn and came back, and has ended since, or runs as yet another process. */
function findDead(roll: RollState, view: ClusterView, { back }: RunState): NodeView | undefined {
  return view.nodes.find((node) => {
    if (node.server === roll.current || !roll.finished.includes(node.server)) return false;
    const known = back.get(node.server);
    return !node.process.running || (known !== undefined && node.process.instance !== known);
  });
}

function failDead(node: NodeView): Decision {
  const what = node.process.running
    ? 'was restarted by somebody else after its turn'
    : 'had come back and has ended since; the roll stops here';
  return { kind: 'fail', server: node.server, reason: `${nodeLabel(node)} ${what}` };
}

function planNode(roll: RollState, view: ClusterView, node: NodeView, run: RunState): Decision {
  const { asked } = run;
  const before = roll.nodes.find((entry) => entry.server === node.server)?.instance;
  if (!node.process.running) return startProcess(node, asked);
  if (restartIsCure(view, node, run)) return planCure(view, node);
  if (node.process.instance === before) return planStop(roll, view, node, asked);
  return planReturn(roll, view, node, asked);
}

/**
 * Once in a run, for the node that was named: it can't take part in its own orderly stop, since what it knows of the cluster is old.
 */
function restartIsCure(view: ClusterView, node: NodeView, run: RunState): boolean {
  if (run.override !== node.server || run.asked.has(askedKey('stop-process', node.server))) return false;
  return ledStreams(node).length === 0 && isCutOff(view, node);
}

function isCutOff(view: ClusterView, node: NodeView): boolean {
  const missing = missingPairs(view).some(({ from, to }) => from === node.server || to === node.server);
  return missing || ownRow(node) === undefined || streamsNotInSync(view, node).length > 0;
}

/** Behind the same gate as every stop: the others must keep every majority without it. */
function planCure(view: ClusterView, node: NodeView): Decision {
  return gate(view, node) ?? step({ kind: 'stop-process', server: node.server }, beforeStop);
}

/** Once in a run: a process that ended again right after its start has said why. */
export function startProcess(node: NodeView, asked: ReadonlySet<string>): Decision {
  if (!asked.has(askedKey('start-process', node.server)))
    return step({ kind: 'start-process', server: node.server });
  return { kind: 'fail', server: node.server, reason: `${nodeLabel(node)} was started and ended again` };
}

/** The old process still runs: move its leaders away, stop the server, write out its memory, stop the process. */
function planStop(roll: RollState, view: ClusterView, node: NodeView, asked: ReadonlySet<string>): Decision {
  const row = ownRow(node);
  if (row === undefined) return waitFor('serve', `${nodeLabel(node)} to answer (${reason(node)})`);
  const blocked = gate(view, node);
  if (blocked !== undefined) return blocked;
  if (row.stopTime === null) return moveLeader(roll, view, node) ?? stopServer(node, asked);
  if (ledStreams(node).length > 0) return waitFor('leaders', `leaders to leave ${nodeLabel(node)}`);
  if (!roll.frozen) return step({ kind: 'minor-freeze', server: node.server });
  return step({ kind: 'stop-process', server: node.server }, beforeStop);
}

/** A new process runs: let it serve, start the server, and see it back among the others. */
function planReturn(
  roll: RollState,
  view: ClusterView,
  node: NodeView,
  asked: ReadonlySet<string>,
): Decision {
  const row = ownRow(node);
  if (row === undefined) return waitFor('serve', `${nodeLabel(node)} to serve (${reason(node)})`);
  if (row.stopTime !== null) return startServer(node, view, asked);
  const missing = reasonsNotBack(roll, view, node);
  if (missing.length > 0) return waitFor('rejoin', `${nodeLabel(node)}: ${missing.join('; ')}`);
  return step({ kind: 'end-node', server: node.server }, beforeStop);
}

/** Every node is asked, not the new one alone: all must see it active, started, serving. */
function reasonsNotBack(roll: RollState, view: ClusterView, node: NodeView): readonly string[] {
  const seen = view.nodes.flatMap((other) => {
    const row = other.answer?.servers.find((candidate) => candidate.server === node.server);
    if (row === undefined) return [`${other.name} does not list it`];
    if (row.status !== 'ACTIVE') return [`${other.name} sees it ${row.status}`];
    if (row.stopTime !== null) return [`${other.name} sees it stopped`];
    if (row.startServiceTime === null) return [`${other.name} sees no START_SERVICE_TIME`];
    return [];
  });
  const tenants = node.answer?.tenantsServe === true ? [] : ['it takes no logins of user tenants yet'];
  const links = roll.mode === undefined ? [] : describeLinkFaults(view, roll.mode, node.server);
  return [...seen, ...tenants, ...streamsNotInSync(view, node), ...links];
}

function moveLeader(roll: RollState, view: ClusterView, node: NodeView): Decision | undefined {
  const stream = ledStreams(node)[0];
  if (stream === undefined) return undefined;
  const to = newLeader(roll, view, node.server);
  if (to === undefined)
    return { kind: 'refuse', reasons: [`no other node can lead instead of ${nodeLabel(node)}`] };
  const { tenantId, lsId } = stream;
  return step({ kind: 'switch-leader', tenantId, lsId, from: node.server, to });
}

/** A node that was restarted already is preferred, so that the leader moves once and not again. */
function newLeader(roll: RollState, view: ClusterView, server: Server): Server | undefined {
  const candidates = view.nodes.filter((node) => node.server !== server && node.answer !== undefined);
  const restarted = candidates.find((node) => roll.finished.includes(node.server));
  return (restarted ?? candidates[0])?.server;
}

function stopServer(node: NodeView, asked: ReadonlySet<string>): Decision {
  if (!asked.has(askedKey('stop-server', node.server))) {
    return step({ kind: 'stop-server', server: node.server }, beforeStop);
  }
  return waitFor('stopped', `${nodeLabel(node)} to show its STOP_TIME`);
}

/** A node that comes back may read its own table a moment late: it is asked once and waited for. */
export function startServer(node: NodeView, view: ClusterView, asked: ReadonlySet<string>): Decision {
  if (!asked.has(askedKey('start-server', node.server))) {
    return step({ kind: 'start-server', server: node.server });
  }
  const behind = streamsNotInSync(view, node).join('; ');
  const why = behind === '' ? '' : `; its own table may be old, since ${behind}`;
  return waitFor('started', `${nodeLabel(node)} to show no STOP_TIME${why}`);
}

function nextNode(roll: RollState, view: ClusterView): NodeView | undefined {
  const waiting = view.nodes.filter(
    (node) =>
      roll.nodes.some((entry) => entry.server === node.server) && !roll.finished.includes(node.server),
  );
  return waiting.toSorted((a, b) => ledStreams(a).length - ledStreams(b).length)[0];
}

/** Not one node is stopped while another is missing or behind: waits for that to pass, within a deadline. */
function gate(view: ClusterView, node: NodeView): Decision | undefined {
  const reasons = reasonsAgainstStopping(view, node.server);
  if (reasons.length === 0) return undefined;
  const what = `the others to be ready before ${nodeLabel(node)} stops: ${reasons.join('; ')}`;
  return waitFor('stop', what, node.server);
}

function reason(node: NodeView): string {
  return node.unreachable ?? 'it is not in DBA_OB_SERVERS yet';
}

function step(value: Step, steadiness: Steadiness = atOnce): Decision {
  return { kind: 'step', step: value, steadiness };
}
