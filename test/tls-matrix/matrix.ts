import type { ClientName, MatrixCertificates } from './certificates.ts';

/** How an account must come: a row of the matrix. */
export interface Rule {
  /** The user's name on both servers. */
  readonly user: string;
  readonly require: string;
}

/** How a client comes: a column of the matrix. */
export interface Client {
  readonly name: string;
  /** Arguments of the `mariadb` client. */
  readonly args: readonly string[];
  /** Ends with the handshake: a few rules are enough to see that they don't count. */
  readonly cutOff?: true;
}

/** `in`, an error number, or `TLS`: it didn't come to a login. */
export type Verdict = string;

/** The suite that the rules ask for, and another that both servers have. */
export const suite = 'ECDHE-ECDSA-AES256-GCM-SHA384';
const otherSuite = 'ECDHE-ECDSA-AES128-GCM-SHA256';

export function rules({ subject, issuer }: MatrixCertificates): readonly Rule[] {
  const [s, i, c] = [`SUBJECT '${subject}'`, `ISSUER '${issuer}'`, `CIPHER '${suite}'`];
  return [
    { user: 'none', require: 'NONE' },
    { user: 'ssl', require: 'SSL' },
    { user: 'x509', require: 'X509' },
    { user: 'subject', require: s },
    { user: 'issuer', require: i },
    { user: 'cipher', require: c },
    { user: 'both', require: `${s} AND ${i}` },
    { user: 'all', require: `${c} AND ${i} AND ${s}` },
    { user: 'case', require: `SUBJECT '${subject.toLowerCase()}'` },
    { user: 'part', require: `SUBJECT '${subject.slice(0, -1)}'` },
  ];
}

export function clients(certificates: MatrixCertificates): readonly Client[] {
  const shows = (name: ClientName): string[] => [
    ...['--ssl', `--ssl-cert=${certificates.clientCert(name)}`, `--ssl-key=${certificates.clientKey(name)}`],
  ];
  const tls12 = (cipher: string): string[] => ['--tls-version=TLSv1.2', `--ssl-cipher=${cipher}`];
  const cutOff = true;
  return [
    { name: 'plain', args: ['--skip-ssl'] },
    { name: 'TLS', args: ['--ssl'] },
    { name: 'right certificate, TLS 1.3', args: [...shows('right'), '--tls-version=TLSv1.3'] },
    { name: 'right certificate, TLS 1.2', args: [...shows('right'), ...tls12(suite)] },
    { name: 'right certificate, other cipher', args: [...shows('right'), ...tls12(otherSuite)] },
    {
      name: 'right certificate, TLS 1.1',
      args: [...shows('right'), '--tls-version=TLSv1.1', '--ssl-cipher=ALL:@SECLEVEL=0'],
    },
    { name: 'no certificate, cipher', args: ['--ssl', ...tls12(suite)] },
    { name: 'other subject', args: [...shows('otherSubject'), ...tls12(suite)] },
    { name: 'other issuer', args: [...shows('otherIssuer'), ...tls12(suite)] },
    { name: 'unknown issuer', args: [...shows('unknownIssuer'), ...tls12(suite)], cutOff },
    { name: 'expired', args: [...shows('expired'), ...tls12(suite)], cutOff },
    { name: 'not yet valid', args: [...shows('notYetValid'), ...tls12(suite)], cutOff },
    { name: 'self-signed', args: [...shows('selfSigned'), ...tls12(suite)], cutOff },
    { name: 'revoked', args: [...shows('revoked'), ...tls12(suite)], cutOff },
    { name: 'certificate for servers', args: [...shows('forServers'), ...tls12(suite)], cutOff },
    { name: 'revoked, TLS 1.3', args: [...shows('revoked'), '--tls-version=TLSv1.3'], cutOff },
  ];
}
