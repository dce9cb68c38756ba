import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';

/** A server's files, or those of a tool (ob_admin, obcdc). Names are OceanBase's and fixed; crl.pem is our own. */
export type WalletRole = 'server' | 'client';

/** The files of a wallet as they lay in its directory at one moment. */
export interface WalletFiles {
  readonly directory: string;
  readonly paths: WalletPaths;
  /** PEM; may hold several authorities. */
  readonly ca: string;
  /** PEM: the certificate, and intermediates behind it. */
  readonly certificate: string;
  /** PEM, without a passphrase. Never log it. */
  readonly key: string;
  /** PEM; undefined when there is no crl.pem. */
  readonly crl: string | undefined;
  /** Of the key's file: permission bits. */
  readonly keyMode: number;
  /** See walletStamp. */
  readonly stamp: string;
}

export interface WalletPaths {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  readonly crl: string;
}

/** A file that changes under our hands three times in a row is being written: better not to wait for it here. */
const READS_MAX = 3;

/**
 * Reads all files as of one moment: what changed in the meantime is read again.
 *
 * @throws ObError OB_INVALID_CONFIG `ssl file not available: …`
 */
export function readWalletFiles(
  directory: string,
  role: WalletRole = 'server',
  paths: WalletPaths = walletPaths(directory, role),
): WalletFiles {
  for (let reads = 1; ; reads++) {
    const stamp = stampOf(paths);
    const files = {
      directory,
      paths,
      ca: read(paths.ca),
      certificate: read(paths.certificate),
      key: read(paths.key),
      crl: isThere(paths.crl) ? read(paths.crl) : undefined,
      keyMode: statSync(paths.key, { throwIfNoEntry: false })?.mode ?? 0,
      stamp,
    };
    if (stampOf(paths) === stamp) return files;
    if (reads === READS_MAX) throw unavailable(`the files in ${directory} change while they are read; wait`);
  }
}

/**
 * A fingerprint of the files' modification times: what OceanBase looks at to decide whether to load them again. Sizes and
 * inodes count as well, so that nobody gets around it with a copied time, and so does a file that comes or goes.
 */
export function walletStamp(
  directory: string,
  role: WalletRole = 'server',
  paths: WalletPaths = walletPaths(directory, role),
): string {
  return stampOf(paths);
}

function stampOf(paths: WalletPaths): string {
  const facts = Object.values(paths).map((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? 'missing' : `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
  });
  return createHash('sha256').update(facts.join('\n')).digest('hex');
}

function walletPaths(directory: string, role: WalletRole): WalletPaths {
  return {
    ca: join(directory, 'ca.pem'),
    certificate: join(directory, `${role}-cert.pem`),
    key: join(directory, `${role}-key.pem`),
    crl: join(directory, 'crl.pem'),
  };
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw unavailable(
      missing
        ? `${path} is missing; put the file there (cluster-controller certs make makes one) or set ssl_client_authentication to False`
        : `${path} can't be read (${error instanceof Error ? error.message : String(error)}); let the user that runs this program read it`,
      error,
    );
  }
}

/** In OceanBase's words. */
export function unavailable(what: string, cause?: unknown): ObError {
  return new ObError('OB_INVALID_CONFIG', [], { message: `ssl file not available: ${what}`, cause });
}
