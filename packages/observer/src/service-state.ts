import type { ServerState } from './mysql-front/index.ts';
import type { HostedTenant } from './tenant/tenants.ts';

/** Whether this node serves: from the first moment at which every tenant is here and in sync, until the stop. */
export class ServiceState {
  /** Microseconds since 1970; 0 before. START_SERVICE_TIME of this server. */
  startServiceTimeUs = 0;
  #stopping = false;

  /** @returns true at the one call that finds the node ready for the first time */
  becameReady(tenants: readonly HostedTenant[]): boolean {
    if (this.startServiceTimeUs > 0) return false;
    const ready = tenants.every(({ node, stream }) => node.catalog().version > 0 && stream.status().inSync);
    if (ready) this.startServiceTimeUs = Date.now() * 1000;
    return ready;
  }

  stop(): void {
    this.#stopping = true;
  }

  get current(): ServerState {
    if (this.#stopping) return 'stopping';
    return this.startServiceTimeUs === 0 ? 'starting' : 'serving';
  }
}
