import type { X509Certificate } from 'node:crypto';
import type { NodeView } from '../cluster-view.ts';
import type { WalletFiles } from '../targets/target.ts';
import { checkChain, checkRevocation, checkUses, checkWallet, type Revocations } from '../wallet-check.ts';
import { type CertificateReport, certificatesIn, reportOf, sha256Of } from './certificate-report.ts';

/** A certificate in its file, with the verdict of who trusts the CAs beside it. */
export interface InspectedCertificate extends CertificateReport {
  readonly file: string;
  /** `ok`, `self-signed CA`, or the reasons why it would be refused. */
  readonly chain: string;
}

export interface Inspection {
  readonly certificates: readonly InspectedCertificate[];
  /** What would be refused, and why: sentences that begin with the file or the node. */
  readonly refused: readonly string[];
  /** What is not wrong yet. */
  readonly warnings: readonly string[];
}

/**
 * Certificates of one file or directory.
 *
 * @param texts  PEM by file name
 * @param authorities  the CAs to trust; none: a chain can't be judged, and isn't
 */
export function inspectFiles(
  texts: ReadonlyMap<string, string>,
  authorities: readonly X509Certificate[],
  { now, revocations }: { now: Date; revocations: Revocations },
): Inspection {
  const found = [...texts].flatMap(([file, text]) =>
    certificatesIn(text).map((certificate) => {
      const faults = faultsOf(file, certificate, authorities, { now, revocations });
      return { file, certificate, faults };
    }),
  );
  return {
    certificates: found.map(({ file, certificate, faults }) => ({
      file,
      ...reportOf(certificate),
      chain: chainText(certificate, faults, authorities),
    })),
    refused: found.flatMap(({ file, faults }) => faults.map((fault) => `${file}: ${fault}`)),
    warnings: [],
  };
}

/** A running node: what lies in its wallet, what it has loaded, and whether that is the same. */
export function inspectNode(
  node: NodeView,
  files: WalletFiles,
  { now, revocations }: { now: Date; revocations: Revocations },
): Inspection {
  const ip = node.server.split(':')[0] ?? '';
  const faults = checkWallet(files, ip, now, revocations);
  const authorities = certificatesIn(files.ca);
  const certificates = [
    ...certificatesIn(files.certificate).map((certificate) => ({
      file: 'server-cert.pem',
      certificate,
      faults,
    })),
    ...authorities.map((certificate) => ({ file: 'ca.pem', certificate, faults: [] as readonly string[] })),
  ];
  return {
    certificates: certificates.map(({ file, certificate, faults: own }) => ({
      file: `${node.name}/wallet/${file}`,
      ...reportOf(certificate),
      chain: chainText(certificate, own, authorities),
    })),
    refused: faults.map((fault) => `${node.name}: ${fault}`),
    warnings: loadWarnings(node, files),
  };
}

function loadWarnings(node: NodeView, files: WalletFiles): readonly string[] {
  const tls = node.answer?.tls;
  if (tls === undefined) return [`${node.name} does not answer: ${node.unreachable ?? 'no reason given'}`];
  if (!tls.enabled) return [];
  const [leaf] = certificatesIn(files.certificate).map(sha256Of);
  const authorities = certificatesIn(files.ca).map(sha256Of);
  const failed = tls.lastReloadResult === 'FAILED' ? ` (${tls.lastReloadReason ?? 'no reason given'})` : '';
  const others =
    tls.authorities.length !== authorities.length ||
    authorities.some((each) => !tls.authorities.includes(each));
  return [
    ...(leaf === tls.leaf ? [] : [`${node.name} uses another certificate than lies in its wallet${failed}`]),
    ...(others ? [`${node.name} trusts other CAs than lie in its wallet${failed}`] : []),
  ];
}

function faultsOf(
  file: string,
  certificate: X509Certificate,
  authorities: readonly X509Certificate[],
  { now, revocations }: { now: Date; revocations: Revocations },
): readonly string[] {
  if (certificate.ca)
    return now > certificate.validToDate ? [`the CA expired on ${certificate.validTo}`] : [];
  const chain = authorities.length === 0 ? [] : checkChain(certificate, authorities, now);
  const dates =
    authorities.length > 0 || now <= certificate.validToDate ? [] : [`expired on ${certificate.validTo}`];
  const uses = /(^|\/)server-cert\.pem$/.test(file) ? ['server', 'client'] : [];
  return [
    ...chain,
    ...dates,
    ...checkUses(certificate, uses),
    ...checkRevocation(certificate, revocations, now),
  ];
}

function chainText(
  certificate: X509Certificate,
  faults: readonly string[],
  authorities: readonly X509Certificate[],
): string {
  if (faults.length > 0) return faults.join('; ');
  if (certificate.ca) return certificate.checkIssued(certificate) ? 'self-signed CA' : 'CA';
  return authorities.length === 0 ? 'no CA to judge it by' : 'ok';
}
