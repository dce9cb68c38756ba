import { ObError } from '@sealane/errors';

/** One entry must fit into one packet between the nodes, with room for its head. */
export const payloadSizeMax = 60 * 1024 * 1024;

export function tooLarge(size: number): ObError {
  return new ObError('OB_LOG_TOO_LARGE', [], {
    message: `a log entry of ${size} bytes is over the limit of ${payloadSizeMax}: split the transaction`,
  });
}

export function outOfSpace(directory: string): ObError {
  return new ObError('OB_LOG_OUTOF_DISK_SPACE', [], {
    message: `Log out of disk space: ${directory} has no room for new entries, and no other member could take over; free some space, and writing goes on by itself`,
  });
}
