/** Healthy means: the SQL port greets as MySQL does. Exit code 0 or 1. Plain JavaScript, no dependency. */
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';

const TIMEOUT_MS = 2000;
const PROTOCOL_VERSION = 10;

const port = Number(process.env.SEALANE_SQL_PORT ?? 2881);
const addresses = Object.values(networkInterfaces()).flat();
const own = addresses.find((address) => address?.family === 'IPv4' && !address.internal);
const socket = connect({ host: own?.address ?? '127.0.0.1', port, timeout: TIMEOUT_MS });

// The fifth byte of the greeting, after three of length and one of sequence, is the protocol's version.
socket.once('data', (bytes) => finish(bytes[4] === PROTOCOL_VERSION ? 0 : 1));
socket.once('timeout', () => finish(1));
socket.once('error', () => finish(1));

function finish(code) {
  socket.destroy();
  process.exit(code);
}
