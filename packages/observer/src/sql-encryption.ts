import type { Duplex } from 'node:stream';
import type {
  CertificateFacts,
  LinkLedger,
  TlsStatus,
  SecureFacts as TransportFacts,
  TransportSecurity,
} from '@sealane/transport-security';
import type { FrontSocket, SecuredSocket, SecureInbound, SqlLinks, TlsFacts } from './mysql-front/ports.ts';

/** TLS as the MySQL front and its variables and status rows ask for it. */
export class SqlTls {
  readonly #security: TransportSecurity;
  readonly #counts = { accepts: 0, finishedAccepts: 0, resumed: 0 };

  constructor(security: TransportSecurity) {
    this.#security = security;
  }

  get status(): TlsStatus {
    return this.#security.status;
  }

  /** Handshakes since the start: begun, finished, and those of them that came with a ticket. */
  get counts(): Readonly<{ accepts: number; finishedAccepts: number; resumed: number }> {
    return this.#counts;
  }

  /** Undefined while TLS is switched off. */
  readonly offered = (): SecureInbound | undefined =>
    this.#security.enabled ? (socket) => this.#secureInbound(socket) : undefined;

  async #secureInbound(socket: FrontSocket): Promise<SecuredSocket> {
    this.#counts.accepts++;
    const { stream, facts } = await this.#security.secureSqlInbound(socket as unknown as Duplex);
    this.#counts.finishedAccepts++;
    if (facts.resumed) this.#counts.resumed++;
    return { socket: stream as unknown as FrontSocket, tls: tlsFacts(facts) };
  }
}

/** The ledger as the MySQL front feeds it; the front keeps the figures of its sockets itself. */
export function sqlLinks(ledger: LinkLedger, localCertificate: () => CertificateFacts | undefined): SqlLinks {
  return {
    open: ({ kind, direction, localAddress, peerAddress, traffic }) => {
      const link = ledger.open({ kind, direction, localAddress, peerAddress, counter: traffic });
      return {
        encrypted: (tls) => link.secured({ ...tls, ...certificates(tls, localCertificate()) }),
        fromProxy: () => link.isOfKind('PROXY'),
        close: (reason) => link.closed(reason),
      };
    },
  };
}

function tlsFacts({
  protocol,
  cipher,
  keyExchange,
  peerCertificate,
  verifyResult,
}: TransportFacts): TlsFacts {
  return {
    protocol,
    cipher,
    ...(keyExchange === undefined ? {} : { keyExchange }),
    ...(peerCertificate === undefined ? {} : { peer: peerFacts(peerCertificate, verifyResult) }),
  };
}

function peerFacts(certificate: CertificateFacts, verifyResult: string): NonNullable<TlsFacts['peer']> {
  const { subject, issuer, commonName, subjectAltName, sha256, expiresAt } = certificate;
  return {
    verified: verifyResult === 'OK',
    verifyResult,
    subject,
    issuer,
    commonName,
    subjectAltName,
    sha256,
    expiresAt: expiresAt.getTime(),
  };
}

function certificates(tls: TlsFacts, localCertificate: CertificateFacts | undefined) {
  const { peer } = tls;
  if (peer === undefined) return { localCertificate, verifyResult: 'NO_CERTIFICATE' };
  const { subject, subjectAltName = '', sha256, expiresAt, verified } = peer;
  return {
    localCertificate,
    peerCertificate: { subject, subjectAltName, sha256, expiresAt: new Date(expiresAt) },
    verifyResult: verified ? 'OK' : (peer.verifyResult ?? 'NOT_VERIFIED'),
  };
}
