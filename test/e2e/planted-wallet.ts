import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CertificateRequest, type Issued, issueCertificate } from '@sealane/transport-security';

/** Puts a made wallet into a directory. @returns puts back what was there */
export type Plant = (directory: string) => () => void;

/**
 * A wallet that is good but for what is asked for, made beforehand where the moment to plant it is short.
 *
 * @param signer  the CA, which becomes the wallet's ca.pem
 */
export async function makeBadWallet(request: Partial<CertificateRequest>, signer: Issued): Promise<Plant> {
  const issued = await issueCertificate(signer, {
    commonName: 'planted',
    addresses: ['127.0.0.1'],
    use: ['server', 'client'],
    ...request,
  });
  return (directory) => plant(directory, signer, issued);
}

/** The same, at once. */
export async function plantWallet(
  directory: string,
  request: Partial<CertificateRequest>,
  signer: Issued,
): Promise<() => void> {
  const planted = await makeBadWallet(request, signer);
  return planted(directory);
}

function plant(directory: string, signer: Issued, issued: Issued): () => void {
  const kept = mkdtempSync(join(tmpdir(), 'sealane-kept-'));
  cpSync(directory, kept, { recursive: true });
  writeFileSync(join(directory, 'ca.pem'), signer.certificate);
  writeFileSync(join(directory, 'server-cert.pem'), issued.certificate);
  writeFileSync(join(directory, 'server-key.pem'), issued.key);
  return () => {
    cpSync(kept, directory, { recursive: true });
    rmSync(kept, { recursive: true });
  };
}
