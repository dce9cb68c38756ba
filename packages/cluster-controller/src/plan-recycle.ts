import {
  type ClusterView,
  type LinkMode,
  ledStreams,
  linksOf,
  type NodeView,
  nodeLabel,
} from './cluster-view.ts';
import { beforeStop } from './gates.ts';
import { leadsDown } from './goal.ts';
import { type ClimbContext, waitForAll } from './plan-settings.ts';
import { describeLinkFaults, reasonsAgainstStopping } from './safety.ts';
import { askedKey, type Decision, waitFor } from './step.ts';

/**
 * The next step on the way to links of one mode without a restart: one node at a time renews those that it has dialled, followers
 * first, behind the same gate as a restart. What was done is seen in the ledgers, so that there is nothing to remember. Undefined when
 * every link is as wanted, by both ends' words.
 */
export function planRecycle(mode: LinkMode, { goal, view, run }: ClimbContext): Decision | undefined {
  const unsettled = waitForAll(view, leadsDown(goal) ? 'nodes' : 'nodes and links');
  if (unsettled !== undefined) return unsettled;
  const wrong = nodesInOrder(view).filter((node) => dialsOtherwise(view, node, mode));
  const asked = wrong.find((node) => run.asked.has(askedKey('renew-links', node.server)));
  if (asked !== undefined) return waitForRenewed(view, asked, mode);
  const [next] = wrong;
  if (next !== undefined) return gate(view, next) ?? renewLinks(next);
  const faults = describeLinkFaults(view, mode);
  if (faults.length === 0) return undefined;
  return waitFor('verify', `every link to be ${mode}: ${faults.join('; ')}`);
}

function nodesInOrder({ nodes }: ClusterView): readonly NodeView[] {
  return nodes.toSorted((a, b) => ledStreams(a).length - ledStreams(b).length);
}

function dialsOtherwise(view: ClusterView, { server }: NodeView, mode: LinkMode): boolean {
  return linksOf(view).some((link) => link.betweenNodes && link.from === server && link.mode !== mode);
}

function renewLinks({ server }: NodeView): Decision {
  return { kind: 'step', step: { kind: 'renew-links', server }, steadiness: beforeStop };
}

function waitForRenewed(view: ClusterView, node: NodeView, mode: LinkMode): Decision {
  const missing = describeLinkFaults(view, mode, node.server).join('; ');
  return waitFor('renewed', `the links of ${nodeLabel(node)} to be ${mode}: ${missing}`, node.server);
}

/** A link that doesn't come back may cost a replica: not while another one is missing. */
function gate(view: ClusterView, node: NodeView): Decision | undefined {
  const reasons = reasonsAgainstStopping(view, node.server);
  if (reasons.length === 0) return undefined;
  const what = `the others to be ready before ${nodeLabel(node)} renews its links: ${reasons.join('; ')}`;
  return waitFor('stop', what, node.server);
}
