import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterView, Server } from '../cluster-view.ts';
import type { Goal } from '../goal.ts';
import { describeHolder } from '../lease/lease-table.ts';
import { type Finding, fault } from './finding.ts';
import { handshakeFindings, type PairHandshake, rehearsePairs } from './handshakes.ts';
import { machineFindings } from './machine-findings.ts';
import { nodeFindings } from './node-findings.ts';
import { readinessFindings } from './readiness.ts';
import { policyFindings, settingFindings } from './setting-findings.ts';
import { streamFindings } from './stream-findings.ts';
import { type Survey, type SurveySources, survey } from './survey.ts';
import { walletFindings } from './wallet-findings.ts';
import { shakeHandsOverWire } from './wire-handshakes.ts';

const PATIENCE_MS = 5_000;
const READING_INTERVAL_MS = 100;

/** What was found, and every pair's handshake. */
export interface Preflight {
  readonly view: ClusterView;
  readonly findings: readonly Finding[];
  readonly pairs: readonly PairHandshake[];
}

export interface PreflightSources extends SurveySources {
  readonly observe: () => Promise<ClusterView>;
}

/** Looks at everything the goal needs, given some time for what passes by itself; the last look counts. Changes nothing. */
export async function preflight(goal: Goal, sources: PreflightSources): Promise<Preflight> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const surveyed = await survey(sources, await sources.observe());
    const found = await judge(goal, surveyed);
    const faults = found.findings.filter(({ fits }) => !fits);
    const last = faults.length === 0 || faults.some(({ mayPass }) => mayPass !== true);
    if (last || performance.now() > deadline) return withWire(goal, surveyed, found);
    await delay(READING_INTERVAL_MS);
  }
}

/** Once, at the end: real connections are made only where all else is known. */
async function withWire(
  goal: Goal,
  surveyed: Survey,
  { view, findings, pairs }: Preflight,
): Promise<Preflight> {
  if (tlsNeed(goal, view) !== 'to-shake-hands') return { view, findings, pairs };
  const wire = await shakeHandsOverWire(surveyed);
  const found = handshakeFindings({ ...surveyed, tools: [] }, wire);
  return { view, findings: [...findings, ...found], pairs: [...pairs, ...wire] };
}

/**
 * Only what TLS is made of, which needs no node to answer: for a run that first mends what another one left behind, a node that
 * is down among it.
 */
export async function preflightWallets(goal: Goal, sources: PreflightSources): Promise<Preflight> {
  const surveyed = await survey(sources, await sources.observe());
  const { findings, pairs } = await judgeTls(goal, surveyed);
  return { view: surveyed.view, findings, pairs };
}

/** From what was read to what that means for a goal; the handshakes go over no socket. */
export async function judge(goal: Goal, surveyed: Survey): Promise<Preflight> {
  const { view } = surveyed;
  const tls = await judgeTls(goal, surveyed);
  const findings = [
    ...otherControllerFindings(surveyed),
    ...view.nodes.flatMap(nodeFindings),
    ...streamFindings(view, stoppedBy(goal, view)),
    ...machineFindings(surveyed),
    ...settingFindings(surveyed),
    ...(goal.kind === 'encrypt' ? policyFindings(surveyed) : []),
    ...tls.findings,
    ...(goal.kind === 'encrypt' ? readinessFindings(surveyed, goal.require === true) : []),
  ];
  return { view, findings, pairs: tls.pairs };
}

function stoppedBy(goal: Goal, { nodes }: ClusterView): readonly Server[] {
  return goal.kind === 'restart' ? goal.servers : nodes.map(({ server }) => server);
}

function otherControllerFindings({ otherController }: Survey): readonly Finding[] {
  if (otherController === undefined) return [];
  const seconds = Math.ceil(otherController.remainingMs / 1000);
  const next = `wait for it or stop it; if it is gone, its lease runs out in ${seconds} s`;
  return [fault('cluster', describeHolder(otherController), next)];
}

async function judgeTls(goal: Goal, surveyed: Survey): Promise<Omit<Preflight, 'view'>> {
  switch (tlsNeed(goal, surveyed.view)) {
    case 'none':
      return { findings: [], pairs: [] };
    case 'to-start':
      return { findings: walletFindings(surveyed, { strict: false }), pairs: [] };
    case 'to-shake-hands': {
      const pairs = await rehearsePairs(surveyed);
      const wallets = walletFindings(surveyed, { strict: true });
      return { findings: [...wallets, ...handshakeFindings(surveyed, pairs)], pairs };
    }
  }
}

/**
 * What wallets must be good for. A node that restarts while ssl_client_authentication is True reads its wallet, and does not
 * start without one; between nodes that encrypt it must also be believed. The way back to clear text must not need the latter:
 * it is a cure for an expired certificate, too.
 */
function tlsNeed(goal: Goal, { nodes }: ClusterView): 'none' | 'to-start' | 'to-shake-hands' {
  if (goal.kind === 'encrypt') return 'to-shake-hands';
  const on = nodes.some(({ answer }) => answer?.tls.enabled === true);
  if (!on) return 'none';
  const encrypted = nodes.some(({ answer }) =>
    answer?.links.some(({ kind, mode }) => kind === 'RPC' && mode !== 'PLAIN'),
  );
  return goal.kind === 'restart' && encrypted ? 'to-shake-hands' : 'to-start';
}
