import { statfs } from 'node:fs/promises';
import { ObError } from '@sealane/errors';

/** Kept free beside a copy: a full disk would stop the log. */
const reserveSize = 512 * 1024 * 1024;

/** @throws ObError OB_SERVER_OUTOF_DISK_SPACE when a file of this size would leave too little */
export async function mustHaveRoom(directory: string, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= size + reserveSize) return;
  throw new ObError('OB_SERVER_OUTOF_DISK_SPACE', [], {
    message: `Server out of disk space: a copy of ${size} bytes in ${directory} would leave less than ${reserveSize} of the ${free} that are free`,
  });
}
