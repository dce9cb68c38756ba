import { createPublicKey, type KeyObject } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  chained,
  fingerprintOfKey,
  MANIFEST_FILE,
  type Manifest,
  type ManifestEntry,
  PUBLIC_KEY_FILE,
  parseManifest,
  SIGNATURE_FILE,
  sha256,
  signatureHolds,
} from './manifest.ts';

/** A manifest is a few lines a file. */
const MANIFEST_SIZE_MAX = 1024 * 1024;

export interface BundleFault {
  /** Name in the bundle. */
  readonly file: string;
  readonly why: string;
}

export interface BundleVerdict {
  /** Empty: every byte is as it was signed. */
  readonly faults: readonly BundleFault[];
  /** Fingerprint of the key in the bundle; undefined when there is none to be read. */
  readonly signer: string | undefined;
  /** ISO 8601; undefined without a manifest. */
  readonly createdAt: string | undefined;
  readonly fileCount: number;
}

/**
 * Checks a bundle by nothing but its own files, and the signer where he is known.
 *
 * @param pinned  fingerprint of the key that must have signed it
 */
export function verifyBundle(directory: string, pinned?: string): BundleVerdict {
  const found = readdirSync(directory).toSorted();
  const irregular = found.filter((name) => !lstatSync(join(directory, name)).isFile());
  const faults: BundleFault[] = irregular.map((file) => ({ file, why: 'is not a file' }));
  const fileCount = found.length;
  if (!found.includes(MANIFEST_FILE) || irregular.includes(MANIFEST_FILE)) {
    faults.push({ file: MANIFEST_FILE, why: 'is missing' });
    return { faults, signer: undefined, createdAt: undefined, fileCount };
  }
  const content = readBounded(join(directory, MANIFEST_FILE), MANIFEST_SIZE_MAX);
  const manifest = content === undefined ? undefined : parseManifest(content);
  if (content === undefined || manifest === undefined) {
    faults.push({ file: MANIFEST_FILE, why: 'is not a manifest of this format, or is damaged' });
    return { faults, signer: undefined, createdAt: undefined, fileCount };
  }
  const present = found.filter((name) => !irregular.includes(name));
  faults.push(...faultsOfEntries(directory, manifest, present), ...chainFaults(manifest));
  const key = readKey(directory, present);
  faults.push(...signatureFaults(directory, { manifest, content, key, present, pinned }));
  const signer = key === undefined ? undefined : fingerprintOfKey(key);
  return { faults, signer, createdAt: manifest.created_at, fileCount };
}

function faultsOfEntries(
  directory: string,
  { entries }: Manifest,
  present: readonly string[],
): readonly BundleFault[] {
  const named = new Set(entries.map(({ name }) => name));
  const twice = named.size === entries.length ? [] : [{ file: MANIFEST_FILE, why: 'names a file twice' }];
  const added = present
    .filter((name) => !named.has(name) && name !== MANIFEST_FILE && name !== SIGNATURE_FILE)
    .map((file) => ({ file, why: 'was added: the manifest does not name it' }));
  // What is read is what lies in the directory, whatever paths the manifest may name.
  const changed = entries.flatMap((entry) => {
    if (!present.includes(entry.name)) return [{ file: entry.name, why: 'is missing' }];
    const why = changeOf(join(directory, entry.name), entry);
    return why === undefined ? [] : [{ file: entry.name, why }];
  });
  return [...twice, ...added, ...changed];
}

function changeOf(file: string, { size, sha256: expected }: ManifestEntry): string | undefined {
  const actual = lstatSync(file).size;
  if (actual !== size) return `was changed: it has ${actual} bytes, the manifest says ${size}`;
  const hash = sha256(readFileSync(file));
  return hash === expected ? undefined : `was changed: its SHA-256 is ${hash}, the manifest says ${expected}`;
}

function chainFaults({ entries }: Manifest): readonly BundleFault[] {
  const broken = chained(entries).findIndex(({ chain }, index) => chain !== entries[index]?.chain);
  if (entries.length === 0) return [{ file: MANIFEST_FILE, why: 'names no file' }];
  if (broken < 0) return [];
  return [{ file: MANIFEST_FILE, why: `was changed: the chain breaks at ${entries[broken]?.name}` }];
}

function signatureFaults(
  directory: string,
  given: {
    readonly manifest: Manifest;
    readonly content: Buffer;
    readonly key: KeyObject | undefined;
    readonly present: readonly string[];
    readonly pinned: string | undefined;
  },
): readonly BundleFault[] {
  const { manifest, content, key, present, pinned } = given;
  if (!manifest.entries.some(({ name }) => name === PUBLIC_KEY_FILE))
    return [{ file: MANIFEST_FILE, why: `does not name ${PUBLIC_KEY_FILE}` }];
  if (key === undefined) return [{ file: PUBLIC_KEY_FILE, why: 'is not a public key' }];
  const fingerprint = fingerprintOfKey(key);
  if (pinned !== undefined && pinned !== fingerprint)
    return [
      { file: PUBLIC_KEY_FILE, why: `is the key ${fingerprint}, not ${pinned}: somebody else signed this` },
    ];
  if (manifest.signer !== fingerprint)
    return [
      { file: PUBLIC_KEY_FILE, why: `is the key ${fingerprint}, the manifest says ${manifest.signer}` },
    ];
  if (!present.includes(SIGNATURE_FILE)) return [{ file: SIGNATURE_FILE, why: 'is missing' }];
  const signature = readBounded(join(directory, SIGNATURE_FILE), MANIFEST_SIZE_MAX) ?? Buffer.alloc(0);
  if (signatureHolds(content, signature, key)) return [];
  return [
    {
      file: SIGNATURE_FILE,
      why: `is not this key's signature of ${MANIFEST_FILE}: one of the two was changed`,
    },
  ];
}

function readKey(directory: string, present: readonly string[]): KeyObject | undefined {
  if (!present.includes(PUBLIC_KEY_FILE)) return undefined;
  try {
    return createPublicKey(readBounded(join(directory, PUBLIC_KEY_FILE), MANIFEST_SIZE_MAX) ?? '');
  } catch {
    return undefined;
  }
}

function readBounded(file: string, sizeMax: number): Buffer | undefined {
  return lstatSync(file).size > sizeMax ? undefined : readFileSync(file);
}
