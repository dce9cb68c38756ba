import { createPrivateKey, type X509Certificate } from 'node:crypto';
import { certificatesIn, serialOf, sha256Of, usesOf } from './certs/certificate-report.ts';
import type { WalletFiles } from './targets/target.ts';

/** A certificate that ends sooner than this could end in the middle of a roll. */
const REMAINING_MIN_MS = 60 * 60 * 1000;
/** OpenSSL's default security level refuses less. */
const RSA_BITS_MIN = 2_048;

/** What revocation lists say, as far as a wallet is judged by it. */
export interface Revocations {
  /** Serial numbers, as `serialOf` writes them. */
  readonly serials: ReadonlySet<string>;
  /** The earliest of the lists; undefined when there is none. */
  readonly nextUpdate: Date | undefined;
}

export const NO_REVOCATIONS: Revocations = { serials: new Set(), nextUpdate: undefined };

/**
 * Reads a node's wallet as the node will, and says what would go wrong.
 *
 * @param ip  the address by which the others dial the node
 * @param revocations  what wallet/crl.pem says; it is not read here, since that takes a large library
 * @returns findings, each a sentence; empty when the wallet will do
 */
export function checkWallet(
  files: WalletFiles,
  ip: string,
  now: Date,
  revocations: Revocations = NO_REVOCATIONS,
): readonly string[] {
  const { ca, certificate, key } = files;
  if (ca === undefined) return ['wallet/ca.pem is missing'];
  if (certificate === undefined) return ['wallet/server-cert.pem is missing'];
  if (key === undefined) return ['wallet/server-key.pem is missing'];
  const authorities = certificatesIn(ca);
  if (authorities.length === 0) return ['wallet/ca.pem is not a certificate'];
  const [leaf] = certificatesIn(certificate);
  if (leaf === undefined) return ['wallet/server-cert.pem is not a certificate'];
  return [
    ...checkKey(leaf, key),
    ...checkChain(leaf, authorities, now),
    ...checkUses(leaf, ['server', 'client']),
    ...checkRevocation(leaf, revocations, now),
    ...(leaf.checkIP(ip) === undefined
      ? [`the certificate does not name ${ip}; it names ${leaf.subjectAltName ?? 'nothing'}`]
      : []),
  ];
}

/** Why a leaf would not be believed by who trusts these authorities; empty when it would. */
export function checkChain(
  leaf: X509Certificate,
  authorities: readonly X509Certificate[],
  now: Date,
): readonly string[] {
  const issuer = authorities.find(
    (authority) => leaf.checkIssued(authority) && leaf.verify(authority.publicKey),
  );
  if (issuer === undefined) return ['the certificate was not signed by a CA in the same wallet'];
  const mayIssue = issuer.ca ? [] : ['what signed the certificate is no CA'];
  return [
    ...mayIssue,
    ...checkDates(issuer, now, 'the CA'),
    ...checkDates(leaf, now, 'the certificate'),
    ...checkStrength(leaf),
  ];
}

/** A node is a server to whom it accepts and a client to whom it dials: on the mesh both ends show one. */
export function checkUses(leaf: X509Certificate, wanted: readonly string[]): readonly string[] {
  const uses = usesOf(leaf);
  if (uses.length === 0) return [];
  return wanted
    .filter((use) => !uses.includes(use))
    .map((use) => `the certificate is not for ${use} use (extended key usage)`);
}

export function checkRevocation(
  leaf: X509Certificate,
  revocations: Revocations,
  now: Date,
): readonly string[] {
  const { serials, nextUpdate } = revocations;
  const revoked = serials.has(serialOf(leaf)) ? ['the certificate is revoked by crl.pem'] : [];
  const late =
    nextUpdate !== undefined && now > nextUpdate
      ? [`crl.pem was to be replaced by ${nextUpdate.toISOString()}: until then no certificate is believed`]
      : [];
  return [...revoked, ...late];
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

function checkKey(leaf: X509Certificate, key: string): readonly string[] {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key)) ? [] : ['key and cert not match (4147)'];
  } catch {
    return ['wallet/server-key.pem is not a private key without a passphrase'];
  }
}

function checkDates(certificate: X509Certificate, now: Date, what: string): readonly string[] {
  if (now < certificate.validFromDate) return [`${what} is not valid before ${certificate.validFrom}`];
  if (now > certificate.validToDate) return [`${what} expired on ${certificate.validTo}`];
  const remainingMs = certificate.validToDate.getTime() - now.getTime();
  return remainingMs < REMAINING_MIN_MS ? [`${what} expires on ${certificate.validTo}, within the hour`] : [];
}

function checkStrength(leaf: X509Certificate): readonly string[] {
  const bits = leaf.publicKey.asymmetricKeyDetails?.modulusLength;
  return bits !== undefined && bits < RSA_BITS_MIN
    ? [`its RSA key has ${bits} bits, less than ${RSA_BITS_MIN}`]
    : [];
}
