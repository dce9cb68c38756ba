import { createHash, type KeyObject, sign, verify } from 'node:crypto';

/**
 * What a bundle consists of. Entry n's `chain` is the SHA-256 of the line `CHAIN SHA256 SIZE NAME\n`, where CHAIN is that of the
 * entry before it (that of the first: the SHA-256 of `sealane-evidence-1\n`): each covers every file before it, names, sizes and
 * order included, so that the last one stands for all of them. `manifest.sig` is the Ed25519 signature of `manifest.json`, byte
 * for byte, in base64 with a newline behind it.
 */
export const MANIFEST_FORMAT = 'sealane-evidence-1';
export const MANIFEST_FILE = 'manifest.json';
export const SIGNATURE_FILE = 'manifest.sig';
export const PUBLIC_KEY_FILE = 'public-key.pem';

export interface ManifestEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal, lower case, as are all hashes here. */
  readonly sha256: string;
  readonly chain: string;
}

export interface Manifest {
  readonly format: typeof MANIFEST_FORMAT;
  /** ISO 8601. */
  readonly created_at: string;
  /** SHA-256 of the public key's SubjectPublicKeyInfo in DER. */
  readonly signer: string;
  readonly entries: readonly ManifestEntry[];
}

export interface BundleFile {
  readonly name: string;
  readonly content: Buffer;
}

/** @returns the files that make these ones a bundle: manifest, signature; the public key is among `files` already */
export function sealFiles(
  files: readonly BundleFile[],
  signer: { readonly privateKey: KeyObject; readonly fingerprint: string },
  now: Date,
): { readonly manifest: BundleFile; readonly signature: BundleFile } {
  const manifest: Manifest = {
    format: MANIFEST_FORMAT,
    created_at: now.toISOString(),
    signer: signer.fingerprint,
    entries: chained(
      files.map(({ name, content }) => ({ name, size: content.length, sha256: sha256(content) })),
    ),
  };
  const content = Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
  const signature = Buffer.from(`${sign(null, content, signer.privateKey).toString('base64')}\n`);
  return {
    manifest: { name: MANIFEST_FILE, content },
    signature: { name: SIGNATURE_FILE, content: signature },
  };
}

export function chained(entries: readonly Omit<ManifestEntry, 'chain'>[]): readonly ManifestEntry[] {
  let chain = sha256(`${MANIFEST_FORMAT}\n`);
  return entries.map(({ name, size, sha256: hash }) => {
    chain = sha256(`${chain} ${hash} ${size} ${name}\n`);
    return { name, size, sha256: hash, chain };
  });
}

/** @param signature  content of `manifest.sig`; another way to write the same bytes is refused: one bundle, one text */
export function signatureHolds(manifest: Buffer, signature: Buffer, publicKey: KeyObject): boolean {
  const bytes = Buffer.from(signature.toString('latin1').trimEnd(), 'base64');
  if (!signature.equals(Buffer.from(`${bytes.toString('base64')}\n`))) return false;
  return publicKey.asymmetricKeyType === 'ed25519' && verify(null, manifest, publicKey, bytes);
}

/** Undefined for anything but a well-formed manifest. */
export function parseManifest(content: Buffer): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(content.toString('utf8'));
    return isManifest(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function fingerprintOfKey(publicKey: KeyObject): string {
  return sha256(publicKey.export({ type: 'spki', format: 'der' }));
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const { format, created_at, signer, entries } = value as Record<string, unknown>;
  return (
    format === MANIFEST_FORMAT &&
    typeof created_at === 'string' &&
    typeof signer === 'string' &&
    Array.isArray(entries) &&
    entries.every(isEntry)
  );
}

function isEntry(value: unknown): value is ManifestEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { name, size, sha256: hash, chain } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    typeof size === 'number' &&
    typeof hash === 'string' &&
    typeof chain === 'string'
  );
}
