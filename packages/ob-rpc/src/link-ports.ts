import type { Duplex } from 'node:stream';

/** What a link needs of its owner. The program hands implementations over; engines don't know each other. */

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** One certificate, as the ledger shows it. */
export interface CertificateFacts {
  readonly subject: string;
  /** Of the subject; undefined when it has none. */
  readonly commonName: string | undefined;
  /** `IP:127.0.0.1, DNS:localhost`; empty when there is none. */
  readonly subjectAltName: string;
  /** 64 hex digits, lower case. */
  readonly sha256: string;
  readonly expiresAt: Date;
}

/** What a finished TLS handshake says. */
export interface SecureFacts {
  /** For instance `TLSv1.3`. */
  readonly protocol: string;
  /** OpenSSL's name. */
  readonly cipher: string;
  /** Key exchange group, for instance `X25519MLKEM768`; undefined where OpenSSL doesn't tell. */
  readonly keyExchange: string | undefined;
  readonly localCertificate: CertificateFacts | undefined;
  readonly peerCertificate: CertificateFacts | undefined;
  /** `OK`, `NO_CERTIFICATE`, or OpenSSL's code. */
  readonly verifyResult: string;
}

export interface SecuredStream {
  readonly stream: Duplex;
  readonly facts: SecureFacts;
}

/** A handshake that only proves who is there; the socket, now paused, speaks in clear afterwards. */
export interface Authenticated {
  readonly facts: SecureFacts;
}

/** Upgrades a socket that already exists. Rejects with an ObError that names the reason. */
export interface Encrypter {
  secureInbound(socket: Duplex): Promise<SecuredStream>;
  /** @param peer  its address, which its certificate must name */
  secureOutbound(
    socket: Duplex,
    peer: { readonly host: string; readonly port: number },
  ): Promise<SecuredStream>;
  /** For SSL_NO_ENCRYPT. */
  authenticateInbound(socket: Duplex): Promise<Authenticated>;
  authenticateOutbound(
    socket: Duplex,
    peer: { readonly host: string; readonly port: number },
  ): Promise<Authenticated>;
}

/** A socket's own counters: bytes that went over the wire, whatever was layered on top of it later. */
export interface ByteCounter {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

export interface LinkFacts {
  readonly kind: 'RPC';
  readonly direction: 'IN' | 'OUT';
  /** `ip:port` of our end. */
  readonly localAddress: string;
  readonly peerAddress: string;
  /** `ip:rpc_port` of the server dialled; an accepted link learns it later. */
  readonly peerServer?: string;
  readonly counter: ByteCounter;
}

/** The ledger, as far as links feed it. */
export interface LinkWatcher {
  open(facts: LinkFacts): LinkRecord;
}

export interface LinkRecord {
  /**
   * From here on every byte on the wire belongs to TLS.
   *
   * @param unreadSize  bytes already read from the socket that were given back to it for TLS
   */
  securing(unreadSize: number): void;
  secured(facts: SecureFacts): void;
  /** Certificates are checked, and what follows goes in clear. */
  authenticated(facts: SecureFacts): void;
  /**
   * Frames flow: the mode is settled, and the negotiation is over.
   *
   * @param unreadSize  bytes already read from the socket that belong to frames
   */
  established(unreadSize: number): void;
  /** Everything that was written so far has left this process. */
  written(): void;
  /** The socket broke: what was not told as written has not left. */
  failed(): void;
  identified(peer: { readonly server: string | undefined; readonly identity: string }): void;
  closed(reason: string): void;
}
