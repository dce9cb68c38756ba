import type { ServerState } from './mysql-front/index.ts';
import type { HostedTenant } from './tenant/tenants.ts';

/** Whether this node serves: from the first moment at which every tenant is here and in sync, until the stop or its deletion. */
export class ServiceState {
  /** Microseconds since 1970; 0 before. START_SERVICE_TIME of this server. */
  startServiceTimeUs = 0;
  #stopping = false;
  /** DELETE SERVER has named this server, and no log stream has it any more. */
  #excluded = false;

  /** @returns true at the one call that finds the node ready for the first time */
  async becameReady(tenants: readonly HostedTenant[]): Promise<boolean> {
    if (this.startServiceTimeUs > 0) return false;
    if (!tenants.every(({ node }) => node.catalog().version > 0)) return false;
    const states = await Promise.all(tenants.map(({ stream }) => stream.status()));
    if (!states.every(({ inSync }) => inSync) || this.startServiceTimeUs > 0) return false;
    this.startServiceTimeUs = Date.now() * 1000;
    return true;
  }

  /** @returns true at the one call that finds the node outside of every log stream that it was part of */
  async becameExcluded(self: string, tenants: readonly HostedTenant[]): Promise<boolean> {
    if (this.startServiceTimeUs === 0) return false;
    const states = await Promise.all(tenants.map(({ stream }) => stream.status()));
    const excluded = states.every(
      ({ members, learners }) => !members.includes(self) && !learners.includes(self),
    );
    const news = excluded && !this.#excluded;
    this.#excluded = excluded;
    return news;
  }

  stop(): void {
    this.#stopping = true;
  }

  get current(): ServerState {
    if (this.#stopping) return 'stopping';
    return this.startServiceTimeUs === 0 || this.#excluded ? 'starting' : 'serving';
  }
}
