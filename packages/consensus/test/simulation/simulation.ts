import assert from 'node:assert/strict';
import {
  defaultTimings,
  type Envelope,
  type Message,
  makeEntry,
  type Random,
  seededRandom,
  type Timings,
} from '../../src/index.ts';
import { Checker } from './checker.ts';
import { Events } from './events.ts';
import { SimulatedNode } from './simulated-node.ts';

/** Which faults this seed has, and how many: some seeds have few, so that deep states are reached too. */
interface Weather {
  readonly timings: Timings;
  /** Messages that arrive when nobody expects them any more. */
  readonly straggleRate: number;
  /** A process dies right after it wrote and sent. */
  readonly crashAfterWriteRate: number;
  readonly lossRate: number;
  readonly doubleRate: number;
  readonly delayMaxMs: number;
  readonly syncMaxMs: number;
  readonly crashEveryMs: number;
  readonly partitionEveryMs: number;
  readonly transferEveryMs: number;
  /** A disk is replaced by a blank one, or entries on it can't be read any more. */
  readonly wipeEveryMs: number;
  readonly truncateEveryMs: number;
  readonly changeEveryMs: number;
  readonly fullEveryMs: number;
  readonly ambushEveryMs: number;
}

/**
 * A cluster on virtual time: first with faults, then without. The same seed gives the same run.
 *
 * @throws AssertionError at the first broken promise
 * @returns what happened how often
 */
export function simulate(seed: number, durationMs = 20_000): Checker['counts'] {
  return new Simulation(seed).run(durationMs);
}

class Simulation {
  readonly #random: Random;
  readonly #events = new Events();
  readonly #checker: Checker;
  readonly #weather: Weather;
  readonly #wipes: boolean;
  readonly #nodes: SimulatedNode[];
  /** `from>to` of links that carry nothing. */
  readonly #cut = new Set<string>();
  #stormy = true;
  #proposals = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#weather = this.#drawWeather();
    this.#wipes = Math.min(this.#weather.wipeEveryMs, this.#weather.ambushEveryMs) < Infinity;
    const servers = ['a', 'b', 'c', 'd', 'e', 'f'];
    const members = servers.slice(0, this.#random() < 0.7 ? 3 : 5);
    this.#checker = new Checker(members);
    const world = {
      events: this.#events,
      random: this.#random,
      checker: this.#checker,
      members,
      timings: this.#weather.timings,
      syncMs: () => 0.2 + this.#random() * (this.#stormy ? this.#weather.syncMaxMs : 2),
      node: (server: string) => this.#node(server),
      send: (from: string, envelope: Envelope) => this.#send(from, envelope),
      wrote: (server: string) => this.#wrote(server),
    };
    // The others are there to be added.
    this.#nodes = servers.map((server) => new SimulatedNode(server, world));
  }

  run(durationMs: number): Checker['counts'] {
    for (const node of this.#nodes) this.#events.after(this.#random() * 500, () => node.start());
    this.#repeat(15, () => this.#act());
    this.#repeat(this.#weather.crashEveryMs, () => this.#crash());
    this.#repeat(this.#weather.partitionEveryMs, () => this.#partition());
    this.#repeat(this.#weather.transferEveryMs, () => this.#transfer());
    this.#repeat(this.#weather.wipeEveryMs, () => this.#wipe());
    this.#repeat(this.#weather.truncateEveryMs, () => this.#pick().truncate());
    this.#repeat(this.#weather.changeEveryMs, () => this.#changeMembers());
    this.#repeat(this.#weather.fullEveryMs, () => this.#fill());
    this.#repeat(this.#weather.ambushEveryMs, () => this.#ambush());
    this.#events.runUntil(durationMs);
    this.#calm();
    this.#events.runUntil(durationMs + 15_000);
    this.#checkConverged(durationMs);
    this.#checker.end();
    return this.#checker.counts;
  }

  #drawWeather(): Weather {
    const random = this.#random;
    return {
      timings: random() < 0.4 ? defaultTimings : hastyTimings,
      straggleRate: random() < 0.5 ? 0 : random() * 0.1,
      crashAfterWriteRate: random() < 0.5 ? 0 : random() * 0.05,
      lossRate: random() < 0.3 ? 0 : random() * 0.2,
      doubleRate: random() < 0.3 ? 0 : random() * 0.2,
      delayMaxMs: random() < 0.5 ? 5 : random() * 400,
      syncMaxMs: random() < 0.5 ? 3 : random() * 200,
      crashEveryMs: random() < 0.2 ? Infinity : 200 + random() * 5000,
      partitionEveryMs: random() < 0.2 ? Infinity : 500 + random() * 5000,
      transferEveryMs: random() < 0.3 ? Infinity : 200 + random() * 4000,
      wipeEveryMs: random() < 0.3 ? Infinity : 200 + random() * 5000,
      truncateEveryMs: random() < 0.3 ? Infinity : 100 + random() * 3000,
      changeEveryMs: random() < 0.4 ? Infinity : 200 + random() * 3000,
      ambushEveryMs: random() < 0.5 ? Infinity : 1000 + random() * 6000,
      fullEveryMs: random() < 0.6 ? Infinity : 500 + random() * 5000,
    };
  }

