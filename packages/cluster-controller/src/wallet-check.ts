import type { X509Certificate } from 'node:crypto';
import {
  type CertificateFacts,
  type Crl,
  checkWallet as problemsOf,
  type Wallet,
  type WalletRole,
  walletOf,
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
 * A node's wallet as the node itself would load it; the reason instead where it can't be used at all.
 *
 * @param ip  the address by which the others dial the node
 */
export function openWallet(
  files: WalletFiles,
  ip: string,
  now: Date,
): Wallet | { readonly unusable: string } {
  const { ca, certificate, key, crl } = files;
  if (ca === undefined) return { unusable: `${PATHS.ca} is missing` };
  if (certificate === undefined) return { unusable: `${PATHS.certificate} is missing` };
  if (key === undefined) return { unusable: `${PATHS.key} is missing` };
  const texts = {
    ca,
    certificate,
    key,
    crl,
    paths: PATHS,
    keyMode: KEY_MODE,
    directory: 'wallet',
    stamp: '',
  };
  try {
    return walletOf(texts, { role: 'server', address: ip, now });
  } catch (error) {
    return { unusable: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Reads a node's wallet with the node's own eyes, and says what would go wrong.
 *
 * @param ip  the address by which the others dial the node
 * @returns findings, each a sentence; empty when the wallet will do
 */
export function checkWallet(files: WalletFiles, ip: string, now: Date): readonly string[] {
  const wallet = openWallet(files, ip, now);
  return 'unusable' in wallet ? [wallet.unusable] : problemsOfWallet(wallet, now);
}

/** What would fail handshakes now or soon, each a sentence. */
export function problemsOfWallet({ problems, facts }: Wallet, now: Date): readonly string[] {
  return [...problems, ...endsWithinTheHour(facts, now)];
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

function endsWithinTheHour({ expiresAt }: CertificateFacts, now: Date): readonly string[] {
  const remainingMs = expiresAt.getTime() - now.getTime();
  if (remainingMs < 0 || remainingMs > REMAINING_MIN_MS) return [];
  return [`the certificate expires on ${expiresAt.toISOString()}, within the hour; renew it`];
}
