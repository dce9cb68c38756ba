import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ObError } from '@sealane/errors';
import { type CertificateReport, certificatesIn } from '../../certs/certificate-report.ts';
import { daysUntil, horizonJson, horizonText, WARN_BEFORE_DAYS } from '../../certs/horizon.ts';
import {
  type InspectedCertificate,
  type Inspection,
  inspectFiles,
  inspectMember,
} from '../../certs/inspect.ts';
import { readHorizon, walletsOf } from '../../certs/read-horizon.ts';
import { listsIn } from '../../certs/revocations.ts';
import { nodeOf } from '../../cluster-view.ts';
import { membersOf } from '../../targets/target.ts';
import { printJson, type Surroundings } from '../surroundings.ts';
import { openCertsCluster } from './open.ts';

/** How deep a directory is looked into: base directory, node, wallet. */
const DEPTH_MAX = 3;

export interface InspectOptions {
  readonly ca?: string;
}

/** @param path  a PEM file or a directory; the running cluster when undefined */
export async function inspectCerts(
  around: Surroundings,
  path: string | undefined,
  options: InspectOptions,
): Promise<number> {
  return path === undefined ? inspectCluster(around) : inspectPath(around, resolve(path), options);
}

async function inspectPath(around: Surroundings, path: string, { ca }: InspectOptions): Promise<number> {
  if (!existsSync(path)) throw new ObError('OB_INVALID_CONFIG', [], { message: `${path} is not there` });
  const directory = statSync(path).isDirectory();
  const files = directory ? pemFilesUnder(path, DEPTH_MAX) : [path];
  const now = new Date();
  // Each folder is judged by the ca.pem and crl.pem in it, a lone file by those beside it.
  const inspections = [...new Set(files.map((file) => dirname(file)))].map((folder) => {
    const texts = files
      .filter((file) => dirname(file) === folder)
      .map(
        (file) => [directory ? relative(path, file) : basename(file), readFileSync(file, 'utf8')] as const,
      );
    const authorities = certificatesIn(readIfThere(ca === undefined ? join(folder, 'ca.pem') : resolve(ca)));
    const crls = listsIn(readIfThere(join(folder, 'crl.pem')));
    return inspectFiles(new Map(texts), { authorities, crls, now });
  });
  const inspection = merge(inspections);
  if (inspection.certificates.length === 0) {
    throw new ObError('OB_INVALID_CONFIG', [], { message: `${path} holds no certificate in PEM form` });
  }
  if (around.options.json === true) printJson(around, inspection);
  else around.output.write(`${inspectionText(inspection, now)}\n`);
  return inspection.refused.length === 0 ? 0 : 1;
}

async function inspectCluster(around: Surroundings): Promise<number> {
  const { target, sql, observe, proxyTls } = await openCertsCluster(around);
  try {
    const [view, proxies, wallets] = await Promise.all([observe(), proxyTls(), walletsOf(target)]);
    const now = new Date();
    const horizon = readHorizon(view, wallets);
    const inspections = membersOf(target).map(({ name, member, identity }) => {
      const files = wallets.get(member) ?? { ca: undefined, certificate: undefined, key: undefined };
      const node = nodeOf(view, member);
      const said =
        node === undefined
          ? proxies.find((proxy) => proxy.name === name)
          : { tls: node.answer?.tls, silent: node.unreachable };
      return inspectMember({ tls: undefined, silent: undefined, ...said, name, identity }, files, now);
    });
    const inspection = merge(inspections);
    if (around.options.json === true) {
      printJson(around, { target: target.kind, ...inspection, horizon: horizonJson(horizon, now) });
    } else {
      const ends = horizon.map(({ at, what, links }) => {
        const list = links.length === 0 ? '' : `: ${links.join(', ')}`;
        return `  ${at.toISOString()}  ${what}${list}`;
      });
      const lines = [inspectionText(inspection, now), '', `Horizon: ${horizonText(horizon, now)}`, ...ends];
      around.output.write(`${lines.join('\n')}\n`);
    }
    return inspection.refused.length === 0 ? 0 : 1;
  } finally {
    sql.close();
  }
}

function merge(inspections: readonly Inspection[]): Inspection {
  return {
    certificates: inspections.flatMap(({ certificates }) => certificates),
    refused: inspections.flatMap(({ refused }) => refused),
    warnings: inspections.flatMap(({ warnings }) => warnings),
  };
}

function inspectionText({ certificates, refused, warnings }: Inspection, now: Date): string {
  return [
    ...certificates.flatMap((certificate) => certificateLines(certificate, now)),
    ...(refused.length === 0
      ? ['nothing would be refused']
      : ['would be refused:', ...refused.map((each) => `  ✗ ${each}`)]),
    ...warnings.map((each) => `  ! ${each}`),
  ].join('\n');
}

function certificateLines(certificate: InspectedCertificate, now: Date): readonly string[] {
  const { file, subject, issuer, key, sha256, uses, chain } = certificate;
  const names = certificate.subject_alt_name === '' ? '' : `\n    names    ${certificate.subject_alt_name}`;
  return [
    `${file}  ${subject}`,
    `    issuer   ${issuer}${names}`,
    `    key      ${key}${uses.length === 0 ? '' : `, for ${uses.join(' and ')} use`}`,
    `    valid    ${certificate.not_before} to ${certificate.not_after} (${validityText(certificate, now)})`,
    `    sha256   ${sha256}`,
    `    chain    ${chain}`,
  ];
}

function validityText({ not_after }: CertificateReport, now: Date): string {
  const days = daysUntil(new Date(not_after), now);
  if (days < 0) return 'EXPIRED';
  return `${days} days left${days < WARN_BEFORE_DAYS ? ', renew it' : ''}`;
}

function pemFilesUnder(directory: string, depth: number): readonly string[] {
  return readdirSync(directory, { withFileTypes: true })
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return depth > 0 ? pemFilesUnder(path, depth - 1) : [];
      return entry.isFile() && entry.name.endsWith('.pem') && !entry.name.endsWith('-key.pem') ? [path] : [];
    });
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
