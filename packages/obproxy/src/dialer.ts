import { connect, type Socket } from 'node:net';
import { ObError } from '@sealane/errors';

/** A connection to a server, before anything is said. */
export type DialledSocket = Socket;

/** @throws ObError OB_CONNECT_ERROR, OB_TIMEOUT */
export function dial(address: string, timeoutMs: number): Promise<Socket> {
  const colon = address.lastIndexOf(':');
  const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))];
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(
        new ObError('OB_TIMEOUT', [], { message: `no connection to ${address} within ${timeoutMs} ms` }),
      );
    }, timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (cause) => {
      clearTimeout(timer);
      reject(
        new ObError('OB_CONNECT_ERROR', [], {
          message: `Connect error: ${address}: ${cause.message}`,
          cause,
        }),
      );
    });
  });
}
