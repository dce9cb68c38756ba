import type { Duplex } from 'node:stream';
import { isObError, ObError } from '@sealane/errors';
import { type Authenticated, authenticateInbound, authenticateOutbound } from './authenticate.ts';
import { brief, type CertificateFacts } from './certificate.ts';
import { createContexts, type SecureContexts } from './contexts.ts';
import { HandshakeCounts, refusalOfVerdict } from './handshake-counts.ts';
import {
  decideReload,
  NOTHING_LOADED,
  type ReloadOccasion,
  type ReloadSettings,
  type ReloadState,
  sameSettings,
} from './reload.ts';
import {
  type InboundOptions,
  type OutboundOptions,
  type SecuredStream,
  secureInbound,
  secureOutbound,
} from './secure.ts';
import { tlsProfile } from './tls-profile.ts';
import type { LastReload, TlsStatus } from './tls-status.ts';
import { loadWallet, requireFit, type Wallet, type WalletUse } from './wallet.ts';
import { type WalletPaths, type WalletRole, walletStamp } from './wallet-files.ts';

export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface SecurityParameters {
  /** `ssl_client_authentication`. */
  readonly sslClientAuthentication: boolean;
  /** `sql_protocol_min_tls_version`. */
  readonly sqlMinTlsVersion: string;
  /** `_tls_profile`; intermediate when left out. */
  readonly tlsProfile?: string;
}

export interface TransportSecurityOptions {
  readonly walletDirectory: string;
  readonly role?: WalletRole;
  /** Where the files lie today, if not in the directory under the role's names; asked at each reload. */
  readonly paths?: () => WalletPaths | undefined;
  /** The address by which the other nodes dial this one: its certificate must name it. Not checked when left out. */
  readonly address?: string;
  readonly logger: Logger;
}

/** What the last reload did. */
export type ReloadOutcome = 'kept' | 'loaded' | 'closed' | 'failed';

/** The TLS of one process, or of one thread of it: its wallet, its contexts, and the ways to secure a socket. */
export class TransportSecurity {
  readonly handshakes = new HandshakeCounts();
  readonly #options: TransportSecurityOptions;
  #contexts: SecureContexts | undefined;
  #loadedAt = new Date(0);
  #state: ReloadState = NOTHING_LOADED;
  #lastReload: LastReload | undefined;
  /** ALTER INSTANCE RELOAD TLS NO ROLLBACK ON ERROR has failed. */
  #sqlClosed = false;

  constructor(options: TransportSecurityOptions) {
    this.#options = options;
  }

  /** True while a wallet is loaded: TLS is offered and accepted. */
  get enabled(): boolean {
    return this.#contexts !== undefined && !this.#sqlClosed;
  }

  get localCertificate(): CertificateFacts | undefined {
    return this.#contexts?.wallet.facts;
  }

