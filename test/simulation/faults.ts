import type { SimulatedThread } from './simulated-environment.ts';
import type { SimulatedServer } from './simulated-server.ts';
import { usurp } from './usurpation.ts';
import type { FaultName } from './weather.ts';
import type { World } from './world.ts';

/** Does to the cluster what this seed's weather says. */
export class Faults {
  readonly #world: World;
  readonly #deeds: Record<FaultName, () => void>;
  #rolling = false;

  constructor(world: World) {
    this.#world = world;
    this.#deeds = {
      kill: () => this.#someServer().die('kill'),
      power: () => this.#someServer().die('power'),
      blackout: () => this.#blackout(),
      pause: () => this.#pause(),
      'long-statement': () => this.#longStatement(),
      freeze: () => this.#freeze(),
      partition: () => this.#partition(),
      flicker: () => this.#flicker(),
      stutter: () => this.#stutter(),
      usurp: () => this.#usurp(),
      clog: () => this.#clog(),
      renew: () => this.#renew(),
      roll: () => this.#roll(),
      transfer: () => this.#transfer(),
      stopping: () => this.#stopping(),
      'slow-disk': () => this.#slowDisk(),
      'full-disk': () => this.#fullDisk(),
      'failed-sync': () => this.#failedSync(),
      'clock-jump': () => this.#clockJump(),
      wipe: () => this.#wipe(),
      rot: () => this.#rot(),
      members: () => this.#world.operator.change(),
    };
  }

  start(): void {
    for (const [name, everyMs] of this.#world.weather.faults) this.#repeat(name, everyMs);
  }

  /** Everything is well from now on. */
  end(): void {
    const { network, servers } = this.#world;
    network.calm();
    for (const server of servers) {
      server.disk.full = false;
      server.disk.syncFails = false;
      server.disk.slowness = 1;
      if (server.running !== undefined) {
        const { sql, log } = server.running;
        for (const thread of [sql, log]) this.#world.time.release(thread);
        if (server.ready) void server.call(async ({ client }) => client.setPriority({ stopping: false }));
      }
      server.start();
    }
  }

  #repeat(name: FaultName, everyMs: number): void {
    const { time, chance } = this.#world;
    time.after(everyMs * chance.between(0.1, 1.9), undefined, () => {
      if (!this.#world.stormy) return;
      this.#world.note('-', 'fault', name);
      this.#deeds[name]();
      this.#repeat(name, everyMs);
    });
  }

  #blackout(): void {
    for (const server of this.#world.servers) server.die('power');
  }

  #pause(): void {
    const { time, chance, counts, timings } = this.#world;
    const running = this.#someServer().running;
    if (running === undefined) return;
    const endMs = time.nowMs + chance.skewed(1, timings.electionTimeoutMaxMs * 3);
    for (const thread of [running.sql, running.log]) keepBusy(thread, endMs);
    counts.add('pauses');
  }

  /** A statement keeps its thread busy; the log's goes on. */
  #longStatement(): void {
    const { time, chance, counts, timings } = this.#world;
    const running = this.#leaderOrAny().running;
    if (running === undefined) return;
    keepBusy(running.sql, time.nowMs + chance.skewed(1, timings.electionTimeoutMaxMs * 3));
    counts.add('long statements');
  }

  /** Everything that is durably in the database may leave the log. */
  #freeze(): void {
    const { counts } = this.#world;
    const server = this.#leaderOrAny();
    void server.call(async ({ client }) => {
      const { lsn } = server.image;
      server.image.checkpoint();
      const before = (await client.status()).beginLsn;
      await client.truncateBefore(lsn);
      const after = (await client.status()).beginLsn;
      server.note('freeze', `from ${before}`, `to ${after}`);
      if (after > before) counts.add('logs truncated');
    });
  }

  /** Some can't hear some others; or everything is healed. */
  #partition(): void {
    const { chance, network, counts } = this.#world;
    network.heal();
    if (chance.happens(0.3)) return;
    counts.add('partitions');
    const isCut = this.#drawPartition(chance.pick(partitions));
    for (const [from, to] of this.#paths()) if (isCut(from, to)) network.cut(from, to);
  }

  #drawPartition(kind: (typeof partitions)[number]): (from: string, to: string) => boolean {
    const { chance, counts, weather, servers } = this.#world;
    const { name } = this.#leaderOrAny();
    const order = chance.shuffled(weather.servers);
    const side = new Set(order.slice(0, Math.floor(servers.length / 2)));
    const other = order.find((each) => each !== name) ?? name;
    switch (kind) {
      case 'isolated':
        return (from, to) => from === name || to === name;
      case 'mute':
        return (from) => from === name;
      case 'deaf':
        return (_from, to) => to === name;
      case 'pair':
        return (from, to) => (from === name && to === other) || (from === other && to === name);
      case 'halves':
        return (from, to) => side.has(from) !== side.has(to);
      case 'ring':
        counts.add('ring partitions');
        return (from, to) => !areNeighbours(order, from, to);
      case 'random':
        return () => chance.happens(0.3);
    }
  }

  /** One link fails for a while, whatever the others do: who is heard by whom changes all the time. */
  #flicker(): void {
    const { time, chance, network, counts, timings } = this.#world;
    const [from, to] = chance.pick(this.#paths());
    const ends = chance.happens(0.5)
      ? [[from, to] as const]
      : ([
          [from, to],
          [to, from],
        ] as const);
    counts.add('flickering links');
    for (const [here, there] of ends) network.cut(here, there);
    time.after(chance.skewed(5, timings.electionTimeoutMaxMs * 2), undefined, () => {
      for (const [here, there] of ends) network.mend(here, there);
    });
  }

  /** A leader that is heard now and then only, and not by everybody: just too seldom, or just often enough. */
  #stutter(): void {
    const { chance, counts } = this.#world;
    counts.add('stuttering links');
    this.#stutterOf(this.#leaderOrAny().name, 2 + chance.below(6));
  }

  #stutterOf(name: string, remaining: number): void {
    const { time, chance, network, timings } = this.#world;
    const others = chance.shuffled(this.#world.weather.servers.filter((other) => other !== name));
    for (const other of others) network.cutBoth(name, other);
    const heard = remaining === 0 ? others : others.slice(0, 1 + chance.below(others.length));
    time.after(chance.between(0.8, 2) * timings.electionTimeoutMinMs, undefined, () => {
      for (const other of heard) network.mendBoth(name, other);
      if (remaining === 0) return;
      time.after(chance.between(0.1, 2.5) * timings.heartbeatMs, undefined, () => {
        if (this.#world.stormy) this.#stutterOf(name, remaining - 1);
      });
    });
  }

  #usurp(): void {
    const leader = this.#leader();
    if (leader !== undefined) usurp(this.#world, leader);
  }

  /** Links fill up one after the other, and empty in another order. */
  #clog(): void {
    const { time, chance, network, counts, timings } = this.#world;
    const share = chance.fraction();
    for (const [from, to] of this.#paths()) {
      if (!chance.happens(share)) continue;
      counts.add('clogged links');
      time.after(chance.between(0, 100), undefined, () => {
        if (this.#world.stormy) network.clog(from, to);
      });
      const endMs = 100 + chance.skewed(0, timings.electionTimeoutMaxMs * 3);
      time.after(endMs, undefined, () => network.unclog(from, to));
    }
  }

  /** Every link gets another mode, one after the other, and a mode is fixed when a link opens. */
  #renew(): void {
    const { time, chance, network, counts } = this.#world;
    for (const [from, to] of chance.shuffled(this.#paths())) {
      time.after(chance.between(0, 200), undefined, () => {
        counts.add('renewed links');
        network.reset(from, to, chance.skewed(0, 100));
      });
    }
  }

  /** A rolling restart with new links, as when the mode of transmission changes. */
  #roll(): void {
    const { servers, chance, weather, network } = this.#world;
    // Somebody who does it with care: one after the other, and only while all are there.
    const { gentle } = weather;
    if (gentle && (this.#rolling || !this.#allAreInSync())) return;
    this.#rolling = true;
    const next = (remaining: readonly SimulatedServer[]): void => {
      const [server, ...others] = remaining;
      if (server === undefined || !this.#world.stormy) {
        this.#rolling = false;
        return;
      }
      void server.stop().then(() => {
        for (const [from, to] of this.#paths()) {
          if (from === server.name || to === server.name) network.reset(from, to, 5);
        }
        this.#when(
          () => !gentle || this.#allAreInSync(),
          () => next(others),
        );
      });
    };
    next(chance.shuffled(servers));
  }

  #allAreInSync(): boolean {
    const { servers, checker } = this.#world;
    const leader = this.#leader();
    return (
      leader?.serves === true &&
      servers.every(({ ready, whole, image, role }) => {
        return ready && whole && role?.leader === leader.name && image.lsn >= checker.committed.length - 20;
      })
    );
  }

  #when(holds: () => boolean, act: () => void): void {
    const { time, chance } = this.#world;
    time.after(chance.between(20, 300), undefined, () => {
      if (holds() || !this.#world.stormy) act();
      else this.#when(holds, act);
    });
  }

  #transfer(): void {
    const { chance, weather, counts } = this.#world;
    const leader = this.#leader();
    if (leader === undefined) return;
    const to = chance.pick(weather.servers);
    void leader
      .call(async ({ client }) => client.transferTo(to))
      .then((outcome) => {
        leader.note('transferred', to, outcome.kind);
        if (outcome.kind === 'done' && to !== leader.name) counts.add('transfers');
      });
  }

  #stopping(): void {
    const { chance, counts, time } = this.#world;
    const server = this.#leaderOrAny();
    const stopping = chance.happens(0.6);
    const led = server.leads;
    void server.call(async ({ client }) => client.setPriority({ stopping }));
    if (!led || !stopping) return;
    time.after(200, undefined, () => {
      if (this.#world.servers.some((other) => other !== server && other.leads))
        counts.add('hand-overs by a stopping node');
    });
  }

  #slowDisk(): void {
    const { chance, time, counts, timings } = this.#world;
    const { disk } = this.#leaderOrAny();
    disk.slowness = chance.pick([5, 50, 500]);
    counts.add('slow disks');
    time.after(chance.skewed(10, timings.electionTimeoutMaxMs * 4), undefined, () => {
      disk.slowness = 1;
    });
  }

  #fullDisk(): void {
    const { chance, time, timings } = this.#world;
    const server = this.#leaderOrAny();
    server.fillDisk();
    time.after(chance.skewed(10, timings.electionTimeoutMaxMs * 6), undefined, () => {
      server.disk.full = false;
    });
  }

  #failedSync(): void {
    const server = this.#leaderOrAny();
    if (server.running === undefined) return;
    server.disk.syncFails = true;
    server.excused = true;
    this.#world.counts.add('failed fsyncs');
  }

  #clockJump(): void {
    const { chance, counts } = this.#world;
    this.#someServer().clock.offsetMs += chance.between(-1, 1) * chance.pick([10, 10_000, 1e9]);
    counts.add('clock jumps');
  }

  /** A minority's disks, at any time: only one that isn't whole. */
  #wipe(): void {
    const server = this.#frailOr(() => this.#leaderOrAny());
    if (this.#othersAreWhole(server)) server.wipe();
  }

  #rot(): void {
    const server = this.#frailOr(() => this.#someServer());
    if (this.#othersAreWhole(server)) server.rot();
  }

  /** Damage may lie unseen for long: where bits flip, it is always the same disk that fails. */
  #frailOr(other: () => SimulatedServer): SimulatedServer {
    const { weather } = this.#world;
    const [frail = ''] = weather.members.slice(-1);
    return weather.faults.has('rot') ? this.#world.server(frail) : other();
  }

  #othersAreWhole(server: SimulatedServer): boolean {
    return this.#world.servers.every((other) => other === server || other.whole || !other.commissioned);
  }

  #leader(): SimulatedServer | undefined {
    return this.#world.servers.find((server) => server.leads);
  }

  #leaderOrAny(): SimulatedServer {
    const leader = this.#world.chance.happens(0.5) ? this.#leader() : undefined;
    return leader ?? this.#someServer();
  }

  #someServer(): SimulatedServer {
    return this.#world.chance.pick(this.#world.servers);
  }

  #paths(): (readonly [string, string])[] {
    const all = this.#world.weather.servers;
    return all.flatMap((from) => all.filter((to) => to !== from).map((to) => [from, to] as const));
  }
}

const partitions = ['isolated', 'mute', 'deaf', 'pair', 'pair', 'halves', 'ring', 'random'] as const;

function keepBusy(thread: SimulatedThread, untilMs: number): void {
  thread.busyUntilMs = Math.max(thread.busyUntilMs, untilMs);
}

function areNeighbours(ring: readonly string[], a: string, b: string): boolean {
  const distance = Math.abs(ring.indexOf(a) - ring.indexOf(b));
  return distance === 1 || distance === ring.length - 1;
}
