import type { X509Certificate } from 'node:crypto';
import {
  type Crl,
  parseWallet,
  checkWallet as problemsOf,
  type WalletParts,
  type WalletRole,
} from '@sealane/transport-security';
import { certificatesIn, sha256Of } from './certs/certificate-report.ts';
import type { WalletFiles } from './targets/target.ts';

/** A certificate that ends sooner than this could end in the middle of a roll. */
const REMAINING_MIN_MS = 60 * 60 * 1000;

/** As the sentences name them: a wallet may have come from a container. */
const PATHS = {
  ca: 'wallet/ca.pem',
  certificate: 'wallet/server-cert.pem',
  key: 'wallet/server-key.pem',
  crl: 'wallet/crl.pem',
};
/** Whoever reads the texts here can't see who may read the files. */
const KEY_MODE = 0o600;

/**
 * Reads a node's wallet with the node's own eyes, and says what would go wrong.
 *
 * @param ip  the address by which the others dial the node
 * @returns findings, each a sentence; empty when the wallet will do
 */
export function checkWallet(files: WalletFiles, ip: string, now: Date): readonly string[] {
  const { ca, certificate, key, crl } = files;
  if (ca === undefined) return [`${PATHS.ca} is missing`];
  if (certificate === undefined) return [`${PATHS.certificate} is missing`];
  if (key === undefined) return [`${PATHS.key} is missing`];
  try {
    const parts = parseWallet({
      ca,
      certificate,
      key,
      crl,
      paths: PATHS,
      keyMode: KEY_MODE,
      directory: 'wallet',
      stamp: '',
    });
    const { problems } = problemsOf(parts, { role: 'server', address: ip, now });
    return [...problems, ...endsWithinTheHour(parts, now)];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Why a certificate would not be believed by who has these CAs and lists; empty when it would. */
export function checkCertificate(
  leaf: X509Certificate,
  given: {
    readonly name: string;
    readonly role: WalletRole;
    readonly authorities: readonly X509Certificate[];
    readonly intermediates: readonly X509Certificate[];
    readonly crls: readonly Crl[];
    readonly now: Date;
  },
): readonly string[] {
  const { name, authorities, intermediates, crls } = given;
  const paths = { ...PATHS, ca: 'ca.pem', crl: 'crl.pem', certificate: name };
  const files = {
    ca: '',
    certificate: '',
    key: '',
    crl: undefined,
    paths,
    keyMode: KEY_MODE,
    directory: 'wallet',
    stamp: '',
  };
  return problemsOf({ files, leaf, intermediates, authorities, crls }, { role: given.role, now: given.now })
    .problems;
}

/** The fingerprints of the CAs, to see that all nodes trust the same; undefined when there is none to be read. */
export function fingerprintOf(pem: string | undefined): string | undefined {
  const fingerprints = certificatesIn(pem).map(sha256Of);
  return fingerprints.length === 0 ? undefined : fingerprints.toSorted().join(',');
}

/** When the certificate ends; undefined when it can't be read. */
export function expiryOf(pem: string | undefined): string | undefined {
  return certificatesIn(pem)[0]?.validToDate.toISOString();
}

function endsWithinTheHour({ leaf }: WalletParts, now: Date): readonly string[] {
  const remainingMs = leaf.validToDate.getTime() - now.getTime();
  if (remainingMs < 0 || remainingMs > REMAINING_MIN_MS) return [];
  return [`the certificate expires on ${leaf.validTo}, within the hour`];
}
