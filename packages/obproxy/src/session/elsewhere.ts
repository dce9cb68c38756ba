import { ObError } from '@sealane/errors';
import { errorPacket } from '@sealane/mysql-protocol';

/** Answers by which a server says that it did nothing, and that another one should be asked: no master, no such tenant here, starting, stopping. */
export const elsewhereErrnos: ReadonlySet<number> = new Set([4038, 5150, 8001, 8002]);

/** Whether a login failed because of the server, not of the client. */
export function isElsewhere(error: unknown): boolean {
  if (!(error instanceof ObError)) return false;
  if (error.name === 'OB_CONNECT_ERROR' || error.name === 'OB_TIMEOUT') return true;
  return elsewhereErrnos.has(errorPacket(error).errno);
}
