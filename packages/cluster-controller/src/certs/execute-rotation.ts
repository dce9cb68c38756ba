import { setTimeout as delay } from 'node:timers/promises';
import { ObError } from '@sealane/errors';
import { type ClusterView, nodeLabel, nodeOf, type Server } from '../cluster-view.ts';
import { renewLinksSql } from '../goal.ts';
import type { SqlAccess } from '../sql-access.ts';
import type { CompleteWallet, Member, Target } from '../targets/target.ts';
import { decideRotation } from './plan-rotation.ts';
import { walletsOf } from './read-horizon.ts';
import {
  type Phase,
  type Rotation,
  type RotationDecision,
  type RotationStep,
  rotationStepKey,
} from './rotation.ts';
import type { RotationStore } from './rotation-store.ts';
import { diskWalletOf, type ProxyTls, type RotationView } from './rotation-view.ts';

const READING_INTERVAL_MS = 80;
/** Each node has three wallets, three loads and some renewals at most. */
const STEPS_MAX_PER_NODE = 24;

export const RELOAD_SQL = 'ALTER INSTANCE RELOAD TLS';

export interface RotationExecution {
  readonly rotation: Rotation;
  readonly until: Phase;
  /** Drop the old CA although somebody may still need it. */
  readonly force: boolean;
  readonly store: RotationStore;
  readonly target: Target;
  readonly sql: SqlAccess;
  readonly observe: () => Promise<ClusterView>;
  readonly proxyTls: () => Promise<readonly ProxyTls[]>;
  /** Told what happens, a sentence at a time. */
  readonly say: (text: string) => void;
  readonly readingIntervalMs?: number;
  /** Stretches or shortens every deadline; 1 when not given. */
  readonly patienceFactor?: number;
}

export interface RotationStepTaken {
  readonly step: RotationStep;
  readonly ms: number;
}

export interface RotationResult {
  readonly taken: readonly RotationStepTaken[];
  readonly view: RotationView;
}

/**
 * Looks, decides, does one step, and looks again, until the rotation has reached its phase.
 *
 * @throws ObError OB_OP_NOT_ALLOW when it is not safe to go on, OB_TIMEOUT when a wait's deadline passes
 */
export async function executeRotation(execution: RotationExecution): Promise<RotationResult> {
  const { rotation, until, force } = execution;
  const asked = new Set<string>();
  const former = new Map<Member, CompleteWallet>();
  const taken: RotationStepTaken[] = [];
  let equal = { text: '', count: 0 };
  let waiting = { key: '', since: 0 };

  for (;;) {
    const view = await look(execution);
    const decision = decideRotation(rotation, view, { until, asked, force });
    if (decision.kind === 'refuse') throw refused(decision.reasons);
    if (decision.kind === 'wait') {
      if (waiting.key !== decision.key) waiting = { key: decision.key, since: performance.now() };
      await waitOnce(execution, decision, waiting.since, former);
      continue;
    }
    waiting = { key: '', since: 0 };
    const text = JSON.stringify(decision);
    equal = { text, count: text === equal.text ? equal.count + 1 : 1 };
    if (equal.count < decision.readings) {
      await delay(execution.readingIntervalMs ?? READING_INTERVAL_MS);
      continue;
    }
    if (decision.kind === 'done') return { taken, view };
    equal = { text: '', count: 0 };
    taken.push(await takeStep(execution, decision.step, view, former));
    asked.add(rotationStepKey(decision.step));
    if (taken.length > STEPS_MAX_PER_NODE * (view.cluster.nodes.length + 1))
      throw goesInCircles(decision.step);
  }
}

/** Wallets are read from disk, everything else is asked of the nodes and proxies. */
export async function look({
  target,
  observe,
  proxyTls,
}: Pick<RotationExecution, 'target' | 'observe' | 'proxyTls'>): Promise<RotationView> {
  const [cluster, proxies, wallets] = await Promise.all([observe(), proxyTls(), walletsOf(target)]);
  return {
    cluster,
    wallets: new Map([...wallets].map(([member, files]) => [member, diskWalletOf(files)])),
    proxies,
    trustedHere: target.trustedHere?.(),
    now: new Date(),
  };
}

