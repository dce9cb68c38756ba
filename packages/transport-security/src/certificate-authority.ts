import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** A certificate and its key, both PEM. The key is PKCS #8, without a passphrase. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface AuthorityRequest {
  readonly commonName?: string;
  readonly validFrom?: Date;
  /** From validFrom on. */
  readonly days?: number;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** IP addresses and DNS names for the subject alternative name; none for a mere client. */
  readonly addresses: readonly string[];
  readonly use: readonly ('server' | 'client')[];
  readonly validFrom?: Date;
  /** From validFrom on. */
  readonly days?: number;
}

const ORGANISATION = 'Sealane';
/** A certificate of now must also be good on a machine whose clock is a little behind. */
const CLOCK_LAG_MS = 5 * 60 * 1000;
const DAY_MS = 86_400_000;
const CA_DAYS = 3_650;
/** Mozilla's guideline asks for at most 366 days. */
const LEAF_DAYS = 365;
const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

cryptoProvider.set(webcrypto as Crypto);

/** See authority.ts. */
export async function createAuthority(options: AuthorityRequest): Promise<Issued> {
  const keys = await generateKeys();
  const period = validity(options.validFrom, options.days ?? CA_DAYS);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...period,
    name: distinguishedName(options.commonName ?? 'Sealane CA'),
    keys,
    serialNumber: serialNumber(),
    signingAlgorithm: P256,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

/** See authority.ts. */
export async function issueCertificate(authority: Issued, request: CertificateRequest): Promise<Issued> {
  const issuer = new X509Certificate(authority.certificate);
  const keys = await generateKeys();
  const uses = request.use.map((use) =>
    use === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
  );
  const certificate = await X509CertificateGenerator.create({
    ...validity(request.validFrom, request.days ?? LEAF_DAYS),
    subject: distinguishedName(request.commonName),
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    serialNumber: serialNumber(),
    signingAlgorithm: P256,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(uses),
      ...(request.addresses.length === 0
        ? []
        : [new SubjectAlternativeNameExtension(request.addresses.map(generalName))]),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(keys.privateKey) };
}

function validity(
  validFrom: Date | undefined,
  days: number,
): { readonly notBefore: Date; readonly notAfter: Date } {
  const notBefore = validFrom ?? new Date(Date.now() - CLOCK_LAG_MS);
  return { notBefore, notAfter: new Date(notBefore.getTime() + days * DAY_MS) };
}

function distinguishedName(commonName: string): { [attribute: string]: string[] }[] {
  return [{ O: [ORGANISATION] }, { CN: [commonName] }];
}

function generalName(address: string): JsonGeneralName {
  return { type: IP_ADDRESS.test(address) ? 'ip' : 'dns', value: address };
}

const IP_ADDRESS = /^(\d+\.\d+\.\d+\.\d+|[0-9a-f:]*:[0-9a-f:.]*)$/i;

/** 16 random bytes, positive and never 0. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function exportKey(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key as webcrypto.CryptoKey)).toString(
    'base64',
  );
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, '$&\n').trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

async function importKey(pem: string): Promise<CryptoKey> {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  return (await webcrypto.subtle.importKey('pkcs8', der, P256, false, ['sign'])) as CryptoKey;
}
