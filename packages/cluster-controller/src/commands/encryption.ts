import { setTimeout as delay } from 'node:timers/promises';
import type { Goal } from '../goal.ts';
import { patientPreflight } from '../preflight.ts';
import { planJson, planText, statusJson } from '../report.ts';
import { describeLinkFaults } from '../safety.ts';
import { runGoal } from './run-goal.ts';
import { type Cluster, openCluster, paintFor, printJson, type Surroundings } from './surroundings.ts';

/** One good reading may be a stale one. */
const VERIFY_READINGS = 3;
const VERIFY_INTERVAL_MS = 150;

export type EncryptionCommand = 'plan' | 'enable' | 'disable' | 'verify';

export async function encryption(
  around: Surroundings,
  what: EncryptionCommand,
  yes: boolean,
): Promise<number> {
  const cluster = await openCluster(around);
  try {
    if (what === 'plan') return await plan(around, cluster);
    if (what === 'verify') return await verify(around, cluster);
    const goal: Goal = { kind: what === 'enable' ? 'encrypt' : 'decrypt' };
    return await runGoal(around, cluster, goal, yes);
  } finally {
    cluster.sql.close();
  }
}

async function plan(around: Surroundings, cluster: Cluster): Promise<number> {
  const goal: Goal = { kind: 'encrypt' };
  const { view, findings } = await patientPreflight(goal, cluster.observe, cluster.target);
  if (around.options.json === true) printJson(around, planJson(goal, view, findings));
  else around.output.write(`${planText(goal, view, findings, paintFor(around))}\n`);
  return findings.every((finding) => finding.fits) ? 0 : 3;
}

async function verify(around: Surroundings, cluster: Cluster): Promise<number> {
  let view = await cluster.observe();
  let faults = describeLinkFaults(view, 'ENCRYPTED');
  for (let reading = 1; reading < VERIFY_READINGS && faults.length === 0; reading += 1) {
    await delay(VERIFY_INTERVAL_MS);
    view = await cluster.observe();
    faults = describeLinkFaults(view, 'ENCRYPTED');
  }
  if (around.options.json === true) {
    printJson(around, {
      encrypted: faults.length === 0,
      offenders: faults,
      ...statusJson(cluster.target, view),
    });
  } else {
    around.output.write(faults.length === 0 ? `${verdict(view.nodes.length)}\n` : `${faults.join('\n')}\n`);
  }
  return faults.length === 0 ? 0 : 1;
}

function verdict(nodes: number): string {
  const links = nodes * (nodes - 1);
  return `${links} of ${links} links encrypted, by the ledgers of both ends, in ${VERIFY_READINGS} readings`;
}
