import { constants, randomBytes } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { type TlsOptions, type TlsProfile, tlsOptions } from './tls-profile.ts';
import type { Wallet } from './wallet.ts';

/** One wallet, loaded into OpenSSL. Live connections keep the contexts they began with. */
export interface SecureContexts {
  readonly wallet: Wallet;
  /** What the SQL port speaks. */
  readonly sqlOptions: TlsOptions;
  /** For MySQL clients; obeys sql_protocol_min_tls_version. */
  readonly sqlServer: SecureContext;
  /** For nodes and tools that dial us. */
  readonly rpcServer: SecureContext;
  /** For the nodes we dial. */
  readonly rpcClient: SecureContext;
}

export interface ContextSettings {
  readonly profile?: TlsProfile;
  /** sql_protocol_min_tls_version. */
  readonly sqlMinTlsVersion?: string;
}

/** How long a MySQL client may come back with its ticket; MySQL's ssl_session_cache_timeout has the same. */
export const SESSION_TIMEOUT_S = 300;

/**
 * @throws what OpenSSL says of the files; loadWallet has checked them, so that this is rare
 */
export function createContexts(wallet: Wallet, settings: ContextSettings = {}): SecureContexts {
  const { profile, sqlMinTlsVersion } = settings;
  const sqlOptions = tlsOptions(profile, sqlMinTlsVersion);
  const mesh = { ...walletOptions(wallet), ...meshOptions(tlsOptions(profile)) };
  return {
    wallet,
    sqlOptions,
    sqlServer: createSecureContext({ ...walletOptions(wallet), ...sqlOptions, ...resumable() }),
    rpcServer: createSecureContext(mesh),
    rpcClient: createSecureContext(mesh),
  };
}

/** For a client that has CAs to trust and no certificate of its own. @throws what OpenSSL says of them */
export function createTrustContext(ca: string): SecureContext {
  return createSecureContext({ ...tlsOptions(), ca });
}

function walletOptions({ ca, certificate, key, crls }: Wallet): SecureContextOptions {
  return {
    ca,
    cert: certificate,
    key,
    // For RSA certificates in TLS 1.2: groups as strong as the key.
    dhparam: 'auto',
    ...(crls.length === 0 ? {} : { crl: [...crls] }),
  };
}

/**
 * Clients may come back with a ticket. Its keys live and die with the context, so that no ticket outlives a wallet: after
 * a revocation, or a new CA, everybody shows a certificate again. OpenSSL wants a name for the context where clients are asked
 * for certificates, else it fails those who come back.
 */
function resumable(): SecureContextOptions {
  return {
    ticketKeys: randomBytes(48),
    sessionTimeout: SESSION_TIMEOUT_S,
    sessionIdContext: 'sealane-sql',
  };
}

/** Links between nodes live long: each begins with both certificates, none with a ticket. */
function meshOptions(options: TlsOptions): SecureContextOptions {
  return {
    ...options,
    secureOptions: options.secureOptions | constants.SSL_OP_NO_TICKET,
    sessionIdContext: 'sealane-rpc',
  };
}
