import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/**
 * Strangers for logins.ts: connects COUNT times to PORT, sends a byte a second on each connection, and comes back whenever it is
 * thrown out. Says on standard output how many connections it has opened so far. Run: node bench/half-open.ts PORT COUNT
 */
const [port = 0, count = 0] = process.argv.slice(2).map(Number);
const sockets = new Set<Socket>();
let opened = 0;

async function open(): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    if (sockets.delete(socket)) setTimeout(() => void open(), comeBackMs);
  });
  await once(socket, 'connect').catch(() => undefined);
  socket.resume();
  sockets.add(socket);
  opened += 1;
}

/** Soon enough to keep the door busy, and not a flood of SYNs. */
const comeBackMs = 1_000;
const atOnce = 50;

for (let at = 0; at < count; at += atOnce) {
  await Promise.all(Array.from({ length: Math.min(atOnce, count - at) }, open));
}
setInterval(() => {
  for (const socket of sockets) socket.write(Uint8Array.of(1));
}, 1_000);
setInterval(() => process.stdout.write(`${opened}\n`), 200);
