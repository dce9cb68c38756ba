import type { Duplex } from 'node:stream';
import { isObError, ObError } from '@sealane/errors';
import type { CertificateFacts } from './certificate.ts';
import { createContexts, type SecureContexts } from './contexts.ts';
import { decideReload, NOTHING_LOADED, type ReloadState } from './reload.ts';
import { type SecuredStream, secureInbound, secureOutbound } from './secure.ts';
import type { LastReload, LoadedFacts, TlsStatus } from './tls-status.ts';
import { loadWallet, type WalletRole, walletStamp } from './wallet.ts';

export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface SecurityParameters {
  /** `ssl_client_authentication`. */
  readonly sslClientAuthentication: boolean;
  /** `sql_protocol_min_tls_version`. */
  readonly sqlMinTlsVersion: string;
}

export interface TransportSecurityOptions {
  readonly walletDirectory: string;
  readonly role?: WalletRole;
  readonly logger: Logger;
}

/** What the last reload did. */
export type ReloadOutcome = 'kept' | 'loaded' | 'closed' | 'failed';

/** The TLS of one process: its wallet, its contexts, and the two ways to secure a socket. */
export class TransportSecurity {
  readonly #options: TransportSecurityOptions;
  #contexts: SecureContexts | undefined;
  #state: ReloadState = NOTHING_LOADED;
  #loadedFacts: LoadedFacts | undefined;
  #lastReload: LastReload | undefined;

  constructor(options: TransportSecurityOptions) {
    this.#options = options;
  }

  /** True while a wallet is loaded: TLS is offered and accepted. */
  get enabled(): boolean {
    return this.#contexts !== undefined;
  }

  get localCertificate(): CertificateFacts | undefined {
    return this.#contexts?.wallet.facts;
  }

  /** Microseconds since 1970; 0 while TLS is off. Fills GV$OB_SERVERS.SSL_CERT_EXPIRED_TIME. */
  get certificateExpiryUs(): number {
    return (this.#contexts?.wallet.facts.expiresAt.getTime() ?? 0) * 1000;
  }

  /** Shown in GV$OB_TLS_STATUS. */
  get status(): TlsStatus {
    return { enabled: this.enabled, loaded: this.#loadedFacts, lastReload: this.#lastReload };
  }

  /**
   * To be called at start and after every change of any parameter. New links use what it loaded,
   * links that are open keep what they have.
   *
   * @param when  at `start` a failure is thrown; at `change` it is logged and the old contexts stay
   * @throws ObError OB_INVALID_CONFIG
   */
  reload(parameters: SecurityParameters, when: 'start' | 'change'): ReloadOutcome {
    const { walletDirectory, role } = this.#options;
    const stamp = walletStamp(walletDirectory, role);
    const minTlsVersion = parameters.sqlMinTlsVersion;
    switch (
      decideReload(this.#state, { enabled: parameters.sslClientAuthentication, stamp, minTlsVersion })
    ) {
      case 'keep':
        return 'kept';
      case 'close':
        this.#contexts = undefined;
        this.#loadedFacts = undefined;
        this.#state = NOTHING_LOADED;
        this.#lastReload = { at: new Date(), result: 'CLOSED', reason: '' };
        this.#options.logger.info({}, 'finish reload_ssl_config, close ssl');
        return 'closed';
      case 'load':
        return this.#load({ stamp, minTlsVersion }, when);
    }
  }

  /** What ALTER SYSTEM SET ssl_client_authentication = True checks on the node that executes it. */
  checkWallet(): void {
    loadWallet(this.#options.walletDirectory, this.#options.role);
  }

  /** For a node or a tool that dials our RPC port: its certificate must lead to our CA. */
  async secureInbound(socket: Duplex): Promise<SecuredStream> {
    const { rpcServer, wallet } = this.#loaded();
    return secureInbound(socket, {
      context: rpcServer,
      localCertificate: wallet.facts,
      peerCertificateRequired: true,
    });
  }

  /** For a node we dial: its certificate must lead to our CA and name the address we dialled. */
  async secureOutbound(socket: Duplex, peer: { readonly host: string }): Promise<SecuredStream> {
    const { rpcClient, wallet } = this.#loaded();
    return secureOutbound(socket, { context: rpcClient, localCertificate: wallet.facts, host: peer.host });
  }

  /** For a MySQL client: a certificate is asked for, reported, and left to the account's rules. */
  async secureSqlInbound(socket: Duplex): Promise<SecuredStream> {
    const { sqlServer, wallet } = this.#loaded();
    return secureInbound(socket, {
      context: sqlServer,
      localCertificate: wallet.facts,
      peerCertificateRequired: false,
    });
  }

  #load(
    next: { readonly stamp: string; readonly minTlsVersion: string },
    when: 'start' | 'change',
  ): ReloadOutcome {
    const { walletDirectory, role, logger } = this.#options;
    try {
      const wallet = loadWallet(walletDirectory, role);
      this.#contexts = createContexts(wallet, next.minTlsVersion);
      this.#state = next;
      this.#loadedFacts = {
        at: new Date(),
        certificate: wallet.facts,
        authorities: wallet.authorities,
        keyType: wallet.keyType,
      };
      this.#lastReload = { at: new Date(), result: 'LOADED', reason: wallet.warnings.join('; ') };
      for (const warning of wallet.warnings) logger.warn({ wallet: walletDirectory }, warning);
      const { subject, sha256, expiresAt } = wallet.facts;
      logger.info({ subject, sha256, expires_at: expiresAt.toISOString() }, 'finish reload_ssl_config');
      return 'loaded';
    } catch (error) {
      const known = asConfigError(error, walletDirectory);
      this.#lastReload = { at: new Date(), result: 'FAILED', reason: known.message };
      if (when === 'start') throw known;
      logger.warn(
        { reason: known.message, kept: this.enabled },
        'reload_ssl_config failed, the previous state stays',
      );
      return 'failed';
    }
  }

  #loaded(): SecureContexts {
    if (this.#contexts !== undefined) return this.#contexts;
    throw new ObError('OB_CONNECT_ERROR', [], {
      message:
        'ssl config not configured or not load completely: set ssl_client_authentication to True and see that wallet/ is complete',
    });
  }
}

function asConfigError(error: unknown, directory: string): ObError {
  if (isObError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ObError('OB_INVALID_CONFIG', [], {
    message: `the wallet ${directory} can't be used: ${reason}`,
    cause: error,
  });
}
