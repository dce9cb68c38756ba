import type { Duplex } from 'node:stream';
import { ObError } from '@sealane/errors';
import { HandshakeChannel } from './handshake-channel.ts';
import {
  acceptingTls,
  checkDialledPeer,
  checkVerified,
  dialledTls,
  factsOf,
  HANDSHAKE_TIMEOUT_MS_DEFAULT,
  handshake,
  type InboundOptions,
  type OutboundOptions,
  type SecureFacts,
} from './secure.ts';

/**
 * SSL_NO_ENCRYPT: what a handshake proved, on a socket that speaks in clear from here on. It is paused; bytes of what follows
 * that were read with the handshake are back in it.
 */
export interface Authenticated {
  readonly facts: SecureFacts;
}

/**
 * Answers a TLS handshake that only authenticates. Each side ends TLS with its close_notify, so that both know which byte is
 * the first in clear: session tickets and the like lie before it.
 *
 * @throws ObError OB_CONNECT_ERROR with the reason; the socket is destroyed
 */
export async function authenticateInbound(socket: Duplex, options: InboundOptions): Promise<Authenticated> {
  const channel = new HandshakeChannel(socket);
  const tls = acceptingTls(channel, options.context);
  // The peer's goodbye may come in one piece with the end of its handshake.
  const ended = goodbyeOf(tls, 'secure');
  await handshake(tls, socket, 'secure', options.timeoutMs);
  const facts = factsOf(tls, options.localCertificate);
  checkVerified(facts, socket, tls);
  await endTls(tls, channel, socket, ended, options.timeoutMs);
  return { facts };
}

/**
 * The dialling side of the same.
 *
 * @throws ObError OB_CONNECT_ERROR with the reason; the socket is destroyed
 */
export async function authenticateOutbound(socket: Duplex, options: OutboundOptions): Promise<Authenticated> {
  const channel = new HandshakeChannel(socket);
  const tls = dialledTls(channel, options.context);
  // The peer's goodbye may come in one piece with the end of its handshake.
  const ended = goodbyeOf(tls, 'secureConnect');
  await handshake(tls, socket, 'secureConnect', options.timeoutMs);
  const facts = factsOf(tls, options.localCertificate);
  checkVerified(facts, socket, tls);
  checkDialledPeer(facts, options.host, socket, tls);
  await endTls(tls, channel, socket, ended, options.timeoutMs);
  return { facts };
}

/** Fulfilled when the peer has ended TLS. Who ends it before the handshake is over has failed. */
function goodbyeOf(tls: Duplex, event: 'secure' | 'secureConnect'): Promise<void> {
  let secured = false;
  tls.once(event, () => {
    secured = true;
  });
  return new Promise((resolve) => {
    tls.once('end', () => {
      if (secured) resolve();
      else tls.destroy(new Error('clear text, or nothing more, came before its end'));
    });
  });
}

/** Says goodbye, waits for the peer's, lets go of the socket. */
async function endTls(
  tls: Duplex,
  channel: HandshakeChannel,
  socket: Duplex,
  ended: Promise<void>,
  timeoutMs = HANDSHAKE_TIMEOUT_MS_DEFAULT,
): Promise<void> {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(failure(`it did not end TLS within ${timeoutMs} ms`)), timeoutMs);
  tls.once('data', () => reject(failure('it sent data inside a TLS that was to authenticate only')));
  tls.on('error', (error: Error) => reject(failure(error.message)));
  const closed = (): void => reject(failure('it closed the connection (its log says why)'));
  socket.once('close', closed);
  try {
    tls.end();
    await Promise.race([Promise.all([ended, channel.said]), failed]);
    channel.release();
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    socket.off('close', closed);
    tls.destroy();
  }
}

function failure(what: string): ObError {
  return new ObError('OB_CONNECT_ERROR', [], { message: `the peer proved who it is, but ${what}` });
}
