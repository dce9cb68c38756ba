import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ObError } from '@sealane/errors';
import packageFile from '../../package.json' with { type: 'json' };
import { mustBeEmpty, writeBundle } from '../evidence/bundle-directory.ts';
import { bundleFiles } from '../evidence/bundle-files.ts';
import { type CaptureRequest, takeCapture } from '../evidence/capture/take-capture.ts';
import { type Evidence, gather } from '../evidence/gather.ts';
import { logProbes, readProbeLog } from '../evidence/probes/probe-log.ts';
import type { GivenPapers } from '../evidence/probes/probe-papers.ts';
import { ownSigningKey, readSigningKey, type SigningKey } from '../evidence/signing-key.ts';
import { timelineOf } from '../evidence/timeline.ts';
import { Journal } from '../journal.ts';
import { readLedgers } from '../read-ledgers.ts';
import { listRuns, type RecordedRun, readRun } from '../run-reader.ts';
import { pathsUnder, readClusterFile } from '../targets/cluster-file.ts';
import { certificatesUnder, openCertsCluster } from './certs/open.ts';
import { paintFor, printJson, type Surroundings } from './surroundings.ts';
import { readLinks, sinceOf } from './verify-encryption.ts';

export interface ReportOptions {
  readonly out?: string;
  readonly run?: string;
  readonly since?: string;
  readonly key?: string;
  readonly capture?: string;
  readonly marker?: string;
  /** True without a number. */
  readonly tap?: number | true;
  readonly probeCertificates?: string;
}

/** @returns 0 when nothing speaks against encryption, 1 otherwise; the bundle is written either way */
export async function report(around: Surroundings, options: ReportOptions): Promise<number> {
  const directory = resolve(options.out ?? '');
  const paths = pathsUnder(around.baseDirectory);
  // Whatever can be wrong with the options is said before anything is asked or sent.
  mustBeEmpty(directory);
  const key =
    options.key === undefined ? ownSigningKey(paths.signingKey) : readSigningKey(resolve(options.key));
  const run = chosenRun(paths.runs, options.run);
  const given = givenPapers(options.probeCertificates);
  const cluster = await openCertsCluster(around);
  try {
    const looked = await readLinks(cluster);
    const nodeLedgers = await readLedgers(looked.view, cluster.sql);
    const now = new Date();
    const ownProbes = readProbeLog(paths.probes);
    const { target, sql } = cluster;
    const capture = await takeCapture(captureRequest(options), {
      ...{ view: looked.view, proxies: target.proxies, sql, ownProbes },
    });
    const evidence = await gather({
      ...{ target, sql, looked, ownProbes, capture, nodeLedgers, run, given, now },
      cluster: readClusterFile(around.baseDirectory)?.cluster ?? cluster.target.kind,
      since: sinceOf(around, nodeLedgers, options.since),
      login: { user: 'root@sys', password: around.password },
      certificatesDirectory: certificatesUnder(around),
      proxyTls: await cluster.proxyTls(),
    });
    logProbes(paths.probes, evidence.probes.probes);
    const timeline = timelineOf(run, new Journal(paths.journal).lines);
    const context = { timeline, fingerprint: key.fingerprint, version: packageFile.version };
    const files = writeBundle(directory, bundleFiles(evidence, context), key, now);
    tell(around, evidence, { directory, files, key });
    return evidence.verdict.faults.length === 0 ? 0 : 1;
  } finally {
    cluster.sql.close();
  }
}

const TAP_SECONDS = 3;

function captureRequest({ capture, marker, tap }: ReportOptions): CaptureRequest {
  return {
    file: capture === undefined ? undefined : resolve(capture),
    marker,
    tapSeconds: tap === true ? TAP_SECONDS : tap,
  };
}

/** @throws ObError OB_INVALID_ARGUMENT for a run that is not on record */
function chosenRun(runs: string, id: string | undefined): RecordedRun | undefined {
  const known = listRuns(runs);
  if (id === undefined) {
    const last = known.find((each) => each.endsWith('-encryption-enable')) ?? known[0];
    return last === undefined ? undefined : readRun(runs, last);
  }
  if (known.includes(id)) return readRun(runs, id);
  const message = `there is no run ${id} on record; there are ${known.join(', ') || 'none'}`;
  throw new ObError('OB_INVALID_ARGUMENT', ['--run'], { message });
}

function givenPapers(directory: string | undefined): GivenPapers {
  if (directory === undefined) return {};
  const papers = (name: string) => {
    const [certificate, key] = [`${name}-cert.pem`, `${name}-key.pem`].map((file) =>
      join(resolve(directory), file),
    );
    if (certificate === undefined || key === undefined) return undefined;
    if (!existsSync(certificate) || !existsSync(key)) return undefined;
    return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  };
  const given = { expired: papers('expired'), revoked: papers('revoked') };
  if (given.expired ?? given.revoked) return given;
  const message = `${directory} has neither expired-cert.pem nor revoked-cert.pem with its key beside it`;
  throw new ObError('OB_INVALID_CONFIG', [], { message });
}

interface Written {
  readonly directory: string;
  readonly files: readonly string[];
  readonly key: SigningKey;
}

function tell(around: Surroundings, { verdict, probes }: Evidence, { directory, files, key }: Written): void {
  if (around.options.json === true) {
    printJson(around, { directory, files, signer: key.fingerprint, verdict, probes: probes.probes.length });
    return;
  }
  const paint = paintFor(around);
  const lines = [
    verdict.headline,
    ...verdict.faults.map((fault) => `  ${paint.bad('✗')} ${fault}`),
    ...verdict.shown.map((sentence) => `  ${paint.good('✓')} ${sentence}`),
    ...verdict.open.map((sentence) => `  ${paint.warn('◐')} ${sentence}`),
    '',
    `${files.length} files in ${directory}; for people: ${join(directory, 'report.html')}`,
    `signed by ${key.fingerprint}`,
    `check it with: cluster-controller report verify ${directory} --public-key ${key.fingerprint}`,
  ];
  around.output.write(`${lines.join('\n')}\n`);
}
