import { isObError, ObError } from '@sealane/errors';
import type { LogFile, LogFiles } from './environment.ts';

/** The disk has no room (or this user none on it): what wasn't written may be written later. */
export function isOutOfSpace(error: unknown): boolean {
  if (isObError(error)) return false;
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/**
 * An fsync that failed is never tried again: the system may have dropped what it couldn't write, and would then say
 * that all is well.
 *
 * @throws ObError OB_IO_ERROR
 */
export async function syncFile(file: LogFile, path: string): Promise<void> {
  await file.sync().catch((error: unknown) => {
    throw syncFailed(path, error);
  });
}

/**
 * Writes and syncs: which of the two failed nobody knows, so that neither is tried again, but for want of room.
 *
 * @throws ObError OB_IO_ERROR; what `isOutOfSpace` knows
 */
export async function writeSynced(
  file: LogFile,
  path: string,
  pieces: readonly Uint8Array[],
  position: number,
): Promise<void> {
  await file.writeSynced(pieces, position).catch((error: unknown) => {
    throw isOutOfSpace(error) ? error : syncFailed(path, error);
  });
}

/** @throws ObError OB_IO_ERROR */
export async function syncNames(files: LogFiles, directory: string): Promise<void> {
  await files.syncDirectory(directory).catch((error: unknown) => {
    throw syncFailed(directory, error);
  });
}

function syncFailed(path: string, cause: unknown): ObError {
  return new ObError('OB_IO_ERROR', [], {
    message: `fsync of ${path} failed: ${String(cause)}; what is on the disk is unknown, so this node stops. Check the disk, then start it again: it goes on from what is there`,
    details: { path },
    cause,
  });
}
