import type { SimulatedServer } from './simulated-server.ts';
import type { World } from './world.ts';

/** Adds and removes servers, one step at a time, as cluster/membership.ts does; and takes those that left out of service. */
export class Operator {
  /** Who is to be a member. */
  readonly wanted: Set<string>;
  readonly #world: World;
  #working = false;

  constructor(world: World) {
    this.#world = world;
    this.wanted = new Set(world.weather.members);
  }

  start(): void {
    this.#world.time.after(100, undefined, () => {
      this.start();
      void this.#round();
    });
  }

  /** Wants another server, or one less. */
  change(): void {
    const { chance, servers } = this.#world;
    const spare = servers.filter(({ name, commissioned }) => !this.wanted.has(name) && !commissioned);
    const grows = this.wanted.size <= 3 || (spare.length > 0 && chance.happens(0.5));
    if (!grows) {
      this.wanted.delete(chance.pick([...this.wanted]));
      return;
    }
    if (spare.length === 0) return;
    const server = chance.pick(spare);
    this.wanted.add(server.name);
    server.commissioned = true;
    server.start();
  }

  async #round(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    const leader = this.#world.servers.find((server) => server.serves);
    const outcome = await leader?.call(async ({ client }) => {
      const status = await client.status();
      const { members, learners, endLsn, maxLsn } = status;
      this.#noteMembers(members);
      const gone = this.#world.servers.filter(
        ({ name, commissioned }) =>
          commissioned && !this.wanted.has(name) && ![...members, ...learners].includes(name),
      );
      if (endLsn === maxLsn) for (const server of gone) this.#retire(server);
      const missing = [...this.wanted].find((name) => ![...members, ...learners].includes(name));
      if (missing !== undefined) return client.changeMembers({ add: missing });
      const leaving = [...learners, ...members].find((name) => !this.wanted.has(name));
      if (leaving === undefined || learners.some((name) => name !== leaving)) return undefined;
      if (leaving !== leader.name) return client.changeMembers({ remove: leaving });
      return client.transferTo(
        this.#world.chance.pick([...this.wanted].filter((name) => members.includes(name))),
      );
    });
    if (outcome?.kind === 'failed') leader?.note('not now', String(outcome.error));
    this.#working = false;
  }

  #noteMembers(members: readonly string[]): void {
    const { servers, counts } = this.#world;
    const before = servers[0]?.configured ?? members;
    counts.add('members added', members.filter((name) => !before.includes(name)).length);
    for (const server of servers) server.configured = members;
  }

  /** It is no member any more: it may be thrown away, and come back as a new one. */
  #retire(server: SimulatedServer): void {
    server.note('retired');
    server.commissioned = false;
    server.wipe();
    this.#world.counts.add('members removed');
  }

  /** Is everybody in who is wanted, and nobody else? */
  isDone(): boolean {
    const { configured } = this.#world.server([...this.wanted][0] ?? '');
    return configured.length === this.wanted.size && configured.every((name) => this.wanted.has(name));
  }
}
