import { describeOffender } from '../clear-text.ts';
import type { LedgerDumps } from '../link-rows.ts';
import type { Evidence } from './gather.ts';
import type { BundleFile } from './manifest.ts';
import { page } from './page/page.ts';
import { type Requirement, requirementsFor } from './requirements.ts';
import type { Moment } from './timeline.ts';

/** What is known of whoever signs, for the page. */
export interface BundleContext {
  readonly timeline: readonly Moment[];
  /** Of the key that signs. */
  readonly fingerprint: string;
  readonly version: string;
}

/** The files of a bundle, but for the key and what seals them, in the order of the chain. */
export function bundleFiles(evidence: Evidence, context: BundleContext): readonly BundleFile[] {
  const requirements = requirementsFor(evidence);
  const files: [string, unknown][] = [
    ['summary.json', summary(evidence, context)],
    ['plan.json', planOf(evidence)],
    ['ledger-before.json', evidence.run?.before?.ledgers ?? missing(evidence, 'the start of the run')],
    ['ledger-after.json', evidence.run?.after?.ledgers ?? missing(evidence, 'the end of the run')],
    ['ledger-now.json', evidence.ledgers],
    ['clear-text.json', clearText(evidence)],
    ['probes.json', evidence.probes],
    ['certificates.json', evidence.certificates],
    ['ciphers.json', { in_use: evidence.suites, settings: evidence.status.parameters }],
    ['readiness.json', evidence.readiness],
    ['capture.json', evidence.capture],
    ['timeline.json', context.timeline],
    [
      'requirements.json',
      { standard: 'PCI DSS v4.0.1', requirements: requirements satisfies readonly Requirement[] },
    ],
  ];
  const html = page(evidence, { ...context, requirements });
  return [
    ...files.map(([name, value]) => ({
      name,
      content: Buffer.from(`${JSON.stringify(value, undefined, 1)}\n`),
    })),
    { name: 'report.html', content: Buffer.from(html) },
  ];
}

function summary(
  { made_at, cluster, verdict, status, run, clearText: { since, sinceReason } }: Evidence,
  context: BundleContext,
) {
  return {
    format: 'sealane-evidence-1',
    made_at,
    made_by: `cluster-controller ${context.version}`,
    signer: context.fingerprint,
    cluster,
    verdict,
    since: new Date(since).toISOString(),
    since_reason: sinceReason,
    run:
      run === undefined
        ? null
        : { id: run.id, goal: run.plan?.goal ?? null, outcome: run.after?.outcome ?? null },
    status,
  };
}

function planOf({ run }: Evidence) {
  return (
    run?.plan ?? { missing: run === undefined ? 'no run is on record' : 'the record of this run has no plan' }
  );
}

function missing({ run }: Evidence, when: string): Partial<LedgerDumps> & { readonly missing: string } {
  return {
    missing: run === undefined ? 'no run is on record' : `the record of this run has no reading of ${when}`,
  };
}

function clearText({ clearText: { since, sinceReason, mesh, clients } }: Evidence) {
  const part = (verdict: typeof mesh) => ({
    link_ends: verdict.linkCount,
    strangers: verdict.strangers,
    own_probes: verdict.probes,
    unproven: verdict.unproven,
    offenders: verdict.offenders.map(describeOffender),
  });
  return {
    since: new Date(since).toISOString(),
    since_reason: sinceReason,
    mesh: part(mesh),
    clients: part(clients),
  };
}
