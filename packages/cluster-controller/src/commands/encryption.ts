import type { Goal } from '../goal.ts';
import { preflight } from '../preflight/preflight.ts';
import { readToolWallets, type ToolDirectory } from '../preflight/tool-wallets.ts';
import { workFindings } from '../preflight/work-findings.ts';
import { planJson, planText } from '../report.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { runGoal } from './run-goal.ts';
import { type Cluster, openCluster, paintFor, printJson, type Surroundings } from './surroundings.ts';
import { type VerifyOptions, verifyEncryption } from './verify-encryption.ts';

export type EncryptionCommand = 'plan' | 'enable' | 'disable' | 'verify';

export interface PlanOptions {
  /** Wallets of tools that are to go on getting in. */
  readonly tools?: readonly ToolDirectory[] | undefined;
}

export async function encryption(
  around: Surroundings,
  what: EncryptionCommand,
  { yes, tools = [], ...verifying }: VerifyOptions & PlanOptions & { readonly yes: boolean },
): Promise<number> {
  const cluster = await openCluster(around);
  try {
    if (what === 'plan') return await plan(around, cluster, tools);
    if (what === 'verify') return await verifyEncryption(around, cluster, verifying);
    const goal: Goal = { kind: what === 'enable' ? 'encrypt' : 'decrypt' };
    return await runGoal(around, cluster, goal, yes);
  } finally {
    cluster.sql.close();
  }
}

async function plan(
  around: Surroundings,
  cluster: Cluster,
  named: readonly ToolDirectory[],
): Promise<number> {
  const goal: Goal = { kind: 'encrypt' };
  const tools = readToolWallets(named, pathsUnder(around.baseDirectory).certificates);
  const looked = await preflight(goal, { ...cluster, tools });
  const found = { ...looked, findings: [...looked.findings, ...workFindings(around.baseDirectory)] };
  const { view, findings } = found;
  if (around.options.json === true) printJson(around, planJson(goal, found));
  else around.output.write(`${planText(goal, view, findings, paintFor(around))}\n`);
  return findings.every((finding) => finding.fits) ? 0 : 3;
}
