import type { Duplex } from 'node:stream';

/** A peer that takes no more bytes, or does not hang up as well, must not keep the socket. */
const HANG_UP_MS = 500;

/**
 * Ends a connection politely: what was written gets out, the peer's goodbye is read (so that the
 * byte counters of both ends agree), then the socket goes.
 *
 * @param socket  the TCP socket
 * @param stream  what is layered on it, or the socket itself
 * @returns when the socket is gone; never rejects
 */
export function hangUp(socket: Duplex, stream: Duplex): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', resolve);
  });
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
  if (stream.closed) socket.destroy();
  if (stream.writable) {
    stream.resume();
    stream.end();
  } else {
    stream.destroy();
  }
  return gone;
}
