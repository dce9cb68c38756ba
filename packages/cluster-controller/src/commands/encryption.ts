import type { Goal, Strategy } from '../goal.ts';
import type { RunOptions } from '../journal.ts';
import type { OverrideRequest } from '../override.ts';
import { preflight } from '../preflight/preflight.ts';
import { readToolWallets, type ToolDirectory } from '../preflight/tool-wallets.ts';
import { workFindings } from '../preflight/work-findings.ts';
import { planJson, planText } from '../report.ts';
import { pathsUnder } from '../targets/cluster-file.ts';
import { backOut } from './back-out.ts';
import { pause } from './pause.ts';
import { resume } from './resume.ts';
import { runGoal } from './run-goal.ts';
import { type Cluster, openCluster, paintFor, printJson, type Surroundings } from './surroundings.ts';
import { type VerifyOptions, verifyEncryption } from './verify-encryption.ts';
import { verifySeen } from './verify-seen.ts';

export const ENCRYPTION_COMMANDS = [
  'plan',
  'enable',
  'disable',
  'verify',
  'pause',
  'resume',
  'back-out',
] as const;
export type EncryptionCommand = (typeof ENCRYPTION_COMMANDS)[number];

export interface ClimbOptions {
  readonly yes: boolean;
  /** enable: refuse clear text at the end. */
  readonly require: boolean;
  /** enable, disable: how links get into the wanted mode; by restarts when not given. */
  readonly strategy: Strategy | undefined;
  /** resume: the one node whose restart is its cure. */
  readonly override: OverrideRequest | undefined;
  /** What was given of them. */
  readonly run: Partial<RunOptions>;
}

export interface PlanOptions {
  /** Wallets of tools that are to go on getting in. */
  readonly tools?: readonly ToolDirectory[] | undefined;
}

export async function encryption(
  around: Surroundings,
  what: EncryptionCommand,
  {
    tools = [],
    climb,
    capture,
    ...verifying
  }: VerifyOptions & PlanOptions & { readonly climb: ClimbOptions; readonly capture?: string | undefined },
): Promise<number> {
  const cluster = await openCluster(around);
  const { yes, run: options } = climb;
  try {
    switch (what) {
      case 'plan':
        return await plan(around, cluster, encrypt(climb), tools);
      case 'verify':
        return around.options.dialect === 'oceanbase'
          ? await verifySeen(around, cluster, capture)
          : await verifyEncryption(around, cluster, verifying);
      case 'enable':
        return await runGoal(around, cluster, { goal: encrypt(climb), yes, options });
      case 'disable':
        return await runGoal(around, cluster, { goal: decrypt(climb), yes, options });
      case 'pause':
        return await pause(around, cluster);
      case 'resume':
        return await resume(around, cluster, options, climb.override);
      case 'back-out':
        return await backOut(around, cluster, options);
    }
  } finally {
    cluster.sql.close();
  }
}

function encrypt({ require, strategy }: ClimbOptions): Goal {
  return {
    kind: 'encrypt',
    ...(require ? { require } : {}),
    ...(strategy === undefined ? {} : { strategy }),
  };
}

function decrypt({ strategy }: ClimbOptions): Goal {
  return { kind: 'decrypt', ...(strategy === undefined ? {} : { strategy }) };
}

async function plan(
  around: Surroundings,
  cluster: Cluster,
  goal: Goal,
  named: readonly ToolDirectory[],
): Promise<number> {
  const tools = readToolWallets(named, pathsUnder(around.baseDirectory).certificates);
  const looked = await preflight(goal, { ...cluster, tools });
  const found = { ...looked, findings: [...looked.findings, ...workFindings(around.baseDirectory)] };
  const { view, findings } = found;
  if (around.options.json === true) printJson(around, planJson(goal, found));
  else around.output.write(`${planText(goal, view, findings, paintFor(around))}\n`);
  return findings.every((finding) => finding.fits) ? 0 : 3;
}
