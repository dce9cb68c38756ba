import { counter, exposition, type Family, gauge, processFamilies } from '@sealane/metrics';
import type { NodeState, Snapshot } from '../seeing/snapshot.ts';

const nodeStates: readonly NodeState[] = ['active', 'stopped', 'inactive', 'starting', 'silent', 'down'];

/** What the controller sees, for Prometheus: the state of the roll, and what clients notice of it. */
export function dashboardMetrics(snapshot: Snapshot | undefined, clients: number): string {
  const families = [
    ...(snapshot === undefined ? [] : seenFamilies(snapshot)),
    gauge('sealane_dashboard_clients', 'Browsers that watch.', [{ labels: {}, value: clients }]),
    ...processFamilies(),
  ];
  return exposition(families);
}

function seenFamilies({ at, summary, rungs, run, rates, gap, nodes, horizon, streams }: Snapshot): Family[] {
  const one = (value: number | null | undefined) => [{ labels: {}, value: value ?? undefined }];
  return [
    gauge(
      'sealane_seen_timestamp_seconds',
      'When the cluster was looked at, in seconds since 1970.',
      one(at / 1000),
    ),
    gauge(
      'sealane_pairs',
      'Ordered pairs of nodes by the mode of their link; MISSING where there is none.',
      [
        ['ENCRYPTED', summary.encrypted],
        ['AUTHENTICATED', summary.authenticated],
        ['PLAIN', summary.plain],
        ['MISSING', summary.missing],
      ].map(([mode = '', value]) => ({ labels: { mode }, value: Number(value) })),
    ),
    gauge('sealane_client_links', 'Links of clients to nodes by mode.', [
      { labels: { mode: 'PLAIN' }, value: summary.clients.plain },
      { labels: { mode: 'ENCRYPTED' }, value: summary.clients.encrypted },
    ]),
    gauge(
      'sealane_rung_holds',
      '1 where a rung of the ladder holds on all nodes; missing while nobody answers.',
      rungs.map(({ id, holds }) => ({
        labels: { rung: id },
        value: holds === null ? undefined : Number(holds),
      })),
    ),
    gauge(
      'sealane_rung_current',
      '1 for the rung that a running controller is at.',
      rungs.map(({ id, current }) => ({ labels: { rung: id }, value: Number(current) })),
    ),
    gauge('sealane_run_running', '1 while a run is at work.', one(Number(run?.state === 'running'))),
    gauge('sealane_run_nodes_done', 'Nodes that the newest run has restarted.', one(run?.nodesDone)),
    gauge('sealane_run_nodes', 'Nodes that the newest run is to restart.', one(run?.nodesToDo)),
    gauge(
      'sealane_node_state',
      '1 for the state in which a node is seen.',
      nodes.flatMap(({ name, state }) =>
        nodeStates.map((each) => ({ labels: { node: name, state: each }, value: Number(each === state) })),
      ),
    ),
    gauge(
      'sealane_log_gap_milliseconds',
      'How far the last replica of a log stream is behind its leader.',
      streams.map(({ tenantId, lsId, gapMs }) => ({
        labels: { tenant_id: tenantId, ls_id: lsId },
        value: gapMs,
      })),
    ),
    counter(
      'sealane_seen_statement_failures_total',
      'Statements of user tenants that failed since this program began to look.',
      one(rates.failedSinceStart),
    ),
    gauge(
      'sealane_longest_write_gap_seconds',
      'Longest time without a write since this program began to look; see how.',
      [{ labels: { how: gap.how }, value: gap.longestMs === null ? undefined : gap.longestMs / 1000 }],
    ),
    gauge(
      'sealane_horizon_timestamp_seconds',
      'When the first certificate, CA or revocation list ends, in seconds since 1970.',
      one(horizon[0] === undefined ? undefined : Date.parse(horizon[0].at) / 1000),
    ),
  ];
}