  /** Microseconds since 1970; 0 while TLS is off. Fills GV$OB_SERVERS.SSL_CERT_EXPIRED_TIME. */
  get certificateExpiryUs(): number {
    return (this.#contexts?.wallet.facts.expiresAt.getTime() ?? 0) * 1000;
  }

  /** What is in use, for another thread's `adopt`. */
  get wallet(): Wallet | undefined {
    return this.#contexts?.wallet;
  }

  /** Shown in GV$OB_TLS_STATUS. */
  get status(): TlsStatus {
    const { enabled } = this;
    if (this.#contexts === undefined) return { enabled, loaded: undefined, lastReload: this.#lastReload };
    const { wallet, sqlOptions } = this.#contexts;
    const { facts: certificate, authorities, keyType, crlNumbers } = wallet;
    const loaded = { at: this.#loadedAt, certificate, authorities, keyType, crlNumbers, sqlOptions };
    return { enabled, loaded, lastReload: this.#lastReload };
  }

  /**
   * To be called at start, and whenever something may have changed. New links use what it loaded, links that are open keep
   * what they have.
   *
   * @returns `failed` where what was in use stays; the log and `status` say why
   * @throws ObError OB_INVALID_CONFIG at `start` when the wallet is of no use, at `statement` when it isn't loaded
   */
  reload(parameters: SecurityParameters, occasion: ReloadOccasion): ReloadOutcome {
    const { walletDirectory, role, paths } = this.#options;
    const stamp = walletStamp(walletDirectory, role, paths?.());
    const settings = settingsOf(parameters);
    const wanted = { ...settings, enabled: parameters.sslClientAuthentication, stamp };
    switch (decideReload(this.#state, wanted, occasion)) {
      case 'keep':
        if (this.#lastReload?.result === 'FAILED' && this.#contexts !== undefined)
          this.#note('UNCHANGED', []);
        return 'kept';
      case 'close':
        return this.#close();
      case 'load':
        return this.#load(settings, occasion);
    }
  }

  /**
   * Uses what another thread of this process has read and checked, so that both use the same.
   *
   * @param wallet  undefined turns TLS off
   */
  adopt(wallet: Wallet | undefined, parameters: SecurityParameters): ReloadOutcome {
    const settings = settingsOf(parameters);
    const stamp = wallet?.stamp ?? '';
    switch (decideReload(this.#state, { ...settings, enabled: wallet !== undefined, stamp })) {
      case 'keep':
        return 'kept';
      case 'close':
        return this.#close();
      case 'load':
        if (wallet !== undefined) this.#use(wallet, settings);
        return 'loaded';
    }
  }

  /** ALTER INSTANCE RELOAD TLS NO ROLLBACK ON ERROR: new MySQL clients get no TLS any more, links between nodes keep it. */
  closeSql(): void {
    this.#sqlClosed = true;
    // So that the next occasion tries again.
    this.#state = { ...this.#state, stamp: 'closed' };
  }

  /**
   * What ALTER SYSTEM SET ssl_client_authentication = True checks on the node that executes it.
   *
   * @param paths  of the files that are to be used, if not those of today
   * @throws ObError OB_INVALID_CONFIG with all that is wrong
   */
  checkWallet(paths?: WalletPaths): void {
    requireFit(
      loadWallet(this.#options.walletDirectory, {
        ...this.#useOf(),
        ...(paths === undefined ? {} : { paths }),
      }),
    );
  }

  /** For a node or a tool that dials our RPC port: its certificate must lead to our CA. */
  async secureInbound(socket: Duplex): Promise<SecuredStream> {
    return this.handshakes.of('RPC', 'IN', () => secureInbound(socket, this.#rpcInbound()));
  }

  /** For a node we dial: its certificate must lead to our CA and name the address we dialled. */
  async secureOutbound(socket: Duplex, peer: { readonly host: string }): Promise<SecuredStream> {
    return this.handshakes.of('RPC', 'OUT', () => secureOutbound(socket, this.#rpcOutbound(peer.host)));
  }

  /** As secureInbound, for SSL_NO_ENCRYPT: both certificates are checked, then the socket speaks in clear. */
  async authenticateInbound(socket: Duplex): Promise<Authenticated> {
    return this.handshakes.of('RPC', 'IN', () => authenticateInbound(socket, this.#rpcInbound()));
  }

  /** As secureOutbound, for SSL_NO_ENCRYPT. */
  async authenticateOutbound(socket: Duplex, peer: { readonly host: string }): Promise<Authenticated> {
    return this.handshakes.of('RPC', 'OUT', () => authenticateOutbound(socket, this.#rpcOutbound(peer.host)));
  }

  /**
   * For a MySQL client: it may show a certificate, and one that it shows must be good, as in OceanBase. Which one it must be is
   * for the account's rules to say.
   */
  async secureSqlInbound(socket: Duplex): Promise<SecuredStream> {
    return this.handshakes.of('SQL', 'IN', async () => {
      const { sqlServer, wallet } = this.#loaded();
      const secured = await secureInbound(socket, {
        context: sqlServer,
        localCertificate: wallet.facts,
        peerCertificateRequired: false,
      });
      refuseBadCertificate(secured);
      return secured;
    });
  }

  #rpcInbound(): InboundOptions {
    const { rpcServer, wallet } = this.#loaded();
    return { context: rpcServer, localCertificate: wallet.facts, peerCertificateRequired: true };
  }

  #rpcOutbound(host: string): OutboundOptions {
    const { rpcClient, wallet } = this.#loaded();
    return { context: rpcClient, localCertificate: wallet.facts, host };
  }

  #load(settings: ReloadSettings, occasion: ReloadOccasion): ReloadOutcome {
    const { walletDirectory } = this.#options;
    try {
      const wallet = loadWallet(walletDirectory, this.#useOf(settings));
      if (occasion !== 'start') requireFit(wallet);
      this.#useOrExplain(wallet, settings);
      this.#note('LOADED', [...wallet.problems, ...wallet.warnings]);
      this.#logLoaded(wallet);
      return 'loaded';
    } catch (error) {
      this.#keep(settings);
      return this.#failed(asConfigError(error, walletDirectory), occasion);
    }
  }

  /** @throws ObError where OpenSSL refuses it, in our words if we know why: weak keys and signatures */
  #useOrExplain(wallet: Wallet, settings: ReloadSettings): void {
    try {
      this.#use(wallet, settings);
    } catch (error) {
      requireFit(wallet);
      throw error;
    }
  }

  #use(wallet: Wallet, settings: ReloadSettings): void {
    const { profile = '', minTlsVersion } = settings;
    this.#contexts = createContexts(wallet, {
      profile: tlsProfile(profile),
      sqlMinTlsVersion: minTlsVersion,
    });
    this.#state = { ...settings, stamp: wallet.stamp };
    this.#loadedAt = new Date();
    this.#sqlClosed = false;
  }

  /** The new files are no good; the new settings hold for the old ones. */
  #keep(settings: ReloadSettings): void {
    const wallet = this.#contexts?.wallet;
    if (wallet === undefined || sameSettings(this.#state, settings)) return;
    const [at, closed] = [this.#loadedAt, this.#sqlClosed];
    this.#use(wallet, settings);
    this.#loadedAt = at;
    this.#sqlClosed = closed;
  }

  #failed(error: ObError, occasion: ReloadOccasion): ReloadOutcome {
    // Files that arrive may be halfway: they are looked at once more.
    if (occasion === 'arriving') return 'failed';
    this.#note('FAILED', [error.message]);
    if (occasion === 'start') throw error;
    this.#options.logger.warn(
      { reason: error.message, kept: this.enabled },
      'reload_ssl_config failed, the previous state stays',
    );
    if (occasion === 'statement') throw error;
    return 'failed';
  }

  #close(): ReloadOutcome {
    this.#contexts = undefined;
    this.#state = NOTHING_LOADED;
    this.#note('CLOSED', []);
    this.#options.logger.info({}, 'finish reload_ssl_config, close ssl');
    return 'closed';
  }

  #logLoaded(wallet: Wallet): void {
    const { logger } = this.#options;
    const { subject, sha256, expiresAt } = wallet.facts;
    for (const warning of [...wallet.problems, ...wallet.warnings])
      logger.warn({ wallet: wallet.directory }, warning);
    logger.info({ subject, sha256, expires_at: expiresAt.toISOString() }, 'finish reload_ssl_config');
  }

  #note(result: LastReload['result'], reasons: readonly string[]): void {
    this.#lastReload = { at: new Date(), result, reason: reasons.join('; ') };
  }

  #useOf(settings?: ReloadSettings): WalletUse {
    const { role, address, paths } = this.#options;
    return {
      paths: paths?.(),
      ...(role === undefined ? {} : { role }),
      ...(address === undefined ? {} : { address }),
      profile: tlsProfile(settings?.profile ?? ''),
    };
  }

  #loaded(): SecureContexts {
    if (this.#contexts !== undefined) return this.#contexts;
    throw new ObError('OB_CONNECT_ERROR', [], {
      message:
        'ssl config not configured or not load completely: set ssl_client_authentication to True and see that wallet/ is complete',
      details: { refusal: 'not_loaded' },
    });
  }
}

/** @throws ObError OB_CONNECT_ERROR; the stream is destroyed */
export function refuseBadCertificate({
  stream,
  facts: { peerCertificate, verifyResult },
}: SecuredStream): void {
  if (peerCertificate === undefined || verifyResult === 'OK') return;
  stream.on('error', () => undefined);
  stream.destroy();
  throw new ObError('OB_CONNECT_ERROR', [], {
    message: `the client's certificate ${brief(peerCertificate.subject)} of ${brief(peerCertificate.issuer)} is refused: ${verifyResult}; it must come from a CA in wallet/ca.pem, for client use, or not be shown`,
    details: { refusal: refusalOfVerdict(verifyResult) },
  });
}

function settingsOf({ sqlMinTlsVersion, tlsProfile: profile }: SecurityParameters): ReloadSettings {
  return { minTlsVersion: sqlMinTlsVersion, ...(profile === undefined ? {} : { profile }) };
}

function asConfigError(error: unknown, directory: string): ObError {
  if (isObError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new ObError('OB_INVALID_CONFIG', [], {
    message: `the wallet ${directory} can't be used: ${reason}`,
    cause: error,
  });
}
