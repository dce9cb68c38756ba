import { constants } from 'node:crypto';

/**
 * Which TLS is spoken: Mozilla's *intermediate* list for clients of the last ten years, or its *modern* one, here `strict`
 * (parameter `_tls_profile`). Source: Mozilla's Server Side TLS guidelines.
 */
export type TlsProfile = 'intermediate' | 'strict';

/** The part of node:tls's options that a profile decides about. */
export interface TlsOptions {
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.3';
  /** OpenSSL's names, those of TLS 1.3 among them. */
  readonly ciphers: string;
  /** Groups of the key exchange, the preferred one first. */
  readonly ecdhCurve: string;
  /** All suites are good: the client knows best which is fast on its machine. */
  readonly honorCipherOrder: false;
  readonly secureOptions: number;
}

/** The hybrid group withstands a quantum computer; OpenSSL has it since 3.5. */
const GROUPS = 'X25519MLKEM768:X25519:prime256v1:secp384r1';

const SUITES_13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const SUITES_12 = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'DHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
  'DHE-RSA-CHACHA20-POLY1305',
];

/**
 * What every context of ours is made with: of the SQL port, of the mesh, of the tools that probe them.
 *
 * @param leastVersion  sql_protocol_min_tls_version: none, TLSv1 … TLSv1.3. It raises what the profile asks for, and never
 *   lowers it: OpenSSL 3.5 has no TLS 1.0 and 1.1 at its default security level
 */
export function tlsOptions(profile: TlsProfile = 'intermediate', leastVersion = 'none'): TlsOptions {
  const only13 = profile === 'strict' || leastVersion.trim().toLowerCase() === 'tlsv1.3';
  return {
    minVersion: only13 ? 'TLSv1.3' : 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: [...SUITES_13, ...(only13 ? [] : SUITES_12)].join(':'),
    ecdhCurve: GROUPS,
    honorCipherOrder: false,
    // A client must not be able to make us do the dear half of a handshake again and again.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/** `_tls_profile` as a profile; anything but `strict` is the default. */
export function tlsProfile(parameter: string): TlsProfile {
  return parameter.trim().toLowerCase() === 'strict' ? 'strict' : 'intermediate';
}

/** The versions that are spoken, as MySQL's tls_version lists them: `TLSv1.2,TLSv1.3`. */
export function tlsVersions({ minVersion }: TlsOptions): string {
  return minVersion === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2,TLSv1.3';
}
