import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompleteWallet } from './target.ts';

interface WalletEntry {
  readonly name: string;
  /** Undefined: the file is to be taken away. */
  readonly text: string | undefined;
  readonly mode: number;
}

/** The files of a node's wallet, in the order in which they are put in place: a certificate that is there has its key. */
export function walletEntries(files: CompleteWallet): readonly WalletEntry[] {
  return [
    { name: 'server-key.pem', text: files.key, mode: 0o600 },
    { name: 'server-cert.pem', text: files.certificate, mode: 0o644 },
    { name: 'ca.pem', text: files.ca, mode: 0o644 },
    { name: 'crl.pem', text: files.crl, mode: 0o644 },
  ];
}

/** All are written before the first is put in place, so that key and certificate don't fit for microseconds only. */
export function installWalletIn(directory: string, files: CompleteWallet): void {
  mkdirSync(directory, { recursive: true });
  const entries = walletEntries(files).map((entry) => ({ ...entry, path: join(directory, entry.name) }));
  for (const { path, text, mode } of entries) {
    // One that was left behind would keep its own mode.
    rmSync(`${path}.new`, { force: true });
    if (text !== undefined) writeFileSync(`${path}.new`, text.endsWith('\n') ? text : `${text}\n`, { mode });
  }
  for (const { path, text } of entries) {
    if (text === undefined) rmSync(path, { force: true });
    else renameSync(`${path}.new`, path);
  }
}
