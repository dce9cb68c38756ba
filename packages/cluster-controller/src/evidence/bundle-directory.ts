import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ObError } from '@sealane/errors';
import { writeDurably } from '../durable-file.ts';
import { type BundleFile, PUBLIC_KEY_FILE, sealFiles } from './manifest.ts';
import type { SigningKey } from './signing-key.ts';

/** @throws ObError OB_OP_NOT_ALLOW when something is in it: a bundle is never mixed with another's files */
export function mustBeEmpty(directory: string): void {
  if (!existsSync(directory) || readdirSync(directory).length === 0) return;
  throw new ObError('OB_OP_NOT_ALLOW', [], {
    message: `${directory} is not empty; give --out a new directory`,
  });
}

/** Everybody may read it: it holds no secret. The manifest comes last, so that half a bundle is none. */
export function writeBundle(
  directory: string,
  files: readonly BundleFile[],
  key: SigningKey,
  now: Date,
): readonly string[] {
  mustBeEmpty(directory);
  mkdirSync(directory, { recursive: true });
  const sealed = [...files, { name: PUBLIC_KEY_FILE, content: Buffer.from(key.publicKey) }];
  const { manifest, signature } = sealFiles(sealed, key, now);
  const all = [...sealed, signature, manifest];
  for (const { name, content } of all) writeDurably(join(directory, name), content, 0o644);
  return all.map(({ name }) => name);
}
