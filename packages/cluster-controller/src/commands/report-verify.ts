import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { ObError } from '@sealane/errors';
import { fingerprintOfKey } from '../evidence/manifest.ts';
import { verifyBundle } from '../evidence/verify-bundle.ts';
import { printJson, type Surroundings } from './surroundings.ts';

export interface VerifyReportOptions {
  /** A fingerprint, or a PEM file. */
  readonly publicKey?: string;
}

/** Needs no cluster. @returns 0 for an honest bundle, 1 otherwise */
export async function verifyReport(
  around: Surroundings,
  path: string,
  { publicKey }: VerifyReportOptions,
): Promise<number> {
  const directory = resolve(path);
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new ObError('OB_INVALID_CONFIG', [], { message: `${directory} is no directory` });
  }
  const pinned = publicKey === undefined ? undefined : fingerprintIn(publicKey);
  const { faults, signer, createdAt, fileCount } = verifyBundle(directory, pinned);
  const holds = faults.length === 0;
  if (around.options.json === true) {
    printJson(around, {
      holds,
      pinned: pinned !== undefined,
      signer: signer ?? null,
      created_at: createdAt ?? null,
      faults,
    });
    return holds ? 0 : 1;
  }
  const unknown =
    pinned === undefined ? '\nnobody said whose key that should be: compare it, or give --public-key' : '';
  const lines = holds
    ? [`${fileCount} files are as they were signed on ${printable(createdAt ?? '')} by ${signer}${unknown}`]
    : [
        `${directory} is not as it was signed:`,
        ...faults.map(({ file, why }) => `  ✗ ${printable(`${file} ${why}`)}`),
      ];
  around.output.write(`${lines.join('\n')}\n`);
  return holds ? 0 : 1;
}

/** Names and times are a stranger's: none of them speaks to the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd');
}

/** @throws ObError OB_INVALID_ARGUMENT when it is neither */
function fingerprintIn(text: string): string {
  const plain = text.replaceAll(':', '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(plain)) return plain;
  try {
    return fingerprintOfKey(createPublicKey(readFileSync(resolve(text))));
  } catch (cause) {
    const message = `--public-key wants a fingerprint of 64 hex digits, or a PEM file, not ${text}`;
    throw new ObError('OB_INVALID_ARGUMENT', ['--public-key'], { message, cause });
  }
}
