import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
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
import { certificateTexts } from './pem.ts';
import { exportKey, generateKeys, importKeys, type KeyType } from './signing-keys.ts';

/** A certificate and its key, both PEM. The key is PKCS #8, without a passphrase. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface AuthorityRequest {
  readonly commonName?: string;
  readonly keyType?: KeyType;
  readonly validFrom?: Date;
  /** From validFrom on. */
  readonly days?: number;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** IP addresses and DNS names for the subject alternative name; none for a mere client. */
  readonly addresses: readonly string[];
  readonly use: readonly ('server' | 'client')[];
  readonly keyType?: KeyType;
  /** PEM of a private key to be certified again; without it a new one is made. */
  readonly key?: string;
  /** Where the CA's revocation list is published. */
  readonly crlUrl?: string;
  /** Hexadecimal; a random one when not given. Only who probes what a list refuses wants one that was given out before. */
  readonly serialNumber?: string;
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

cryptoProvider.set(webcrypto as Crypto);

/** See authority.ts. */
export async function createAuthority(options: AuthorityRequest): Promise<Issued> {
  const keys = await generateKeys(options.keyType ?? 'ecdsa');
  const period = validity(options.validFrom, options.days ?? CA_DAYS);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...period,
    name: distinguishedName(options.commonName ?? 'Sealane CA'),
    keys,
    serialNumber: serialNumber(),
    signingAlgorithm: keys.algorithm,
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
  const issuer = new X509Certificate(certificateTexts(authority.certificate)[0] ?? authority.certificate);
  const signer = await importKeys(authority.key);
  const keys = request.key === undefined ? generateKeys(request.keyType ?? 'ecdsa') : importKeys(request.key);
  const { publicKey, privateKey } = await keys;
  const uses = request.use.map((use) =>
    use === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
  );
  const certificate = await X509CertificateGenerator.create({
    ...validity(request.validFrom, request.days ?? LEAF_DAYS),
    subject: distinguishedName(request.commonName),
    issuer: issuer.subject,
    publicKey,
    signingKey: signer.privateKey,
    serialNumber: request.serialNumber ?? serialNumber(),
    signingAlgorithm: signer.algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(uses),
      ...(request.addresses.length === 0
        ? []
        : [new SubjectAlternativeNameExtension(request.addresses.map(generalName))]),
      ...(request.crlUrl === undefined ? [] : [new CRLDistributionPointsExtension([request.crlUrl])]),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await exportKey(privateKey) };
}

/** See authority.ts. */
export function readCrlUrl(pem: string): string | undefined {
  const points = new X509Certificate(pem).getExtension(CRLDistributionPointsExtension)?.distributionPoints;
  return points
    ?.flatMap(({ distributionPoint }) => distributionPoint?.fullName ?? [])
    .find((name) => name.uniformResourceIdentifier !== undefined)?.uniformResourceIdentifier;
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
