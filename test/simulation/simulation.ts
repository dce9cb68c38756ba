import { Checker, type Invariant } from './checker.ts';
import { Client } from './clients.ts';
import { Counts, type Sometimes } from './counts.ts';
import { Faults } from './faults.ts';
import { Network } from './network.ts';
import { Operator } from './operator.ts';
import { Chance } from './random.ts';
import { SimulatedServer } from './simulated-server.ts';
import { Trace } from './trace.ts';
import { installVirtualGlobals } from './virtual-globals.ts';
import { VirtualTime } from './virtual-time.ts';
import { drawWeather, type Weather } from './weather.ts';
import type { World } from './world.ts';

/** How one seed went. */
export interface Run {
  readonly seed: number;
  readonly steps: number;
  readonly virtualMs: number;
  /** Two runs with the same one did the same. */
  readonly traceHash: string;
  readonly counts: ReadonlyMap<Sometimes, number>;
  readonly violation: { readonly invariant: Invariant; readonly message: string } | undefined;
  /** The last events before a violation. */
  readonly table: string | undefined;
}

/**
 * A cluster on virtual time: first with faults, then without. The same seed gives the same run. Must be called from a
 * macrotask; it comes back when it is over.
 */
export function simulate(seed: number, options: { readonly linesMax?: number } = {}): Run {
  return new Simulation(seed, options.linesMax ?? 60).run();
}

class Simulation implements World {
  readonly time = new VirtualTime();
  readonly chance: Chance;
  readonly weather: Weather;
  readonly network: Network;
  readonly counts = new Counts();
  readonly checker: Checker;
  readonly servers: readonly SimulatedServer[];
  readonly operator: Operator;
  stormy = true;
  readonly #seed: number;
  readonly #trace: Trace;
  readonly #faults: Faults;
  readonly #clients: readonly Client[];
  readonly #byName: ReadonlyMap<string, SimulatedServer>;

  constructor(seed: number, linesMax: number) {
    this.#seed = seed;
    this.#trace = new Trace(linesMax);
    this.chance = new Chance(seed);
    this.weather = drawWeather(this.chance);
    this.checker = new Checker(this.counts, this.weather);
    this.network = new Network(this.time, this.chance);
    this.network.weather = this.weather.network;
    this.servers = this.weather.servers.map((name) => new SimulatedServer(name, this));
    for (const server of this.servers) server.commissioned = this.weather.members.includes(server.name);
    this.#byName = new Map(this.servers.map((server) => [server.name, server]));
    this.operator = new Operator(this);
    this.#faults = new Faults(this);
    this.#clients = Array.from(
      { length: this.weather.clientCount },
      (_, index) => new Client(this, `client ${index + 1}`),
    );
  }

  get timings() {
    return this.weather.timings;
  }

  get syncMaxMs(): number {
    return this.stormy ? this.weather.syncMaxMs : 1;
  }

  run(): Run {
    const uninstall = installVirtualGlobals(this.time);
    try {
      this.#live();
    } catch (error) {
      if (this.checker.violation === undefined) this.#unexpected(error);
    } finally {
      uninstall();
    }
    const { violation: found } = this.checker;
    const violation = found && { invariant: found.invariant, message: found.message };
    return {
      seed: this.#seed,
      steps: this.time.step,
      virtualMs: this.time.nowMs,
      traceHash: this.#trace.hash,
      counts: this.counts.of,
      violation,
      table: violation === undefined ? undefined : this.#trace.table(),
    };
  }

  server(name: string): SimulatedServer {
    const server = this.#byName.get(name);
    if (server === undefined) throw new Error(`there is no server ${name}`);
    return server;
  }

  died(server: SimulatedServer): void {
    const awayMaxMs = this.stormy ? this.chance.pick([5, 200, 2000]) : 5;
    this.time.after(this.chance.between(1, awayMaxMs), undefined, () => server.start());
  }

  note(node: string, event: string, ...facts: (number | string | boolean | undefined)[]): void {
    this.#trace.note({ step: this.time.step, atMs: this.time.nowMs, node, event, facts });
  }

  #live(): void {
    const { time, weather, chance } = this;
    for (const server of this.servers) time.after(chance.between(0, 100), undefined, () => server.start());
    for (const client of this.#clients) client.start();
    this.#faults.start();
    if (weather.faults.has('members')) this.operator.start();
    this.#runFor(weather.stormMs);
    this.stormy = false;
    this.note('-', 'calm');
    this.#faults.end();
    this.#await('every client is served', () => this.#clients.every((client) => client.doneCount >= 3));
    for (const client of this.#clients) client.stop();
    this.#await('who is wanted is a member', () => !weather.faults.has('members') || this.operator.isDone());
    this.#await('every node has everything', () => this.#isConverged());
    this.checker.end();
  }

  /** Liveness: it must come true within the bound. */
  #await(what: string, holds: () => boolean): void {
    for (const client of this.#clients) client.doneCount = 0;
    const endMs = this.time.nowMs + this.weather.calmMaxMs;
    while (!holds()) {
      if (this.time.nowMs >= endMs) {
        this.checker.fail(
          'liveness',
          `${what}: not within ${this.weather.calmMaxMs} ms; ${this.#standing()}`,
        );
      }
      this.#runFor(50);
    }
  }

  #runFor(ms: number): void {
    this.#throwViolation();
    this.time.runUntil(this.time.nowMs + ms, () => this.#stepped());
  }

  /** The invariants that are looked at after each step. */
  #stepped(): void {
    for (const server of this.servers) this.checker.holds(server.name, server.image);
    const leading = this.servers.filter((server) => server.leading);
    if (leading.length > 1) {
      this.checker.serve(leading.filter((server) => server.serves).map((server) => server.name));
    }
    this.#throwViolation();
  }

  #unexpected(error: unknown): void {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.checker.fail('no failure without a cause', `an error that nobody took: ${what}`);
  }

  #throwViolation(): void {
    const { violation } = this.checker;
    if (violation === undefined) return;
    this.note('-', 'VIOLATION', violation.invariant, violation.message);
    throw violation;
  }

  #isConverged(): boolean {
    const lsn = this.checker.committed.length;
    return this.servers
      .filter((server) => this.operator.wanted.has(server.name))
      .every((server) => server.ready && server.whole && server.image.lsn === lsn);
  }

  #standing(): string {
    return this.servers
      .map((server) => {
        const role = server.role;
        return `${server.name}: ${server.ready ? `${role?.role} of term ${role?.term}` : 'down'}, entry ${server.image.lsn}`;
      })
      .join('; ');
  }
}
