import { ObError } from '@sealane/errors';
import { errorFromPacket, type ResponsePiece } from '@sealane/mysql-protocol';
import type { ServerLink } from '../server/server-link.ts';

const timeoutMs = 10_000;

/**
 * Runs a command of the proxy's own on a link that is idle, and waits for its end.
 *
 * @throws ObError what the server answered; that the link broke; OB_TIMEOUT, and the link is closed
 */
export function runOn(
  link: ServerLink,
  payload: Uint8Array,
  observe: (piece: ResponsePiece) => void,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    link.close();
    reject(new ObError('OB_TIMEOUT', [], { message: `${link.server} does not answer` }));
  }, timeoutMs);
  link.listen({
    pieces: (pieces) => {
      for (const piece of pieces) {
        observe(piece);
        if (piece.kind === 'error') reject(errorFromPacket(piece.error));
        else if (piece.done) resolve();
      }
      return true;
    },
    drained: () => undefined,
    closed: reject,
  });
  if (link.usable) link.send(payload);
  return promise.finally(() => clearTimeout(timer));
}
