import { setTimeout as delay } from 'node:timers/promises';
import { type ClusterView, linksOf, missingPairs, type NodeView, ownRow } from './cluster-view.ts';
import type { Goal } from './goal.ts';
import { reasonsAgainstStopping } from './safety.ts';
import type { Target } from './targets/target.ts';
import { checkWallet, expiryOf, fingerprintOf } from './wallet-check.ts';

const PATIENCE_MS = 5_000;
const READING_INTERVAL_MS = 100;

/** One thing that was looked at before anything changes. */
export interface Finding {
  /** A node's name, or `cluster`. */
  readonly where: string;
  readonly what: string;
  readonly fits: boolean;
  /** Set on a finding that may pass by itself: nodes are read one after the other while the log moves on. */
  readonly mayPass?: true;
}

/** Looks at everything the goal needs; changes nothing. */
export async function preflight(goal: Goal, view: ClusterView, target: Target): Promise<readonly Finding[]> {
  const wallets = await preflightWallets(goal, view, target);
  return [...view.nodes.flatMap(nodeFindings), ...streamFindings(view), ...wallets];
}

/** The same, given some time for what passes by itself; the last look counts. */
export async function patientPreflight(
  goal: Goal,
  observe: () => Promise<ClusterView>,
  target: Target,
): Promise<{ view: ClusterView; findings: readonly Finding[] }> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const view = await observe();
    const findings = await preflight(goal, view, target);
    const missing = findings.filter((each) => !each.fits);
    if (missing.length === 0 || missing.some((each) => each.mayPass !== true)) return { view, findings };
    if (performance.now() > deadline) return { view, findings };
    await delay(READING_INTERVAL_MS);
  }
}

/** Only what lies in the wallets, which needs no node to answer; nothing for goals that need no wallet. */
export async function preflightWallets(
  goal: Goal,
  view: ClusterView,
  target: Target,
): Promise<readonly Finding[]> {
  return goal.kind === 'encrypt' ? walletFindings(view, target) : [];
}

function nodeFindings(node: NodeView): readonly Finding[] {
  const row = ownRow(node);
  if (row === undefined)
    return [finding(node.name, `does not answer: ${node.unreachable ?? 'not listed'}`, false)];
  const serves = row.status === 'ACTIVE' && row.stopTime === null && row.startServiceTime !== null;
  const stopped = row.stopTime === null ? '' : `, stopped since ${row.stopTime}`;
  return [finding(node.name, `${node.server} ${row.zone} ${row.status}${stopped}`, serves)];
}

function streamFindings(view: ClusterView): readonly Finding[] {
  const reasons = [...new Set(view.nodes.flatMap((node) => reasonsAgainstStopping(view, node.server)))];
  if (reasons.length > 0)
    return reasons.map((reason) => ({ ...finding('cluster', reason, false), mayPass: true }));
  const links = linksOf(view).filter((link) => link.betweenNodes).length;
  const missing = missingPairs(view).map((pair) =>
    finding('cluster', `no link ${pair.from} to ${pair.to}`, false),
  );
  const sync = finding(
    'cluster',
    'every log stream keeps a majority in sync while any one node is down',
    true,
  );
  return missing.length > 0 ? missing : [sync, finding('cluster', `${links} links between nodes`, true)];
}

async function walletFindings(view: ClusterView, target: Target): Promise<readonly Finding[]> {
  const wallets = await Promise.all(
    view.nodes.map(async (node) => ({ node, files: await target.walletOf(node.server) })),
  );
  const authorities = new Set(wallets.map(({ files }) => fingerprintOf(files.ca)));
  const found = wallets.flatMap(({ node, files }) => {
    const faults = checkWallet(files, node.server.split(':')[0] ?? '', new Date());
    if (faults.length > 0) return faults.map((fault) => finding(node.name, fault, false));
    return [
      finding(node.name, `wallet complete, certificate valid until ${expiryOf(files.certificate)}`, true),
    ];
  });
  if (authorities.size <= 1) return found;
  return [
    ...found,
    finding('cluster', 'the wallets hold different CAs: nodes would not trust one another', false),
  ];
}

function finding(where: string, what: string, fits: boolean): Finding {
  return { where, what, fits };
}
