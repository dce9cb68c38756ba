import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ObError } from '@sealane/errors';
import { type CertificateFacts, certificateFacts } from './certificate.ts';
import { type Crl, parseCrl } from './crl.ts';
import { pemBlocks } from './pem.ts';
import type { TlsProfile } from './tls-profile.ts';
import { checkWallet } from './wallet-check.ts';
import {
  readWalletFiles,
  unavailable,
  type WalletFiles,
  type WalletPaths,
  type WalletRole,
} from './wallet-files.ts';

/** The files of one side of TLS, read and checked. Plain data: it may be handed to another thread. */
export interface Wallet {
  readonly directory: string;
  /** PEM; may hold several authorities. */
  readonly ca: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM, without a passphrase. Never log it. */
  readonly key: string;
  /** PEM of each revocation list; none when there is no crl.pem. */
  readonly crls: readonly string[];
  /** See walletStamp. */
  readonly stamp: string;
  readonly facts: CertificateFacts;
  /** SHA-256 of each certificate in ca.pem, in order; 64 hex digits, lower case. */
  readonly authorities: readonly string[];
  /** `EC prime256v1`, `RSA 3072`, `ED25519`. */
  readonly keyType: string;
  /** Numbers of the revocation lists, in order; `?` where a CA doesn't count. */
  readonly crlNumbers: readonly string[];
  /** What will fail handshakes; sentences with the file and what to do. A wallet that has some never replaces one that has none. */
  readonly problems: readonly string[];
  /** What is to be watched; sentences. */
  readonly warnings: readonly string[];
}

/** What a wallet is for; its certificate is checked against that. */
export interface WalletUse {
  readonly role?: WalletRole;
  /** The address by which the other nodes dial this one. */
  readonly address?: string;
  readonly profile?: TlsProfile;
  readonly now?: Date;
  /** Where its files lie, if not in the directory under the role's names. */
  readonly paths?: WalletPaths | undefined;
}

/** The files as objects of OpenSSL. */
export interface WalletParts {
  readonly files: WalletFiles;
  readonly leaf: X509Certificate;
  /** What stands behind the leaf in its file. */
  readonly intermediates: readonly X509Certificate[];
  readonly authorities: readonly X509Certificate[];
  readonly crls: readonly Crl[];
}

/**
 * Reads a wallet and checks that its parts fit.
 *
 * @throws ObError OB_INVALID_CONFIG where OpenSSL couldn't use it at all, its message starting with OceanBase's `ssl file not
 *   available` or `key and cert not match`, then the file and what to do
 */
export function loadWallet(directory: string, use: WalletUse = {}): Wallet {
  return walletOf(readWalletFiles(directory, use.role, use.paths), use);
}

/** The same from files that somebody else has read. @throws as loadWallet */
export function walletOf(files: WalletFiles, use: WalletUse = {}): Wallet {
  const parts = parseWallet(files);
  const { leaf, authorities, crls } = parts;
  return {
    directory: files.directory,
    ca: files.ca,
    certificate: files.certificate,
    key: files.key,
    crls: files.crl === undefined ? [] : pemBlocks(files.crl, 'X509 CRL'),
    stamp: files.stamp,
    facts: certificateFacts(leaf),
    authorities: authorities.map((each) => certificateFacts(each).sha256),
    keyType: keyType(leaf.publicKey),
    crlNumbers: crls.map(({ number }) => String(number ?? '?')),
    ...checkWallet(parts, use),
  };
}

/** @throws ObError OB_INVALID_CONFIG `ssl file not available: …` with all of a wallet's problems; nothing when it has none */
export function requireFit(wallet: Wallet): void {
  if (wallet.problems.length === 0) return;
  throw new ObError('OB_INVALID_CONFIG', [], {
    message: `ssl file not available: ${wallet.problems.join('; ')}`,
  });
}

/** @throws ObError OB_INVALID_CONFIG as loadWallet does */
export function parseWallet(files: WalletFiles): WalletParts {
  const { paths } = files;
  const [leaf, ...intermediates] = parseCertificates(files.certificate, paths.certificate);
  const authorities = parseCertificates(files.ca, paths.ca);
  if (leaf === undefined) throw notPem(paths.certificate, 'certificate');
  if (authorities.length === 0) throw notPem(paths.ca, 'certificate');
  if (!leaf.checkPrivateKey(parseKey(files.key, paths.key))) {
    throw mismatch(
      `${paths.key} does not belong to ${paths.certificate}; install the pair that was made together`,
    );
  }
  return { files, leaf, intermediates, authorities, crls: parseCrls(files) };
}

function parseCertificates(pem: string, path: string): readonly X509Certificate[] {
  try {
    return pemBlocks(pem, 'CERTIFICATE').map((block) => new X509Certificate(block));
  } catch (error) {
    throw notPem(path, 'certificate', error);
  }
}

function parseCrls({ crl, paths }: WalletFiles): readonly Crl[] {
  if (crl === undefined) return [];
  try {
    const crls = pemBlocks(crl, 'X509 CRL').map(parseCrl);
    if (crls.length > 0) return crls;
  } catch (error) {
    throw notPem(paths.crl, 'revocation list', error);
  }
  throw notPem(paths.crl, 'revocation list');
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw mismatch(`${path} is not a private key in PEM form without a passphrase; install it again`, error);
  }
}

function keyType({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve, modulusLength } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === 'ec') return `EC ${namedCurve ?? 'of an unnamed curve'}`;
  const name = (asymmetricKeyType ?? 'unknown').toUpperCase();
  return modulusLength === undefined ? name : `${name} ${modulusLength}`;
}

function notPem(path: string, what: string, cause?: unknown): ObError {
  return unavailable(`${path} is not a ${what} in PEM form, or cut off; install it again`, cause);
}

function mismatch(what: string, cause?: unknown): ObError {
  return new ObError('OB_INVALID_CONFIG', [], { message: `key and cert not match: ${what}`, cause });
}
