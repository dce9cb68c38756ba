import type { AuthorityRequest, CertificateRequest, Issued } from './certificate-authority.ts';
import type { RevocationList, RevocationListRequest } from './revocation-list.ts';

// The library that makes certificates is large: only who makes some should load it.

/** A CA of one's own: for tests, demonstrations, and clusters without a company CA. */
export async function createAuthority(request: AuthorityRequest = {}): Promise<Issued> {
  const library = await import('./certificate-authority.ts');
  return library.createAuthority(request);
}

/**
 * Signs a certificate for a key made here, or for a given one. Passes `openssl verify -x509_strict`.
 *
 * @param authority  where its certificate is a bundle, the first one signs
 */
export async function issueCertificate(authority: Issued, request: CertificateRequest): Promise<Issued> {
  const library = await import('./certificate-authority.ts');
  return library.issueCertificate(authority, request);
}

/**
 * The address at which a certificate says that its CA publishes revocation lists; undefined where it names none.
 *
 * @throws the library's error when it is no certificate
 */
export async function readCrlUrl(pem: string): Promise<string | undefined> {
  const library = await import('./certificate-authority.ts');
  return library.readCrlUrl(pem);
}

/** Signs a certificate revocation list, PEM (`X509 CRL`). */
export async function createRevocationList(
  authority: Issued,
  request: RevocationListRequest,
): Promise<string> {
  const library = await import('./revocation-list.ts');
  return library.createRevocationList(authority, request);
}

/** @throws the library's error when it is no revocation list */
export async function readRevocationList(pem: string): Promise<RevocationList> {
  const library = await import('./revocation-list.ts');
  return library.readRevocationList(pem);
}
