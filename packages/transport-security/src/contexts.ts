import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureVersion } from 'node:tls';
import type { Wallet } from './wallet.ts';

/** One wallet, loaded into OpenSSL. Live connections keep the contexts they began with. */
export interface SecureContexts {
  readonly wallet: Wallet;
  /** For MySQL clients; obeys sql_protocol_min_tls_version. */
  readonly sqlServer: SecureContext;
  /** For nodes and tools that dial us. */
  readonly rpcServer: SecureContext;
  /** For the nodes we dial. */
  readonly rpcClient: SecureContext;
}

/** Suites of Mozilla's "intermediate" configuration; TLS 1.3 has its own, all good. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'DHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
  'DHE-RSA-CHACHA20-POLY1305',
].join(':');

/** Mozilla's groups, the hybrid one that withstands a quantum computer first. */
const GROUPS = 'X25519MLKEM768:X25519:prime256v1:secp384r1';

/**
 * @param sqlMinTlsVersion  sql_protocol_min_tls_version: none, TLSv1 … TLSv1.3. Below TLS 1.2 the
 *   intermediate configuration still asks for 1.2
 * @throws what OpenSSL says of the files; loadWallet has checked them, so that this is rare
 */
export function createContexts(wallet: Wallet, sqlMinTlsVersion = 'none'): SecureContexts {
  return {
    wallet,
    sqlServer: serverContext(wallet, minVersion(sqlMinTlsVersion)),
    rpcServer: serverContext(wallet, 'TLSv1.2'),
    rpcClient: createSecureContext(settings(wallet, 'TLSv1.2')),
  };
}

function serverContext(wallet: Wallet, version: SecureVersion): SecureContext {
  return createSecureContext({ ...settings(wallet, version), dhparam: 'auto', honorCipherOrder: false });
}

function settings(wallet: Wallet, version: SecureVersion) {
  return {
    ca: wallet.ca,
    cert: wallet.certificate,
    key: wallet.key,
    minVersion: version,
    ciphers: CIPHERS,
    ecdhCurve: GROUPS,
    // A client must not be able to make us do the dear half of a handshake again and again.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

function minVersion(parameter: string): SecureVersion {
  return parameter.trim().toLowerCase() === 'tlsv1.3' ? 'TLSv1.3' : 'TLSv1.2';
}
