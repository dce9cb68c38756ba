import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type SecureContext, TLSSocket } from 'node:tls';
import { ObError } from '@sealane/errors';
import { brief, type CertificateFacts, certificateFacts, certificateNames } from './certificate.ts';
import { type HandshakeResult, refusalOfVerdict } from './handshake-counts.ts';
import { keyExchangeOf } from './key-exchange.ts';

/** What a finished handshake says. */
export interface SecureFacts {
  /** `TLSv1.3` */
  readonly protocol: string;
  /** OpenSSL's name. */
  readonly cipher: string;
  /** Group of the key exchange; undefined where OpenSSL doesn't tell. */
  readonly keyExchange: string | undefined;
  readonly localCertificate: CertificateFacts | undefined;
  readonly peerCertificate: CertificateFacts | undefined;
  /** `OK`, `NO_CERTIFICATE`, or OpenSSL's code, for instance `CERT_HAS_EXPIRED`. */
  readonly verifyResult: string;
  /** The peer came back with a ticket: certificate and verdict are those of its first handshake. */
  readonly resumed: boolean;
}

export interface SecuredStream {
  readonly stream: Duplex;
  readonly facts: SecureFacts;
}

export interface InboundOptions {
  readonly context: SecureContext;
  readonly localCertificate: CertificateFacts;
  /** True on the mesh: without a certificate that leads to our CA the peer is refused. */
  readonly peerCertificateRequired: boolean;
  readonly timeoutMs?: number;
}

export interface OutboundOptions {
  readonly context: SecureContext;
  /** Undefined for a client that shows none. */
  readonly localCertificate: CertificateFacts | undefined;
  /** The address that the peer's certificate must name. */
  readonly host: string;
  readonly timeoutMs?: number;
}

/** A handshake needs one or two round trips; who takes longer is not going to finish it. */
export const HANDSHAKE_TIMEOUT_MS_DEFAULT = 10_000;

/**
 * Answers a TLS handshake on a socket that is already open. Bytes put back into it with `unshift`
 * are read first. Who is let in is decided here, after the handshake, from OpenSSL's verdict.
 *
 * @throws ObError OB_CONNECT_ERROR with the reason; the socket is destroyed
 */
export async function secureInbound(socket: Duplex, options: InboundOptions): Promise<SecuredStream> {
  const tls = acceptingTls(socket, options.context);
  await handshake(tls, socket, 'secure', options.timeoutMs);
  const facts = factsOf(tls, options.localCertificate);
  if (options.peerCertificateRequired) checkVerified(facts, socket, tls);
  return { stream: tls, facts };
}

/**
 * Starts TLS on a socket that is already open, as client.
 *
 * @throws ObError OB_CONNECT_ERROR with the reason; the socket is destroyed
 */
export async function secureOutbound(socket: Duplex, options: OutboundOptions): Promise<SecuredStream> {
  const tls = dialledTls(socket, options.context);
  await handshake(tls, socket, 'secureConnect', options.timeoutMs);
  const facts = factsOf(tls, options.localCertificate);
  checkVerified(facts, socket, tls);
  checkDialledPeer(facts, options.host, socket, tls);
  return { stream: tls, facts };
}

/** The accepting side's TLS over a stream. Who is let in is decided after the handshake. */
export function acceptingTls(stream: Duplex, secureContext: SecureContext): TLSSocket {
  return new TLSSocket(stream as Socket, {
    isServer: true,
    secureContext,
    requestCert: true,
    rejectUnauthorized: false,
  });
}

/** The dialling side's. */
export function dialledTls(stream: Duplex, secureContext: SecureContext): TLSSocket {
  return connect({
    socket: stream,
    secureContext,
    rejectUnauthorized: false,
    // The name is checked after the handshake, with the chain, so that one place decides.
    checkServerIdentity: () => undefined,
  });
}

