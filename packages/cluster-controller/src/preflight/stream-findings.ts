import { type ClusterView, linksOf, missingPairs, nodeOf, type Server } from '../cluster-view.ts';
import { logGaps, streamsAtRisk } from '../safety.ts';
import { type Finding, good, passingFault } from './finding.ts';

/**
 * Whether any of these could be stopped: majority and log gap of every stream, and a link for every pair of nodes.
 *
 * @param servers  that are going to be stopped, one at a time
 */
export function streamFindings(view: ClusterView, servers: readonly Server[]): readonly Finding[] {
  return [...majorityFindings(view, servers), ...linkFindings(view)];
}

function majorityFindings(view: ClusterView, servers: readonly Server[]): readonly Finding[] {
  const gaps = logGaps(view).map(({ node, what }) =>
    passingFault(node, what, 'wait until GV$OB_LOG_STAT says IN_SYNC YES, and see why it lags'),
  );
  const risks = [...new Set(servers.flatMap((server) => streamsAtRisk(view, server)))].map((what) =>
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