  /** Clients: they write and read wherever somebody believes to lead. */
  #act(): void {
    const node = this.#pick();
    if (this.#random() < 0.6) node.propose(`p${this.#proposals++}`);
    for (const each of this.#nodes) each.read();
  }

  #crash(): void {
    const count = this.#random() < 0.15 ? this.#nodes.length : 1;
    for (let index = 0; index < count; index++) {
      const node = count === 1 ? this.#pick() : (this.#nodes[index] as SimulatedNode);
      this.#crashNode(node);
    }
  }

  #crashNode(node: SimulatedNode): void {
    node.crash();
    this.#startLater(node);
  }

  #startLater(node: SimulatedNode): void {
    const awayMaxMs = [5, 200, 4000][Math.floor(this.#random() * 3)] ?? 0;
    this.#events.after(this.#random() * awayMaxMs, () => node.start());
  }

  #wrote(server: string): void {
    if (!this.#stormy || this.#random() >= this.#weather.crashAfterWriteRate) return;
    const node = this.#node(server);
    if (node !== undefined) this.#crashNode(node);
  }

  /** What is acknowledged is on as few disks as can be, when one of them is lost and the leader with it. */
  #ambush(): void {
    const leader = this.#leader();
    const view = leader?.replica?.view();
    if (leader === undefined || view === undefined) return;
    const few = new Set([leader.server]);
    for (let tries = 0; few.size <= view.members.length / 2 && tries < 50; tries++) {
      few.add(view.members[Math.floor(this.#random() * view.members.length)] as string);
    }
    this.#isolate(few);
    for (let index = 0; index < 5; index++) leader.propose(`p${this.#proposals++}`);
    this.#events.after(this.#random() * 1000, () => {
      if (!this.#stormy) return;
      this.#wipe(this.#node([...few][1] ?? ''));
      // It may hear the others, while they still don't hear the leader.
      if (this.#random() < 0.5) this.#isolate(new Set([leader.server]));
      for (const member of few) this.#cut.delete(`${leader.server}>${member}`);
      for (const member of few) this.#cut.delete(`${member}>${leader.server}`);
      this.#events.after(this.#random() < 0.5 ? 0 : this.#random() * 800, () => {
        if (this.#stormy && this.#random() < 0.8) this.#crashNode(leader);
        this.#cut.clear();
      });
    });
  }

  /** Nothing goes in or out. */
  #isolate(few: ReadonlySet<string>): void {
    this.#cut.clear();
    for (const { server: from } of this.#nodes) {
      for (const { server: to } of this.#nodes) {
        if (few.has(from) !== few.has(to)) this.#cut.add(`${from}>${to}`);
      }
    }
  }

  /** One disk at a time: all other members have theirs. */
  #wipe(node = this.#pick()): void {
    const lists = this.#nodes.flatMap((each) => each.memberLists());
    const members = new Set(lists.flat());
    const others = [...members].filter((member) => member !== node.server);
    const spare = !members.has(node.server);
    const whole = others.every((member) => this.#node(member)?.disk.hardState.joined);
    // Of two members none can be spared.
    if (!spare && !(whole && lists.every((list) => list.length >= 3))) return;
    if (this.#random() < 0.6) node.wipe();
    else node.damage();
    this.#startLater(node);
  }

  #leader(): SimulatedNode | undefined {
    return this.#nodes.find((node) => node.replica?.view().role === 'leader');
  }

  #changeMembers(): void {
    const leader = this.#leader();
    const members = leader?.replica?.view().members ?? [];
    const { server } = this.#pick();
    const change = members.includes(server) ? { remove: server } : { add: server };
    // One disk of two is no minority: nothing could be promised about it.
    const mayShrink = members.length > 3 || (!this.#wipes && this.#random() < 0.2);
    if (change.remove !== undefined && !mayShrink) return;
    leader?.step({ kind: 'change-members', ...change });
  }

  #fill(): void {
    const node = this.#pick();
    if (this.#random() < 0.3) node.step({ kind: 'lagging', lagging: this.#random() < 0.5 });
    else node.step({ kind: 'disk-full', full: this.#random() < 0.5 });
    if (node.replica !== undefined) this.#checker.counts.fullDisks += 1;
  }

  #node(server: string): SimulatedNode | undefined {
    return this.#nodes.find((each) => each.server === server);
  }

  /** Cuts random links, each direction for itself; or heals all. */
  #partition(): void {
    this.#cut.clear();
    if (this.#random() < 0.4) return;
    const isolated = this.#random() < 0.5 ? this.#pick().server : undefined;
    for (const from of this.#nodes) {
      for (const to of this.#nodes) {
        const cut =
          isolated === undefined ? this.#random() < 0.3 : from.server === isolated || to.server === isolated;
        if (cut) this.#cut.add(`${from.server}>${to.server}`);
      }
    }
  }

  #transfer(): void {
    const leader = this.#leader();
    if (leader === undefined) return;
    this.#checker.counts.transfers += 1;
    if (this.#random() < 0.7) leader.step({ kind: 'transfer', to: this.#pick().server });
    else leader.step({ kind: 'stopping', stopping: this.#random() < 0.5 });
  }

  #send(from: string, { to, message }: Envelope): void {
    const { lossRate, doubleRate, delayMaxMs } = this.#weather;
    const copies = this.#stormy && this.#random() < doubleRate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#stormy && this.#random() < lossRate) continue;
      const straggles = this.#stormy && this.#random() < this.#weather.straggleRate;
      const delayMs = 0.1 + this.#random() * (straggles ? 4000 : this.#stormy ? delayMaxMs : 2);
      this.#events.after(delayMs, () => this.#deliver(from, to, message));
    }
  }

  #deliver(from: string, to: string, message: Message): void {
    if (this.#cut.has(`${from}>${to}`)) return;
    this.#node(to)?.step({ kind: 'message', from, message: copyOf(message) });
  }

  #calm(): void {
    this.#stormy = false;
    this.#cut.clear();
    for (const node of this.#nodes) {
      node.start();
      node.step({ kind: 'stopping', stopping: false });
      node.step({ kind: 'disk-full', full: false });
      node.step({ kind: 'lagging', lagging: false });
    }
  }

  /** Liveness: without faults there is a leader, it commits, and everybody has everything. */
  #checkConverged(calmSinceMs: number): void {
    const views = this.#nodes.map((node) => node.replica?.view());
    const leaders = views.filter((view) => view?.role === 'leader');
    const states = this.#nodes.map((node) => node.describe()).join('\n');
    assert.equal(leaders.length, 1, `one leader after the faults end at ${calmSinceMs} ms\n${states}`);
    const leader = this.#node(leaders[0]?.self ?? '');
    const before = leader?.applied ?? 0;
    leader?.propose('the last one');
    this.#events.runUntil(this.#events.nowMs + 2000);
    for (const server of leader?.replica?.view().members ?? []) {
      const node = this.#node(server);
      assert.ok(node?.replica?.view().joined, `${server} has joined`);
      assert.ok(node.applied > before, `${server} applied everything: ${node.applied} > ${before}`);
    }
  }

  #repeat(everyMs: number, act: () => void): void {
    if (everyMs === Infinity) return;
    const next = (): void => {
      if (!this.#stormy) return;
      act();
      this.#events.after(everyMs * (0.5 + this.#random()), next);
    };
    this.#events.after(everyMs * this.#random(), next);
  }

  #pick(): SimulatedNode {
    return this.#nodes[Math.floor(this.#random() * this.#nodes.length)] as SimulatedNode;
  }
}

/** Elections come often, and messages are as slow as they are. */
const hastyTimings: Timings = {
  heartbeatMs: 60,
  electionTimeoutMinMs: 200,
  electionTimeoutMaxMs: 450,
  leaseMs: 160,
  probeIntervalMs: 30,
  commitNoticeMs: 20,
  transferTimeoutMs: 300,
};

/** As over a wire: the receiver gets entries of its own. */
function copyOf(message: Message): Message {
  if (message.kind !== 'push') return message;
  return { ...message, entries: message.entries.map(({ bytes: _, ...fields }) => makeEntry(fields)) };
}
