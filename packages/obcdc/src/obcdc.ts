import { ObError } from '@sealane/errors';
import { noEncrypter, type UsslMethod } from '@sealane/ob-rpc';
import { TransportSecurity } from '@sealane/transport-security';
import { configOf, type ObcdcConfig } from './config.ts';
import { inTurns } from './in-turns.ts';
import { LogSource } from './log-source.ts';
import type { Logger } from './logger.ts';
import { Metadata, type TenantFacts } from './metadata.ts';
import { wholeEntry } from './position.ts';
import type { CdcRecord, Position } from './record.ts';
import { TablePatterns } from './table-patterns.ts';
import { type FollowedPiece, TenantFollower } from './tenant-follower.ts';

export interface ObcdcOptions {
  /** `name: value`, as in a configuration file. */
  readonly config: Readonly<Record<string, string>>;
  /** Where to go on; a tenant without one begins at `startTimeUs`. */
  readonly positions?: readonly Position[];
  /** Microseconds since 1970: changes that were committed from then on. Left out: from now on. */
  readonly startTimeUs?: number;
  readonly logger?: Logger;
}

/** Follows a cluster's committed changes. One reader. */
export class Obcdc {
  readonly #options: ObcdcOptions;
  readonly #config: ObcdcConfig;
  readonly #patterns: TablePatterns;
  readonly #security: TransportSecurity | undefined;
  readonly #metadata: Metadata;
  readonly #logger: Logger;
  readonly #sources: LogSource[] = [];
  #stopped = false;

  /** @throws ObError OB_INVALID_CONFIG, for a wallet that is of no use as well */
  constructor(options: ObcdcOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silent;
    this.#config = configOf(options.config);
    this.#patterns = new TablePatterns(this.#config.tb_white_list, this.#config.tb_black_list);
    this.#security = this.#config.ssl_client_authentication ? this.#loadWallet() : undefined;
    this.#metadata = new Metadata(this.#config, this.#security);
  }

  /**
   * Each tenant's changes in the order of its log, whole transactions one after the other, and heartbeats. A record is done
   * with when the next one is asked for: killed before, it comes again.
   *
   * @throws ObError as `batches`
   */
  async *records(): AsyncGenerator<CdcRecord> {
    for await (const batch of this.batches()) yield* batch;
  }

  /**
   * The same in whole transactions, as many as came at once; done with when the next are asked for. Whoever keeps positions of his own has
   * them on disk before that.
   *
   * @throws ObError OB_CONNECT_ERROR, OB_PASSWORD_WRONG at the start; OB_ENTRY_NOT_EXIST: the log doesn't reach back so far
   */
  async *batches(): AsyncGenerator<readonly CdcRecord[]> {
    const tenants = (await this.#metadata.tenants()).filter(({ name }) => this.#patterns.wantsTenant(name));
    if (tenants.length === 0) {
      const message = `no tenant fits tb_white_list = ${this.#config.tb_white_list}`;
      throw new ObError('OB_TENANT_NOT_EXIST', [], { message });
    }
    const followers = await Promise.all(tenants.map((tenant) => this.#follower(tenant)));
    const beats = new Beats(this.#config.output_heartbeat_interval_msec);
    for await (const [at, piece] of inTurns(followers.map((follower) => follower.pieces()))) {
      if (this.#stopped) return;
      const beat = beats.after(at, piece, followers.length);
      const batch = piece.transactions.flatMap(({ records }): readonly CdcRecord[] => records);
      if (batch.length > 0 || beat !== undefined) yield beat === undefined ? batch : [...batch, beat];
    }
  }

  /** What the reader waits for ends. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#sources.map((source) => source.stop()));
  }

  async #follower(tenant: TenantFacts): Promise<TenantFollower> {
    const source = new LogSource({
      tenantId: tenant.id,
      servers: () => this.#metadata.servers(),
      method: () => this.#method(),
      encrypter: this.#security ?? noEncrypter,
      timeoutMs: this.#config.fetch_log_rpc_timeout_sec * 1000,
      blacklistMs: this.#config.blacklist_survival_time_sec * 1000,
      logger: this.#logger,
    });
    this.#sources.push(source);
    return new TenantFollower({
      tenant,
      source,
      patterns: this.#patterns,
      directory: this.#config.store_service_path,
      start: await this.#startOf(tenant, source),
      startsNow: this.#startsNow(tenant),
    });
  }

  async #method(): Promise<UsslMethod> {
    const method = this.#config.rpc_client_authentication_method;
    if (method !== 'AUTO') return method;
    return (await this.#metadata.tlsIsOn()) ? 'SSL_IO' : 'NONE';
  }

  #startsNow(tenant: TenantFacts): boolean {
    const { positions, startTimeUs } = this.#options;
    return startTimeUs === undefined && positions?.some(({ tenantId }) => tenantId === tenant.id) !== true;
  }

  async #startOf(tenant: TenantFacts, source: LogSource): Promise<Position> {
    const known = this.#options.positions?.find(({ tenantId }) => tenantId === tenant.id);
    if (known !== undefined) return known;
    const lsn = await source.lsnBefore(this.#options.startTimeUs ?? Date.now() * 1000);
    return { tenantId: tenant.id, lsn, ordinal: wholeEntry };
  }

  #loadWallet(): TransportSecurity {
    const logger = this.#logger;
    const security = new TransportSecurity({ walletDirectory: this.#config.wallet, role: 'client', logger });
    security.reload({ sslClientAuthentication: true, sqlMinTlsVersion: 'none' }, 'start');
    return security;
  }
}

/** When to say that nothing is missing: what all tenants' logs were read up to. */
class Beats {
  readonly #intervalMs: number;
  readonly #pieces = new Map<number, FollowedPiece>();
  #nextAtMs = 0;
  #timeUs = 0;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  after(at: number, piece: FollowedPiece, count: number): CdcRecord | undefined {
    const before = this.#pieces.get(at)?.safeTimeUs ?? 0;
    this.#pieces.set(at, { ...piece, transactions: [], safeTimeUs: Math.max(before, piece.safeTimeUs) });
    if (performance.now() < this.#nextAtMs || this.#pieces.size < count) return undefined;
    const pieces = [...this.#pieces.values()];
    const timeUs = Math.min(...pieces.map(({ safeTimeUs }) => safeTimeUs));
    if (timeUs === 0) return undefined;
    this.#nextAtMs = performance.now() + this.#intervalMs;
    this.#timeUs = Math.max(this.#timeUs, timeUs);
    return { type: 'heartbeat', timeUs: this.#timeUs, positions: pieces.map(({ position }) => position) };
  }
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
