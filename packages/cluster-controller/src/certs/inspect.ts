import type { X509Certificate } from 'node:crypto';
import type { Crl } from '@sealane/transport-security';
import type { TlsRow } from '../cluster-view.ts';
import type { WalletFiles } from '../targets/target.ts';
import { checkCertificate, checkWallet } from '../wallet-check.ts';
import { type CertificateReport, certificatesIn, reportOf, sha256Of } from './certificate-report.ts';
import { listsIn } from './revocations.ts';
import type { ProxyTls } from './rotation-view.ts';

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

/** Who judges: the CAs to trust, their lists, the time. Without a CA a chain can't be judged, and isn't. */
export interface Judge {
  readonly authorities: readonly X509Certificate[];
  readonly crls: readonly Crl[];
  readonly now: Date;
}

/**
 * Certificates of one directory, or of one file.
 *
 * @param texts  PEM by file name
 */
export function inspectFiles(texts: ReadonlyMap<string, string>, judge: Judge): Inspection {
  const found = [...texts].flatMap(([file, text]) => {
    const [first, ...intermediates] = certificatesIn(text);
    return [...(first === undefined ? [] : [first]), ...intermediates].map((certificate) => {
      const faults = faultsOf(file, certificate, intermediates, judge);
      return { file, certificate, faults };
    });
  });
  return {
    certificates: found.map(({ file, certificate, faults }) => ({
      file,
      ...reportOf(certificate),
      chain: chainText(certificate, faults, judge.authorities),
    })),
    refused: found.flatMap(({ faults }) => faults),
    warnings: [],
  };
}

/** A node or a proxy, and what it says about its TLS. */
export interface InspectedMember extends ProxyTls {
  /** The address that its certificate must name. */
  readonly identity: string;
}

/** What lies in a wallet, what is loaded, and whether that is the same. */
export function inspectMember(member: InspectedMember, files: WalletFiles, now: Date): Inspection {
  const { name, identity } = member;
  const faults = checkWallet(files, identity, now);
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
      file: `${name}/wallet/${file}`,
      ...reportOf(certificate),
      chain: chainText(certificate, own, authorities),
    })),
    refused: faults.map((fault) => `${name}: ${fault}`),
    warnings: loadWarnings(member, files),
  };
}

function loadWarnings({ name, tls, silent }: InspectedMember, files: WalletFiles): readonly string[] {
  if (tls === undefined) return [`${name} does not say what it uses: ${silent ?? 'no reason given'}`];
  return differencesFromLoaded(tls, files).map((what) => `${name} ${what}`);
}

/** Where a process uses something else than what lies in its wallet; nothing while its TLS is off. */
export function differencesFromLoaded(tls: TlsRow, files: WalletFiles): readonly string[] {
  if (!tls.enabled || tls.leaf === undefined) return [];
  const [leaf] = certificatesIn(files.certificate).map(sha256Of);
  const authorities = certificatesIn(files.ca).map(sha256Of);
  const lists = listsIn(files.crl).map(({ number }) => String(number ?? '?'));
  const failed = tls.lastReloadResult === 'FAILED' ? ` (${tls.lastReloadReason ?? 'no reason given'})` : '';
  const others =
    tls.authorities.length !== authorities.length ||
    authorities.some((each) => !tls.authorities.includes(each));
  return [
    ...(leaf === tls.leaf ? [] : [`uses another certificate than lies in its wallet${failed}`]),
    ...(others ? [`trusts other CAs than lie in its wallet${failed}`] : []),
    ...((tls.crlNumber ?? '') === lists.join(',')
      ? []
      : [`goes by another revocation list than lies in its wallet${failed}`]),
  ];
}

function faultsOf(
  file: string,
  certificate: X509Certificate,
  intermediates: readonly X509Certificate[],
  { authorities, crls, now }: Judge,
): readonly string[] {
  if (certificate.ca || authorities.length === 0) {
    return now > certificate.validToDate ? [`${file} expired on ${certificate.validTo}`] : [];
  }
  const role = /(^|\/)server-cert\.pem$/.test(file) ? 'server' : 'client';
  return checkCertificate(certificate, { name: file, role, authorities, intermediates, crls, now });
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
