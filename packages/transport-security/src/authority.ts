import type { AuthorityRequest, CertificateRequest, Issued } from './certificate-authority.ts';

// The library that makes certificates is large: only who makes some should load it.

/** A CA of one's own: for tests, demonstrations, and clusters without a company CA. ECDSA P-256. */
export async function createAuthority(request: AuthorityRequest = {}): Promise<Issued> {
  const library = await import('./certificate-authority.ts');
  return library.createAuthority(request);
}

/** Signs a certificate for a key made here. Passes `openssl verify -x509_strict`. */
export async function issueCertificate(authority: Issued, request: CertificateRequest): Promise<Issued> {
  const library = await import('./certificate-authority.ts');
  return library.issueCertificate(authority, request);
}
