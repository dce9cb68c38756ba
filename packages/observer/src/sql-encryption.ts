import type { Duplex } from 'node:stream';
import type {
  CertificateFacts,
  SecureFacts as TransportFacts,
  TransportSecurity,
} from '@sealane/transport-security';
import type { LinkLedger } from './link-ledger.ts';
import type { FrontSocket, SecureInbound, SqlLinks, TlsFacts } from './mysql-front/ports.ts';

/** TLS as the MySQL front asks for it: undefined while it is switched off. */
export function sqlEncryption(security: TransportSecurity): () => SecureInbound | undefined {
  const secureInbound: SecureInbound = async (socket) => {
    const { stream, facts } = await security.secureSqlInbound(socket as unknown as Duplex);
    return { socket: stream as unknown as FrontSocket, tls: tlsFacts(facts) };
  };
  return () => (security.enabled ? secureInbound : undefined);
}

/** The ledger as the MySQL front feeds it; the front keeps the figures of its sockets itself. */
export function sqlLinks(ledger: LinkLedger, localCertificate: () => CertificateFacts | undefined): SqlLinks {
  return {
    open: ({ kind, direction, localAddress, peerAddress, traffic }) => {
      const link = ledger.open({ kind, direction, localAddress, peerAddress, counter: traffic });
      return {
        encrypted: (tls) => link.secured({ ...tls, ...certificates(tls, localCertificate()) }),
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
  const { subject, issuer, commonName, sha256, expiresAt } = certificate;
  return {
    verified: verifyResult === 'OK',
    verifyResult,
    subject,
    issuer,
    commonName,
    sha256,
    expiresAt: expiresAt.getTime(),
  };
}

function certificates(tls: TlsFacts, localCertificate: CertificateFacts | undefined) {
  const { peer } = tls;
  if (peer === undefined) return { localCertificate, verifyResult: 'NO_CERTIFICATE' };
  const { subject, sha256, expiresAt, verified } = peer;
  return {
    localCertificate,
    peerCertificate: { subject, sha256, expiresAt: new Date(expiresAt) },
    verifyResult: verified ? 'OK' : 'NOT_VERIFIED',
  };
}
