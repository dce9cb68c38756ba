import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { WalletFiles } from './targets/target.ts';

/** A certificate that ends sooner than this could end in the middle of a roll. */
const REMAINING_MIN_MS = 60 * 60 * 1000;

/**
 * Reads a node's wallet as the node will, and says what would go wrong.
 *
 * @param ip  the address by which the others dial the node
 * @returns findings, each a sentence; empty when the wallet will do
 */
export function checkWallet(files: WalletFiles, ip: string, now: Date): readonly string[] {
  const { ca, certificate, key } = files;
  if (ca === undefined) return ['wallet/ca.pem is missing'];
  if (certificate === undefined) return ['wallet/server-cert.pem is missing'];
  if (key === undefined) return ['wallet/server-key.pem is missing'];
  const authority = parseCertificate(ca);
  if (authority === undefined) return ['wallet/ca.pem is not a certificate'];
  const leaf = parseCertificate(certificate);
  if (leaf === undefined) return ['wallet/server-cert.pem is not a certificate'];
  return [
    ...checkKey(leaf, key),
    ...checkIssuer(leaf, authority),
    ...checkDates(authority, now, 'the CA'),
    ...checkDates(leaf, now, 'the certificate'),
    ...(leaf.checkIP(ip) === undefined
      ? [`the certificate does not name ${ip}; it names ${leaf.subjectAltName}`]
      : []),
  ];
}

/** The CA's fingerprint, to see that all nodes trust the same one; undefined when it can't be read. */
export function fingerprintOf(pem: string | undefined): string | undefined {
  return pem === undefined ? undefined : parseCertificate(pem)?.fingerprint256;
}

/** When the certificate ends; undefined when it can't be read. */
export function expiryOf(pem: string | undefined): string | undefined {
  return pem === undefined ? undefined : parseCertificate(pem)?.validToDate.toISOString();
}

function checkKey(leaf: X509Certificate, key: string): readonly string[] {
  try {
    return leaf.checkPrivateKey(createPrivateKey(key)) ? [] : ['key and cert not match (4147)'];
  } catch {
    return ['wallet/server-key.pem is not a private key without a passphrase'];
  }
}

function checkIssuer(leaf: X509Certificate, authority: X509Certificate): readonly string[] {
  const signed = leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
  return signed ? [] : ['the certificate was not signed by the CA in the same wallet'];
}

function checkDates(certificate: X509Certificate, now: Date, what: string): readonly string[] {
  if (now < certificate.validFromDate) return [`${what} is not valid before ${certificate.validFrom}`];
  if (now > certificate.validToDate) return [`${what} expired on ${certificate.validTo}`];
  const remainingMs = certificate.validToDate.getTime() - now.getTime();
  return remainingMs < REMAINING_MIN_MS ? [`${what} expires on ${certificate.validTo}, within the hour`] : [];
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
