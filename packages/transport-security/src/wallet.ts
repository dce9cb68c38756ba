import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import { type CertificateFacts, certificateFacts } from './certificate.ts';
import { pemBlocks } from './pem.ts';

/** The three files of one side of TLS, read and checked. */
export interface Wallet {
  readonly directory: string;
  /** PEM; may hold several authorities. */
  readonly ca: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM, without a passphrase. Never log it. */
  readonly key: string;
  readonly facts: CertificateFacts;
  /** SHA-256 of each certificate in ca.pem, in order; 64 hex digits, lower case. */
  readonly authorities: readonly string[];
  /** `EC prime256v1`, `RSA 3072`, `ED25519`. */
  readonly keyType: string;
  /** What does not keep it from loading but will fail a handshake; sentences. */
  readonly warnings: readonly string[];
}

/** A server's files, or those of a tool (ob_admin, obcdc). Names are OceanBase's and fixed. */
export type WalletRole = 'server' | 'client';

/**
 * Reads a wallet and checks that its parts fit.
 *
 * @throws ObError OB_INVALID_CONFIG, its message starting with OceanBase's `ssl file not available`
 *   or `key and cert not match`, then the file and what to do
 */
export function loadWallet(directory: string, role: WalletRole = 'server', now = new Date()): Wallet {
  const [caPath, certificatePath, keyPath] = walletPaths(directory, role);
  const ca = read(caPath);
  const certificate = read(certificatePath);
  const key = read(keyPath);
  const authority = parseCertificate(ca, caPath);
  const leaf = parseCertificate(certificate, certificatePath);
  if (!leaf.checkPrivateKey(parseKey(key, keyPath))) {
    throw mismatch(
      `${keyPath} does not belong to ${certificatePath}; install the pair that was made together`,
    );
  }
  return {
    directory,
    ca,
    certificate,
    key,
    facts: certificateFacts(leaf),
    authorities: authoritiesOf(ca, caPath).map((each) => certificateFacts(each).sha256),
    keyType: keyTypeOf(leaf.publicKey),
    warnings: warningsOf(leaf, authority, certificatePath, now),
  };
}

/**
 * A fingerprint of the files' modification times: what OceanBase looks at to decide whether to
 * load them again. A missing file counts as well, so that its arrival is noticed.
 */
export function walletStamp(directory: string, role: WalletRole = 'server'): string {
  const times = walletPaths(directory, role).map(
    (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 'missing',
  );
  return createHash('sha256').update(times.join('\n')).digest('hex');
}

type Paths = readonly [ca: string, certificate: string, key: string];

function walletPaths(directory: string, role: WalletRole): Paths {
  return [join(directory, 'ca.pem'), join(directory, `${role}-cert.pem`), join(directory, `${role}-key.pem`)];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw unavailable(
      missing
        ? `${path} is missing; put the file there (certs/ makes test certificates) or set ssl_client_authentication to False`
        : `${path} can't be read (${error instanceof Error ? error.message : String(error)}); let the user that runs this program read it`,
      error,
    );
  }
}

function parseCertificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw unavailable(`${path} is not a certificate in PEM form; install it again`, error);
  }
}

function authoritiesOf(pem: string, path: string): readonly X509Certificate[] {
  try {
    return pemBlocks(pem, 'CERTIFICATE').map((block) => new X509Certificate(block));
  } catch (error) {
    throw unavailable(`${path} is cut off or damaged; install it again`, error);
  }
}

function keyTypeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve, modulusLength } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === 'ec') return `EC ${namedCurve ?? 'of an unnamed curve'}`;
  const name = (asymmetricKeyType ?? 'unknown').toUpperCase();
  return modulusLength === undefined ? name : `${name} ${modulusLength}`;
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw mismatch(`${path} is not a private key in PEM form without a passphrase; install it again`, error);
  }
}

function warningsOf(
  leaf: X509Certificate,
  authority: X509Certificate,
  path: string,
  now: Date,
): readonly string[] {
  const warnings: string[] = [];
  if (now > leaf.validToDate) warnings.push(`${path} expired on ${leaf.validTo}; renew it`);
  if (now < leaf.validFromDate)
    warnings.push(`${path} is not valid before ${leaf.validFrom}; check the clock`);
  if (now > authority.validToDate)
    warnings.push(`the CA of ${path} expired on ${authority.validTo}; renew it`);
  if (!leaf.checkIssued(authority))
    warnings.push(`${path} was not issued by the first CA of ca.pem beside it`);
  return warnings;
}

function unavailable(what: string, cause?: unknown): ObError {
  return new ObError('OB_INVALID_CONFIG', [], { message: `ssl file not available: ${what}`, cause });
}

function mismatch(what: string, cause?: unknown): ObError {
  return new ObError('OB_INVALID_CONFIG', [], { message: `key and cert not match: ${what}`, cause });
}
