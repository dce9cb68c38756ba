import { dirname } from 'node:path';
import { syncFile, syncNames } from './disk-failure.ts';
import type { LogFile, LogFiles } from './environment.ts';

/** Replaces a file so that after any crash either the old or the new content is there, whole. */
export async function replaceFile(files: LogFiles, path: string, content: Uint8Array): Promise<void> {
  const beside = `${path}${besideSuffix}`;
  const file = await files.open(beside, 'create');
  try {
    await file.write([content], 0);
    await syncFile(file, beside);
  } finally {
    await file.close();
  }
  await files.rename(beside, path);
  await syncNames(files, dirname(path));
}

/** A file that a crash left under such a name was never in its place. */
export const besideSuffix = '.new';

/** @returns the whole content, undefined if there is no such file */
export async function readWhole(files: LogFiles, path: string): Promise<Uint8Array | undefined> {
  const file = await openIfThere(files, path);
  if (file === undefined) return undefined;
  try {
    const bytes = new Uint8Array(await file.size());
    return bytes.subarray(0, file.readSync(bytes, 0));
  } finally {
    await file.close();
  }
}

async function openIfThere(files: LogFiles, path: string): Promise<LogFile | undefined> {
  try {
    return await files.open(path, 'existing');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
    throw error;
  }
}
