import type { CertificateFacts } from './certificate.ts';
import type { TlsOptions } from './tls-profile.ts';

/** What a process's TLS is made of at this moment, and how the last attempt to load the wallet ended. */
export interface TlsStatus {
  /** Whether TLS is offered to new connections. */
  readonly enabled: boolean;
  /** Of what is in use; undefined while nothing is loaded. */
  readonly loaded: LoadedFacts | undefined;
  readonly lastReload: LastReload | undefined;
}

export interface LoadedFacts {
  readonly at: Date;
  readonly certificate: CertificateFacts;
  /** SHA-256 of each certificate in ca.pem, in order; 64 hex digits, lower case. */
  readonly authorities: readonly string[];
  /** `EC prime256v1`, `RSA 3072`, `ED25519`. */
  readonly keyType: string;
  /** Numbers of the revocation lists in use, in order; none where there is no crl.pem. */
  readonly crlNumbers: readonly string[];
  /** What the SQL port speaks. */
  readonly sqlOptions: TlsOptions;
}

export interface LastReload {
  readonly at: Date;
  /**
   * `LOADED`; `UNCHANGED`: the files are those in use (again); `FAILED`: what was in use stays; `CLOSED`: TLS was turned off.
   */
  readonly result: 'LOADED' | 'UNCHANGED' | 'FAILED' | 'CLOSED';
  /** Why it failed, or what is to be watched; empty when all is well. */
  readonly reason: string;
}
