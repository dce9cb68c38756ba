import { ObError } from '@sealane/errors';
import type { LocationCache } from '../location-cache.ts';
import type { Blacklist } from './blacklist.ts';
import type { ServerFacts, Topology } from './topology.ts';

export interface RouterOptions {
  readonly locations: LocationCache;
  readonly blacklist: Blacklist;
  /** Reads the topology from any server that answers. */
  readTopology(): Promise<Topology>;
  readonly refreshIntervalMs: () => number;
  /** How long a statement is held while there is nobody to send it to. */
  readonly holdMs: () => number;
  /** A statement, or a login, had to wait this long for somebody who takes it. */
  readonly held?: (ms: number) => void;
  readonly logger: {
    warn(fields: object, message: string): void;
    info(fields: object, message: string): void;
  };
}

/** Below this it isn't read again, however many ask. */
const refreshGapMs = 50;

/** Knows who leads what, and says where a statement goes. */
export class Router {
  readonly #options: RouterOptions;
  #servers = new Map<string, ServerFacts>();
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** Reads until a server answers, as long as a statement would be held. @throws ObError why none does */
  async start(): Promise<void> {
    const deadline = performance.now() + this.#options.holdMs();
    for (;;) {
      try {
        this.#take(await this.#options.readTopology());
        break;
      } catch (error) {
        if (performance.now() >= deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, refreshGapMs));
      }
    }
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  get servers(): readonly ServerFacts[] {
    return [...this.#servers.values()];
  }

  get holdMs(): number {
    return this.#options.holdMs();
  }

  /** Whether a session that is on this server stays there for its next statement. */
  keeps(server: string, tenant: string, weak: boolean): boolean {
    const facts = this.#servers.get(server);
    if (facts === undefined || facts.stopped || facts.status !== 'ACTIVE') return false;
    const location = this.#options.locations.get(tenant);
    if (location?.leader === undefined) return true;
    return weak || location.leader === server;
  }

  /**
   * Waits until somebody can serve the tenant.
   *
   * @throws ObError OB_TENANT_NOT_EXIST, OB_CONNECT_ERROR after the hold time
   */
  async pick(tenant: string, weak: boolean): Promise<string> {
    const beganAt = performance.now();
    for (let waits = false; ; waits = true) {
      const server = this.#candidate(tenant, weak);
      const waitedMs = performance.now() - beganAt;
      const gaveUp = server === undefined && waitedMs >= this.#options.holdMs();
      if (waits && (gaveUp || server !== undefined)) this.#options.held?.(waitedMs);
      if (server !== undefined) return server;
      if (gaveUp) throw this.#nobody(tenant);
      await this.refresh();
    }
  }

  /** A connection to it broke, or it wouldn't take the session. */
  failed(server: string, tenant: string, reason: string): void {
    this.#options.logger.info({ server, tenant, reason }, 'a server failed a session');
    this.#options.blacklist.failed(server);
    this.#options.locations.markDirty(tenant);
    void this.refresh();
  }

  succeeded(server: string): void {
    this.#options.blacklist.succeeded(server);
  }

  /** It answered that somebody else leads. */
  moved(tenant: string): void {
    this.#options.locations.markDirty(tenant);
  }

  /** At once, unless that was just done. */
  refresh(): Promise<void> {
    const sinceMs = performance.now() - this.#readAtMs;
    this.#reading ??= this.#read(Math.max(0, refreshGapMs - sinceMs)).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  #candidate(tenant: string, weak: boolean): string | undefined {
    const location = this.#options.locations.get(tenant);
    if (location === undefined) return undefined;
    const wanted = weak ? [...location.followers, location.leader] : [location.leader];
    return wanted.find((server) => {
      if (server === undefined || !this.#options.blacklist.admits(server)) return false;
      const facts = this.#servers.get(server);
      // A stopped server still leads for a moment: whoever takes over is known in the next.
      return facts?.serving === true && facts.status === 'ACTIVE' && !facts.stopped;
    });
  }

  async #read(delayMs: number): Promise<void> {
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    try {
      this.#take(await this.#options.readTopology());
    } catch (error) {
      this.#options.logger.warn({ error: String(error) }, 'the topology can’t be read, the old one stays');
    }
    this.#readAtMs = performance.now();
  }

  #take({ servers, tenants }: Topology): void {
    this.#servers = new Map(servers.map((server) => [server.address, server]));
    for (const [tenant, location] of tenants) this.#options.locations.set(tenant, location);
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      void this.refresh().then(() => this.#schedule());
    }, this.#options.refreshIntervalMs());
  }

  #nobody(tenant: string): ObError {
    const known = this.#options.locations.get(tenant);
    if (known === undefined && this.#servers.size > 0) return new ObError('OB_TENANT_NOT_EXIST', [tenant]);
    return new ObError('OB_CONNECT_ERROR', [], {
      message: `Connect error: nobody leads tenant ${tenant}, and the statement was held for ${this.#options.holdMs()} ms`,
    });
  }
}
