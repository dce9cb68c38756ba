import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const directory = join(import.meta.dirname, 'corpus');

export interface Sample {
  /** Of its file: its meaning, or its hash. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What is kept of a decoder's inputs: seeds, and whatever once broke it. */
export function readCorpus(decoder: string): Sample[] {
  const folder = join(directory, decoder);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, bytes: Uint8Array.from(readFileSync(join(folder, name))) }));
}

/** @returns the path; for a person to look at, name and commit */
export function saveInput(folder: string, bytes: Uint8Array): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, createHash('sha256').update(bytes).digest('hex').slice(0, 16));
  writeFileSync(path, bytes);
  return path;
}
