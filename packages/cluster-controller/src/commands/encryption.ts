import type { Goal } from '../goal.ts';
import { patientPreflight } from '../preflight.ts';
import { planJson, planText } from '../report.ts';
import { runGoal } from './run-goal.ts';
import { type Cluster, openCluster, paintFor, printJson, type Surroundings } from './surroundings.ts';
import { type VerifyOptions, verifyEncryption } from './verify-encryption.ts';

export type EncryptionCommand = 'plan' | 'enable' | 'disable' | 'verify';

export async function encryption(
  around: Surroundings,
  what: EncryptionCommand,
  { yes, ...verifying }: VerifyOptions & { readonly yes: boolean },
): Promise<number> {
  const cluster = await openCluster(around);
  try {
    if (what === 'plan') return await plan(around, cluster);
    if (what === 'verify') return await verifyEncryption(around, cluster, verifying);
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
