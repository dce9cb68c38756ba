import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createAuthority,
  createRevocationList,
  issueCertificate,
  serialNumber,
  writeWhole,
} from '@sealane/transport-security';

/** Names of client certificates, each wrong in its own way but for the first. */
export const clientNames = [
  'right',
  'otherSubject',
  'otherIssuer',
  'unknownIssuer',
  'expired',
  'notYetValid',
  'selfSigned',
  'revoked',
  'forServers',
] as const;

export type ClientName = (typeof clientNames)[number];

export interface MatrixCertificates {
  /** Two authorities, both trusted by the servers. */
  readonly ca: string;
  readonly crl: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: (name: ClientName) => string;
  readonly clientKey: (name: ClientName) => string;
  /** One-line names of the right client's certificate. */
  readonly subject: string;
  readonly issuer: string;
}

const DAY_MS = 86_400_000;

/** Makes all of them in a directory: paths of PEM files. */
export async function makeCertificates(directory: string): Promise<MatrixCertificates> {
  const file = (name: string): string => join(directory, name);
  const write = (name: string, text: string): void => writeWhole(file(name), text, 0o600);
  const [main, second, unknown] = await Promise.all(
    ['Main CA', 'Second CA', 'Unknown CA'].map((commonName) => createAuthority({ commonName })),
  );
  if (main === undefined || second === undefined || unknown === undefined) throw new Error('no authorities');
  const client = { commonName: 'client1', addresses: [], use: ['client' as const] };
  const server = { commonName: 'server', addresses: ['127.0.0.1'], use: ['server', 'client'] as const };
  const daysFromNow = (days: number): Date => new Date(Date.now() + days * DAY_MS);
  const clients = {
    right: issueCertificate(main, client),
    otherSubject: issueCertificate(main, { ...client, commonName: 'client2' }),
    otherIssuer: issueCertificate(second, client),
    unknownIssuer: issueCertificate(unknown, client),
    expired: issueCertificate(main, { ...client, validFrom: daysFromNow(-10), days: 1 }),
    notYetValid: issueCertificate(main, { ...client, validFrom: daysFromNow(10) }),
    selfSigned: createAuthority({ commonName: 'client1' }),
    revoked: issueCertificate(main, client),
    forServers: issueCertificate(main, { ...client, use: ['server'] }),
  } satisfies Record<ClientName, unknown>;
  for (const name of clientNames) {
    const { certificate, key } = await clients[name];
    write(`${name}-cert.pem`, certificate);
    write(`${name}-key.pem`, key);
  }
  const issued = await issueCertificate(main, server);
  write('server-cert.pem', issued.certificate);
  write('server-key.pem', issued.key);
  write('ca.pem', `${main.certificate}${main.certificate.endsWith('\n') ? '' : '\n'}${second.certificate}`);
  const revoked = new X509Certificate(readFileSync(file('revoked-cert.pem')));
  const period = { number: 1n, thisUpdate: daysFromNow(-1), nextUpdate: daysFromNow(30) };
  const entry = { serialNumber: serialNumber(revoked), revokedAt: daysFromNow(-1) };
  const lists = await Promise.all([
    createRevocationList(main, { ...period, revoked: [entry] }),
    createRevocationList(second, { ...period, revoked: [] }),
  ]);
  write('crl.pem', lists.join(''));
  return {
    ca: file('ca.pem'),
    crl: file('crl.pem'),
    serverCert: file('server-cert.pem'),
    serverKey: file('server-key.pem'),
    clientCert: (name) => file(`${name}-cert.pem`),
    clientKey: (name) => file(`${name}-key.pem`),
    subject: '/O=Sealane/CN=client1',
    issuer: '/O=Sealane/CN=Main CA',
  };
}
