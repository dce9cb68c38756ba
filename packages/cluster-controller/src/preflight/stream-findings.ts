import { type ClusterView, linksOf, missingPairs, nodeOf } from '../cluster-view.ts';
import { logGaps, streamsAtRisk } from '../safety.ts';
import { type Finding, good, passingFault } from './finding.ts';

/** Whether any one node could be stopped: majority and log gap of every stream, and a link for every pair of nodes. */
export function streamFindings(view: ClusterView): readonly Finding[] {
  return [...majorityFindings(view), ...linkFindings(view)];
}

function majorityFindings(view: ClusterView): readonly Finding[] {
  const gaps = logGaps(view).map(({ node, what }) =>
    passingFault(node, what, 'wait until GV$OB_LOG_STAT says IN_SYNC YES, and see why it lags'),
  );
  const risks = [...new Set(view.nodes.flatMap((node) => streamsAtRisk(view, node.server)))].map((what) =>
    passingFault('cluster', what, 'bring its replicas in sync first (GV$OB_LOG_STAT)'),
  );
  if (gaps.length + risks.length > 0) return [...gaps, ...risks];
  return [good('cluster', 'every log stream keeps a majority in sync while any one node is down')];
}

function linkFindings(view: ClusterView): readonly Finding[] {
  const missing = missingPairs(view);
  if (missing.length === 0) {
    const links = linksOf(view).filter((link) => link.betweenNodes).length;
    return [good('cluster', `${links} links between nodes`)];
  }
  return missing.map(({ from, to }) => {
    const [dialler, acceptor] = [from, to].map((server) => nodeOf(view, server)?.name ?? server);
    const next = `see log/observer.log of ${dialler}: whether ${to} can be reached, and what is refused`;
    return passingFault(`${dialler} → ${acceptor}`, `no link ${from} to ${to}`, next);
  });
}
