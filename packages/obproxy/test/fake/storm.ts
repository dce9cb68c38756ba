import { setTimeout as delay } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import type { FakeCluster, FakeServer, FakeWeather, Fate } from './fake-cluster.ts';

/** Deposes and kills, never more than one server at a time. */
export class Storm implements FakeWeather {
  readonly #chance: Chance;
  #cluster: FakeCluster | undefined;
  #over = false;
  #switching: Promise<void> = Promise.resolve();
  readonly #returning = new Set<Promise<void>>();

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  begin(cluster: FakeCluster): void {
    this.#cluster = cluster;
    this.#switching = this.#switch(cluster);
  }

  async end(): Promise<void> {
    this.#over = true;
    await this.#switching;
    await Promise.all(this.#returning);
  }

  fateOf(server: FakeServer): Fate {
    const cluster = this.#cluster;
    if (cluster === undefined || this.#over || this.#returning.size > 0 || !this.#chance.happens(0.03))
      return 'lives';
    const returning = this.#comeBack(cluster, server).finally(() => this.#returning.delete(returning));
    this.#returning.add(returning);
    return this.#chance.pick(['dies before', 'dies after', 'dies within'] as const);
  }

  partOf(size: number): number {
    return this.#chance.below(size);
  }

  async #comeBack(cluster: FakeCluster, server: FakeServer): Promise<void> {
    await delay(1 + this.#chance.below(20));
    if (cluster.leader === undefined)
      cluster.lead(this.#chance.pick(cluster.servers.filter(({ alive }) => alive)));
    await delay(this.#chance.below(20));
    // Whoever was to die may still be about to.
    await server.die();
    if (cluster.leader === undefined)
      cluster.lead(this.#chance.pick(cluster.servers.filter(({ alive }) => alive)));
    await server.start();
  }

  async #switch(cluster: FakeCluster): Promise<void> {
    while (!this.#over) {
      await delay(5 + this.#chance.below(60));
      const alive = cluster.servers.filter((server) => server.alive);
      if (cluster.leader !== undefined) cluster.lead(this.#chance.pick(alive));
    }
  }
}
