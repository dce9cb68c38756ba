import type { Logger } from './logger.ts';
import type { ServiceState } from './service-state.ts';
import type { HostedTenant } from './tenant/tenants.ts';

export interface ServiceChecksOptions {
  /** `ip:rpc_port` of this server. */
  readonly self: string;
  readonly service: ServiceState;
  tenants(): readonly HostedTenant[];
  /** Told once, when the node begins to serve. */
  ready(): void;
  readonly logger: Logger;
}

/** A client that waits for a node to serve waits this much longer at most. */
const READINESS_POLL_MS = 50;
const EXCLUSION_POLL_MS = 2_000;

/** Asks the log streams now and then whether this node may serve, and whether its cluster still has it. */
export class ServiceChecks {
  readonly #options: ServiceChecksOptions;
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(options: ServiceChecksOptions) {
    this.#options = options;
  }

  start(): void {
    this.#repeat(READINESS_POLL_MS, () => this.#checkReadiness());
    this.#repeat(EXCLUSION_POLL_MS, () => this.#checkExclusion());
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** What fails is tried again the next time. */
  #repeat(everyMs: number, task: () => Promise<void>): void {
    const { logger } = this.#options;
    const timer = setInterval(() => {
      task().catch((error: unknown) => logger.debug({ error: String(error) }, 'a check failed'));
    }, everyMs);
    this.#timers.push(timer);
  }

  async #checkReadiness(): Promise<void> {
    const { service, tenants, ready } = this.#options;
    if (await service.becameReady(tenants())) ready();
  }

  async #checkExclusion(): Promise<void> {
    const { service, self, tenants, logger } = this.#options;
    if (!(await service.becameExcluded(self, tenants()))) return;
    logger.warn({}, 'this server was deleted from its cluster: it takes no logins; wipe it to add it again');
  }
}
