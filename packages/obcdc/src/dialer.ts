import { connect, type Socket } from 'node:net';
import { ObError } from '@sealane/errors';

/** @throws ObError OB_CONNECT_ERROR, OB_TIMEOUT */
export function dial(host: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const late = setTimeout(() => {
      socket.destroy();
      reject(
        new ObError('OB_TIMEOUT', [], { message: `no connection to ${host}:${port} in ${timeoutMs} ms` }),
      );
    }, timeoutMs);
    socket.once('connect', () => {
      clearTimeout(late);
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (cause) => {
      clearTimeout(late);
      const message = `no connection to ${host}:${port}: ${cause.message}`;
      reject(new ObError('OB_CONNECT_ERROR', [], { message, cause }));
    });
  });
}
