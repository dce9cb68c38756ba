import {
  type ClusterView,
  linksOf,
  type NodeView,
  nodeLabel,
  nodeOf,
  ownRow,
  type Server,
} from './cluster-view.ts';
import { beforeDone, beforeStop } from './gates.ts';
import { type Goal, goalName, ladderOf, leadsDown, type Rung } from './goal.ts';
import { planRecycle } from './plan-recycle.ts';
import { planRoll, planStopping, startProcess, startServer } from './plan-roll.ts';
import {
  type ClimbContext,
  climbParameter,
  climbProxy,
  climbReadiness,
  climbRequireTls,
  waitForAll,
} from './plan-settings.ts';
import { freshRun, type RunState } from './run-state.ts';
import { describeLinkFaults } from './safety.ts';
import { type Decision, type RollState, waitFor } from './step.ts';

/**
 * Decides the next step towards `goal`. Pure: the same view and the same run give the same decision, so the
 * controller may be killed and started again anywhere.
 */
export function decide(goal: Goal, view: ClusterView, run: RunState = freshRun): Decision {
  const mending = mendOtherRoll(goal, view, run);
  if (mending !== undefined) return mending;

  const roll = run.roll?.goal === goalName(goal) ? run.roll : undefined;
  if (run.stopping) return planStopping(roll, view, run);
  const down = roll === undefined ? view.nodes.filter((node) => !node.process.running) : [];
  if (down.length > 0) return refuseDown(down);
  const context: ClimbContext = { goal, view, run: { ...run, roll } };
  for (const rung of ladderOf(goal)) {
    const decision = climb(rung, context);
    if (decision !== undefined) return decision;
  }
  return { kind: 'done', steadiness: beforeDone };
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
function climb(rung: Rung, context: ClimbContext): Decision | undefined {
  if (rung.kind === 'roll') return climbRoll(rung, context);
  if (rung.kind === 'recycle') return planRecycle(rung.mode, context);
  const { roll } = context.run;
  // While our own roll has a node down, settings can't be read from all; the roll itself goes on.
  if (roll !== undefined && !roll.ended) return undefined;
  switch (rung.kind) {
    case 'parameter':
      return climbParameter(rung, context);
    case 'proxy':
      return climbProxy(rung, context);
    case 'readiness':
      return climbReadiness(context);
    case 'require-tls':
      return climbRequireTls(rung, context);
  }
}

function climbRoll(
  rung: Extract<Rung, { kind: 'roll' }>,
  { goal, view, run }: ClimbContext,
): Decision | undefined {
  const { roll } = run;
  if (roll !== undefined && !roll.ended) return planRoll(roll, view, run);
  const unsettled = waitForAll(
    withoutNode(view, run.override),
    leadsDown(goal) ? 'nodes' : 'nodes and links',
  );
  if (unsettled !== undefined) return unsettled;
  const faults = rung.mode === undefined ? [] : describeLinkFaults(view, rung.mode);
  if (roll === undefined && (rung.mode === undefined || faults.length > 0))
    return beginRoll(rung, goal, view);
  if (faults.length === 0) return undefined;
  return waitFor('verify', `every link to be ${rung.mode}: ${faults.join('; ')}`);
}

/** The others must be settled; the one whose restart is its cure can't be. */
function withoutNode(view: ClusterView, server: Server | undefined): ClusterView {
  return server === undefined
    ? view
    : { ...view, nodes: view.nodes.filter((node) => node.server !== server) };
}

function beginRoll(rung: Extract<Rung, { kind: 'roll' }>, goal: Goal, view: ClusterView): Decision {
  const wanted = nodesToRoll(rung, goal, view);
  const unknown = wanted.filter((server) => nodeOf(view, server) === undefined);
  if (unknown.length > 0) {
    const known = view.nodes.map((node) => node.server).join(', ');
    return { kind: 'refuse', reasons: [`no server ${unknown.join(', ')} in this cluster; it has ${known}`] };
  }
  const nodes = wanted.map((server) => ({ server, instance: nodeOf(view, server)?.process.instance ?? '' }));
  return { kind: 'step', step: { kind: 'begin-roll', mode: rung.mode, nodes }, steadiness: beforeStop };
}

/** Who backs out restarts only as many as it takes: a node that restarts opens the links of both its directions anew. */
function nodesToRoll(
  { mode }: Extract<Rung, { kind: 'roll' }>,
  goal: Goal,
  view: ClusterView,
): readonly Server[] {
  if (goal.kind === 'restart') return goal.servers;
  const all = view.nodes.map((node) => node.server);
  if (goal.kind !== 'back-out') return all;
  const chosen: Server[] = [];
  for (;;) {
    const wrong = linksOf(view).filter(
      ({ betweenNodes, mode: now, from, to }) =>
        betweenNodes && now !== mode && !chosen.includes(from) && !chosen.includes(to),
    );
    if (wrong.length === 0) return chosen.length === 0 ? all : chosen;
    const touching = (server: Server) =>
      wrong.filter(({ from, to }) => from === server || to === server).length;
    const [next] = all.toSorted((a, b) => touching(b) - touching(a));
    if (next === undefined) return all;
    chosen.push(next);
  }
}

/** A node that an earlier, abandoned roll left stopped is brought back before anything else is done. */
function mendOtherRoll(goal: Goal, view: ClusterView, { roll, asked }: RunState): Decision | undefined {
  if (roll === undefined || roll.ended || roll.goal === goalName(goal) || roll.current === undefined)
    return undefined;
  const node = nodeOf(view, roll.current);
  if (node === undefined) return undefined;
  if (!node.process.running) return startProcess(node, asked);
  const row = ownRow(node);
  if (row === undefined)
    return waitFor('serve', `${nodeLabel(node)} to answer (${node.unreachable ?? 'not listed'})`);
  return row.stopTime === null ? undefined : startServer(node, view, asked);
}

/** Nobody of ours stopped it, so nobody knows why it is down: not the moment to restart others. */
function refuseDown(down: readonly NodeView[]): Decision {
  const start = 'start it first (cluster-controller up)';
  return { kind: 'refuse', reasons: down.map((node) => `${nodeLabel(node)} is not running; ${start}`) };
}
