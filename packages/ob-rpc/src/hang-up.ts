import type { Duplex } from 'node:stream';

/** A peer that takes no more bytes, or does not hang up as well, must not keep the socket. */
const HANG_UP_MS = 500;

/**
 * Ends a connection politely: what was written gets out, the peer's goodbye is read (so that the
 * byte counters of both ends agree), then the socket goes. Does not wait.
 *
 * @param socket  the TCP socket
 * @param stream  what is layered on it, or the socket itself
 */
export function hangUp(socket: Duplex, stream: Duplex): void {
  stream.on('error', () => undefined);
  if (stream !== socket) socket.on('error', () => undefined);
  const timer = setTimeout(() => {
    stream.destroy();
    socket.destroy();
  }, HANG_UP_MS);
  stream.once('close', () => {
    clearTimeout(timer);
    socket.destroy();
  });
  if (!stream.writable) {
    stream.destroy();
    return;
  }
  stream.resume();
  stream.end();
}
