import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import { createAuthority, issueCertificate } from './authority.ts';
import type { CertificateRequest, Issued } from './certificate-authority.ts';
import type { KeyType } from './signing-keys.ts';

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
  /** For the CA (ca.pem, ca-key.pem) and the clients' files (client-cert.pem, client-key.pem). */
  readonly directory: string;
  /** Signs, instead of the CA in the directory; its key isn't written anywhere. */
  readonly authority?: Issued;
  readonly nodes: readonly NodeCertificate[];
  /**
   * Common names of client certificates, `client` when not given. The first one's files are client-cert.pem and
   * client-key.pem, those of the others NAME-cert.pem and NAME-key.pem.
   */
  readonly clients?: readonly string[];
  readonly keyType?: KeyType;
  /** Of the leaves; 365 when not given. */
  readonly days?: number;
  /** In the leaves: where the CA's revocation list is published. */
  readonly crlUrl?: string;
  /** Of a CA that is made; 3650 when not given. */
  readonly authorityDays?: number;
}

/** So that a client on the same machine, or behind a published port, can check the server's name. */
const LOCAL_ADDRESSES = ['127.0.0.1', 'localhost'];

/**
 * Makes what a cluster needs for TLS: a CA, a certificate for each node, one for each client. A CA that is already in
 * the directory is used again, so that whoever trusts it need not change; leaves are made anew. Files appear whole;
 * keys have mode 0600.
 */
export async function makeCertificates(options: MakeCertificatesOptions): Promise<void> {
  const { directory } = options;
  mkdirSync(directory, { recursive: true });
  const authority =
    options.authority ?? readAuthority(directory) ?? writeAuthority(directory, await newAuthority(options));
  for (const node of options.nodes) {
    const issued = await issueNode(authority, node, options);
    writeWallet(node.wallet, authority.certificate, { role: 'server', issued });
  }
  for (const { commonName, role } of clientsOf(options.clients)) {
    const issued = await issueCertificate(authority, {
      commonName,
      addresses: [],
      use: ['client'],
      ...leafOptions(options),
    });
    writeWallet(directory, authority.certificate, { role, issued });
  }
}

/** The files that `makeCertificates` would write, so that one can see whether any of them is there already. */
export function certificateFiles(
  options: Pick<MakeCertificatesOptions, 'directory' | 'nodes' | 'clients' | 'authority'>,
): readonly string[] {
  const { directory } = options;
  return [
    join(directory, 'ca.pem'),
    ...(options.authority === undefined ? [join(directory, 'ca-key.pem')] : []),
    ...options.nodes.flatMap(({ wallet }) =>
      ['ca.pem', 'server-cert.pem', 'server-key.pem'].map((file) => join(wallet, file)),
    ),
    ...clientsOf(options.clients).flatMap(({ role }) =>
      [`${role}-cert.pem`, `${role}-key.pem`].map((file) => join(directory, file)),
    ),
  ];
}

/** A leaf for a node: it is a server to its clients and to nodes that dial it, a client to nodes that it dials. */
export function issueNode(
  authority: Issued,
  node: Pick<NodeCertificate, 'name' | 'ip' | 'addresses'>,
  options: LeafOptions = {},
): Promise<Issued> {
  return issueCertificate(authority, {
    commonName: node.name,
    addresses: [...new Set([node.ip, node.name, ...(node.addresses ?? LOCAL_ADDRESSES)])],
    use: ['server', 'client'],
    ...leafOptions(options),
  });
}

/**
 * The CA whose files lie in a directory; undefined when there is none.
 *
 * @throws ObError OB_INVALID_CONFIG when only its certificate is there: nothing can be signed
 */
export function readAuthority(directory: string): Issued | undefined {
  const certificate = join(directory, 'ca.pem');
  const key = join(directory, 'ca-key.pem');
  if (!existsSync(certificate) && !existsSync(key)) return undefined;
  if (existsSync(certificate) && existsSync(key))
    return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  const [present, missing] = existsSync(key) ? [key, certificate] : [certificate, key];
  const message = `${present} is there and ${missing} is not; put it beside, or name a directory without either`;
  throw new ObError('OB_INVALID_CONFIG', [], { message });
}

export function writeAuthority(directory: string, authority: Issued): Issued {
  mkdirSync(directory, { recursive: true });
  writeWhole(join(directory, 'ca-key.pem'), authority.key, 0o600);
  writeWhole(join(directory, 'ca.pem'), authority.certificate, 0o644);
  return authority;
}

/**
 * @param ca  PEM, may be a bundle
 * @param leaf  its role is the first part of its files' names
 */
export function writeWallet(
  directory: string,
  ca: string,
  leaf: { readonly role: string; readonly issued: Issued },
): void {
  mkdirSync(directory, { recursive: true });
  writeWhole(join(directory, 'ca.pem'), ca, 0o644);
  // Key first: a certificate that is there has its key.
  writeWhole(join(directory, `${leaf.role}-key.pem`), leaf.issued.key, 0o600);
  writeWhole(join(directory, `${leaf.role}-cert.pem`), leaf.issued.certificate, 0o644);
}

/** A reader sees the old file or the new one, never half of it. */
export function writeWhole(path: string, text: string, mode: number): void {
  const temporary = `${path}.new`;
  // One that was left behind would keep its own mode.
  rmSync(temporary, { force: true });
  writeFileSync(temporary, text.endsWith('\n') ? text : `${text}\n`, { mode });
  renameSync(temporary, path);
}

function newAuthority({ keyType, authorityDays }: MakeCertificatesOptions): Promise<Issued> {
  return createAuthority({
    ...(keyType === undefined ? {} : { keyType }),
    ...(authorityDays === undefined ? {} : { days: authorityDays }),
  });
}

function clientsOf(names: readonly string[] = ['client']): readonly { commonName: string; role: string }[] {
  return names.map((commonName, index) => ({ commonName, role: index === 0 ? 'client' : commonName }));
}

type LeafOptions = Pick<CertificateRequest, 'keyType' | 'key' | 'days' | 'crlUrl'>;

function leafOptions({ keyType, key, days, crlUrl }: LeafOptions): LeafOptions {
  return {
    ...(keyType === undefined ? {} : { keyType }),
    ...(key === undefined ? {} : { key }),
    ...(days === undefined ? {} : { days }),
    ...(crlUrl === undefined ? {} : { crlUrl }),
  };
}
