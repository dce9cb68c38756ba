import { hostname } from 'node:os';
import type { CellValue } from '@sealane/sql';
import { type TlsOptions, type TlsStatus, tlsVersions } from '@sealane/transport-security';

interface NodeFacts {
  readonly sqlPort: number;
  readonly tls: TlsStatus;
}

const hasTls = ({ tls }: NodeFacts): CellValue => (tls.enabled ? 'YES' : 'DISABLED');

/** The values are mocks in OceanBase, and say here what is so: empty while TLS is off. */
const ofTls =
  (value: (loaded: NonNullable<TlsStatus['loaded']>) => string) =>
  ({ tls }: NodeFacts): CellValue =>
    tls.enabled && tls.loaded !== undefined ? value(tls.loaded) : '';

/** System variables whose values are the node's own. */
const values = new Map<string, (node: NodeFacts) => CellValue>([
  ['hostname', () => hostname()],
  ['port', ({ sqlPort }) => BigInt(sqlPort)],
  ['have_ssl', hasTls],
  ['have_openssl', hasTls],
  ['ssl_ca', ofTls(() => 'wallet/ca.pem')],
  ['ssl_cert', ofTls(() => 'wallet/server-cert.pem')],
  ['ssl_key', ofTls(() => 'wallet/server-key.pem')],
  ['ssl_crl', ofTls(({ crlNumbers }) => (crlNumbers.length === 0 ? '' : 'wallet/crl.pem'))],
  ['ssl_cipher', ofTls(({ sqlOptions }) => suitesBelow13(sqlOptions))],
  ['tls_version', ofTls(({ sqlOptions }) => tlsVersions(sqlOptions))],
]);

export const nodeVariableNames: readonly string[] = [...values.keys()];

/** @returns undefined for variables that aren't the node's own */
export function nodeVariable(name: string, facts: () => NodeFacts): CellValue | undefined {
  return values.get(name)?.(facts());
}

/** As MySQL has it: those of TLS 1.3 are another list. */
function suitesBelow13({ ciphers }: TlsOptions): string {
  return ciphers
    .split(':')
    .filter((suite) => !suite.startsWith('TLS_'))
    .join(':');
}
