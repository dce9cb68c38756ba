import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, issueCertificate } from './authority.ts';
import type { Issued } from './certificate-authority.ts';

export interface NodeCertificate {
  /** Common name, and a DNS name in the certificate. */
  readonly name: string;
  /** The address by which the other nodes dial it. */
  readonly ip: string;
  /** More names and addresses by which clients reach it; by default those of the same machine. */
  readonly addresses?: readonly string[];
  /** Directory to write ca.pem, server-cert.pem and server-key.pem to. */
  readonly wallet: string;
}

export interface MakeCertificatesOptions {
  /** For the CA (ca.pem, ca-key.pem) and the client's files (client-cert.pem, client-key.pem). */
  readonly directory: string;
  readonly nodes: readonly NodeCertificate[];
  /** Common name of the client certificate. */
  readonly client?: string;
  readonly days?: number;
}

/** So that a client on the same machine, or behind a published port, can check the server's name. */
const LOCAL_ADDRESSES = ['127.0.0.1', 'localhost'];

/**
 * Makes what a cluster needs for TLS: a CA, a certificate for each node, one for a client. A CA
 * that is already in the directory is used again, so that whoever trusts it need not change.
 * Files appear whole; keys have mode 0600.
 */
export async function makeCertificates(options: MakeCertificatesOptions): Promise<void> {
  mkdirSync(options.directory, { recursive: true });
  const authority =
    authorityIn(options.directory) ?? writeAuthority(options.directory, await createAuthority());
  const days = options.days === undefined ? {} : { days: options.days };
  for (const node of options.nodes) {
    const addresses = [...new Set([node.ip, node.name, ...(node.addresses ?? LOCAL_ADDRESSES)])];
    const issued = await issueCertificate(authority, {
      commonName: node.name,
      addresses,
      use: ['server', 'client'],
      ...days,
    });
    writeWallet(node.wallet, 'server', authority, issued);
  }
  const client = await issueCertificate(authority, {
    commonName: options.client ?? 'client',
    addresses: [],
    use: ['client'],
    ...days,
  });
  writeWallet(options.directory, 'client', authority, client);
}

function authorityIn(directory: string): Issued | undefined {
  const certificatePath = join(directory, 'ca.pem');
  const keyPath = join(directory, 'ca-key.pem');
  if (!existsSync(certificatePath) || !existsSync(keyPath)) return undefined;
  return { certificate: readFileSync(certificatePath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
}

function writeAuthority(directory: string, authority: Issued): Issued {
  writeWhole(join(directory, 'ca-key.pem'), authority.key, 0o600);
  writeWhole(join(directory, 'ca.pem'), authority.certificate, 0o644);
  return authority;
}

/** Key first: a certificate that is there has its key. */
function writeWallet(directory: string, role: 'server' | 'client', authority: Issued, issued: Issued): void {
  mkdirSync(directory, { recursive: true });
  writeWhole(join(directory, 'ca.pem'), authority.certificate, 0o644);
  writeWhole(join(directory, `${role}-key.pem`), issued.key, 0o600);
  writeWhole(join(directory, `${role}-cert.pem`), issued.certificate, 0o644);
}

function writeWhole(path: string, text: string, mode: number): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text.endsWith('\n') ? text : `${text}\n`, { mode });
  renameSync(temporary, path);
}