/** Waits for the end of a handshake. @throws ObError OB_CONNECT_ERROR; both sockets are destroyed */
export async function handshake(
  tls: TLSSocket,
  socket: Duplex,
  event: 'secure' | 'secureConnect',
  timeoutMs = HANDSHAKE_TIMEOUT_MS_DEFAULT,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => reject(refused('timeout', `the TLS handshake did not finish within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const failed = (error: Error): void =>
    reject(refused(kindOf(error), `the TLS handshake failed: ${reasonOf(error)}`, error));
  const closed = (): void =>
    reject(
      refused('peer_closed', 'the TLS handshake failed: the peer closed the connection (its log says why)'),
    );
  tls.once(event, resolve);
  tls.once('error', failed);
  tls.once('close', closed);
  try {
    await promise;
  } catch (error) {
    // Errors of a socket that we gave up on concern nobody.
    tls.on('error', () => undefined);
    tls.destroy();
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    tls.off(event, resolve);
    tls.off('error', failed);
    tls.off('close', closed);
  }
}

export function factsOf(tls: TLSSocket, localCertificate: CertificateFacts | undefined): SecureFacts {
  const peer = tls.getPeerX509Certificate();
  return {
    protocol: tls.getProtocol() ?? 'unknown',
    cipher: tls.getCipher().name,
    keyExchange: keyExchangeOf(tls),
    localCertificate,
    peerCertificate: peer === undefined ? undefined : certificateFacts(peer),
    verifyResult: peer === undefined ? 'NO_CERTIFICATE' : verdictOf(tls),
    resumed: tls.isSessionReused(),
  };
}

/**
 * OpenSSL's verdict on the peer's chain. Node publishes it only for sockets that its own server
 * accepted, hence the handle; where it can't be had, nobody counts as verified.
 */
function verdictOf(tls: TLSSocket): string {
  const handle = (tls as unknown as { readonly ssl?: { verifyError?(): (Error & { code?: string }) | null } })
    .ssl;
  if (typeof handle?.verifyError !== 'function') return 'UNKNOWN';
  const error = handle.verifyError();
  if (error !== null && error !== undefined) return error.code ?? error.message;
  return expiredSince(tls) ? 'CERT_HAS_EXPIRED' : 'OK';
}

/** A ticket brings the verdict of its first handshake along; time has gone on. */
function expiredSince(tls: TLSSocket): boolean {
  const expiresAt = tls.getPeerX509Certificate()?.validToDate;
  return tls.isSessionReused() && expiresAt !== undefined && expiresAt.getTime() < Date.now();
}

/** @throws ObError OB_CONNECT_ERROR; both sockets are destroyed */
export function checkVerified(facts: SecureFacts, socket: Duplex, tls: TLSSocket): void {
  if (facts.verifyResult === 'OK') return;
  discard(tls, socket);
  const who =
    facts.peerCertificate === undefined
      ? 'the peer shows no certificate'
      : `the peer's certificate ${brief(facts.peerCertificate.subject)}`;
  throw refused(
    refusalOfVerdict(facts.verifyResult),
    `${who}${facts.peerCertificate === undefined ? '' : ` is refused: ${facts.verifyResult}`}; ${adviceFor(facts.verifyResult)}`,
  );
}

/**
 * The accepting side's certificate must name the address that was dialled.
 *
 * @throws ObError OB_CONNECT_ERROR; both sockets are destroyed
 */
export function checkDialledPeer(facts: SecureFacts, host: string, socket: Duplex, tls: TLSSocket): void {
  if (facts.peerCertificate !== undefined && certificateNames(facts.peerCertificate, host)) return;
  discard(tls, socket);
  throw refused(
    'wrong_name',
    `the peer's certificate ${facts.peerCertificate?.subject ?? ''} does not name ${host} (it names ${facts.peerCertificate?.subjectAltName || 'nothing'}); ` +
      'make one with that address as subject alternative name',
  );
}

function discard(tls: TLSSocket, socket: Duplex): void {
  tls.on('error', () => undefined);
  tls.destroy();
  socket.destroy();
}

function adviceFor(verdict: string): string {
  switch (verdict) {
    case 'NO_CERTIFICATE':
      return 'let it load its wallet';
    case 'CERT_HAS_EXPIRED':
      return 'renew it';
    case 'CERT_NOT_YET_VALID':
      return 'check both clocks';
    default:
      return 'it must come from a CA in our wallet/ca.pem, for both client and server use, and not be revoked';
  }
}

function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNRESET') return 'the peer closed the connection (its log says why)';
  return code === '' ? error.message : `${error.message.trim()} (${code})`;
}

function kindOf(error: Error): HandshakeResult {
  return 'code' in error && error.code === 'ECONNRESET' ? 'peer_closed' : 'protocol';
}

function refused(refusal: HandshakeResult, message: string, cause?: unknown): ObError {
  return new ObError('OB_CONNECT_ERROR', [], { message, cause, details: { refusal } });
}