async function takeStep(
  execution: RotationExecution,
  step: RotationStep,
  view: RotationView,
  former: Map<Member, CompleteWallet>,
): Promise<RotationStepTaken> {
  const startedAt = performance.now();
  await carryOut(execution, step, former);
  const ms = performance.now() - startedAt;
  execution.say(`${describeRotationStep(step, view.cluster)} (${(ms / 1000).toFixed(2)} s)`);
  return { step, ms };
}

/** A statement that is refused is not the end: whether it had its effect is read back, and has a deadline. */
async function carryOut(
  execution: RotationExecution,
  step: RotationStep,
  former: Map<Member, CompleteWallet>,
): Promise<void> {
  const { store, target, sql, say } = execution;
  switch (step.kind) {
    case 'trust-here':
      store.trustHere(step.authorities);
      return;
    case 'install': {
      const { ca, certificate, key, crl } = await target.walletOf(step.server);
      if (ca !== undefined && certificate !== undefined && key !== undefined)
        former.set(step.server, { ca, certificate, key, crl });
      return target.installWallet(step.server, store.wallet(step.server, step.wallet));
    }
    case 'reload':
      return toleratingRefusal(say, step.server, () => sql.query(step.server, RELOAD_SQL));
    case 'renew-links':
      return toleratingRefusal(say, step.server, () => sql.query(step.server, renewLinksSql(step.server)));
  }
}

/** Asks a node for something; a refusal is told, not thrown. */
export async function toleratingRefusal(
  say: (text: string) => void,
  server: Server,
  ask: () => Promise<unknown>,
): Promise<void> {
  try {
    await ask();
  } catch (error) {
    say(`${server} answers: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function waitOnce(
  execution: RotationExecution,
  wait: Extract<RotationDecision, { kind: 'wait' }>,
  since: number,
  former: Map<Member, CompleteWallet>,
): Promise<void> {
  if (performance.now() - since <= wait.timeoutMs * (execution.patienceFactor ?? 1)) {
    await delay(execution.readingIntervalMs ?? READING_INTERVAL_MS);
    return;
  }
  const putBack = wait.backOut === undefined ? undefined : former.get(wait.backOut);
  if (wait.backOut !== undefined && putBack !== undefined) {
    await execution.target.installWallet(wait.backOut, putBack);
    execution.say(`the former wallet of ${wait.backOut} is put back`);
  }
  const message = `after ${wait.timeoutMs / 1000} s still waiting for ${wait.for}; nothing more was changed: run it again, or with --back-out`;
  throw new ObError(wait.onTimeout === 'refuse' ? 'OB_OP_NOT_ALLOW' : 'OB_TIMEOUT', [], { message });
}

export function describeRotationStep(step: RotationStep, view: ClusterView): string {
  const name = (member: Member): string => {
    const node = nodeOf(view, member);
    return node === undefined ? member : nodeLabel(node);
  };
  switch (step.kind) {
    case 'trust-here':
      return 'both CAs are in the ca.pem that local clients use';
    case 'install': {
      const { authorities } = step.wallet;
      const what = {
        trust: `trust in ${authorities.length} CAs`,
        leaves: 'new certificate',
        drop: 'new CA alone',
      };
      return `${name(step.server)}: ${what[step.phase]} put into its wallet`;
    }
    case 'reload':
      return `${name(step.server)}: ${RELOAD_SQL}`;
    case 'renew-links':
      return `${renewLinksSql(step.server)} (for ${name(step.touching)})`;
  }
}

function refused(reasons: readonly string[]): ObError {
  return new ObError('OB_OP_NOT_ALLOW', [], { message: reasons.join('\n'), details: { reasons } });
}

function goesInCircles(step: RotationStep): ObError {
  const message = `the rotation goes in circles at ${step.kind}; nothing more is done, see the controller's log`;
  return new ObError('OB_ERR_UNEXPECTED', [], { message });
}
