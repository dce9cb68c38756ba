import type { X509Certificate } from 'node:crypto';

/** The way from a certificate to a CA that is trusted, as OpenSSL goes it. */
export interface Chain {
  /** The leaf first, each followed by its issuer. */
  readonly path: readonly X509Certificate[];
  /** The self-signed CA at the end is trusted. */
  readonly complete: boolean;
}

/** OpenSSL goes further, and nobody needs to. */
const PATH_LENGTH_MAX = 16;

/**
 * @param sent  intermediates that stand behind the leaf in its file
 * @param trusted  all certificates of ca.pem: roots, and intermediates where they were put there
 */
export function chainOf(
  leaf: X509Certificate,
  sent: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
): Chain {
  const path = [leaf];
  for (let last = leaf; path.length < PATH_LENGTH_MAX; path.push(last)) {
    if (isIssued(last, last)) return { path, complete: trusted.some((each) => isSame(each, last)) };
    const subject = last;
    // The CA's new certificate has the old one's name: the signature tells them apart.
    const issuer = [...trusted, ...sent].find((each) => isIssued(subject, each));
    if (issuer === undefined) return { path, complete: false };
    last = issuer;
  }
  return { path, complete: false };
}

function isIssued(certificate: X509Certificate, by: X509Certificate): boolean {
  return certificate.checkIssued(by) && certificate.verify(by.publicKey);
}

function isSame(left: X509Certificate, right: X509Certificate): boolean {
  return left.fingerprint256 === right.fingerprint256;
}
