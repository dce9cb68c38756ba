import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateRequest, createAuthority, type Issued, issueCertificate } from '../src/index.ts';

/** Writes a server's wallet into a directory. @returns the directory */
export async function makeWallet(
  directory: string,
  options: Partial<CertificateRequest> & { readonly authority?: Issued } = {},
): Promise<string> {
  const { authority = await createAuthority(), ...request } = options;
  const issued = await issueCertificate(authority, {
    commonName: 'node',
    addresses: ['127.0.0.1'],
    use: ['server', 'client'],
    ...request,
  });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'ca.pem'), authority.certificate);
  writeFileSync(join(directory, 'server-cert.pem'), issued.certificate);
  writeFileSync(join(directory, 'server-key.pem'), issued.key, { mode: 0o600 });
  return directory;
}
