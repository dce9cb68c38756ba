import {
  type Envelope,
  type Input,
  type Instant,
  type LogEntry,
  type Output,
  type Persist,
  type Random,
  Replica,
  type Timings,
} from '../../src/index.ts';
import type { Checker } from './checker.ts';
import type { Events } from './events.ts';
import { SimulatedDisk } from './simulated-disk.ts';

export interface NodeWorld {
  readonly events: Events;
  readonly random: Random;
  readonly checker: Checker;
  readonly members: readonly string[];
  readonly timings: Timings;
  /** How long an fsync takes now. */
  syncMs(): number;
  send(from: string, envelope: Envelope): void;
  /** A write is on disk, and what waited for it is sent. */
  wrote(server: string): void;
}

interface Item {
  readonly persist: Persist | undefined;
  readonly send: readonly Envelope[];
}

/** A replica with its disk and its own, drifting clock; the driver of a simulated process. */
export class SimulatedNode {
  readonly server: string;
  readonly disk = new SimulatedDisk();
  /** The state machine: entries applied, on its own disk. */
  applied = 0;
  replica: Replica | undefined;
  readonly #world: NodeWorld;
  readonly #clockRate: number;
  readonly #clockOffsetMs: number;
  /** Counts the processes, so that events of a dead one are ignored. */
  #life = 0;
  #writing: Item[] = [];
  #waiting: Item[] = [];
  #wakeAtMs = Infinity;
  readonly #proposed = new Map<number, { term: number; payload: string }>();

  constructor(server: string, world: NodeWorld) {
    this.server = server;
    this.#world = world;
    this.#clockRate = 0.97 + world.random() * 0.06;
    this.#clockOffsetMs = world.random() * 1e6;
  }

  /** Nothing happens if it runs already. */
  start(): void {
    if (this.replica !== undefined) return;
    const { members, timings, random } = this.#world;
    this.#life += 1;
    this.replica = new Replica({
      self: this.server,
      members,
      timings,
      pushSizeMax: 300,
      pushesInFlightMax: 4,
      seed: Math.floor(random() * 2 ** 32),
      incarnation: 1 + Math.floor(random() * 2 ** 40),
      hardState: this.disk.hardState,
      appliedLsn: this.applied,
      reader: this.disk,
      startedAt: this.#now(),
    });
    this.step({ kind: 'tick' });
  }

  /** Everything that wasn't synced is lost, or torn; what the state machine had may be a little older. */
  crash(): void {
    if (this.replica === undefined) return;
    const { random, checker } = this.#world;
    const persists = this.#writing.map((item) => item.persist).filter((persist) => persist !== undefined);
    this.disk.writeTorn(persists, random);
    this.replica = undefined;
    this.#life += 1;
    this.#writing = [];
    this.#waiting = [];
    this.#wakeAtMs = Infinity;
    checker.counts.unknown += this.#proposed.size;
    checker.counts.crashes += 1;
    this.#proposed.clear();
    if (random() < 0.5) this.applied = Math.floor(this.applied * random());
  }

  propose(payload: string): void {
    const view = this.replica?.view();
    if (view?.termStartLsn === undefined || this.applied < view.termStartLsn) return;
    const output = this.step({ kind: 'propose', payloads: [new TextEncoder().encode(payload)] });
    for (const entry of output?.proposal ?? []) this.#proposed.set(entry.lsn, { term: entry.term, payload });
  }

  /** A strong read, if this node believes that it may serve one. */
  read(): void {
    const view = this.replica?.view();
    if (view?.termStartLsn === undefined || this.applied < view.termStartLsn) return;
    if (this.#now().ms < view.leaseEndMs) this.#world.checker.reads(this.server, this.applied);
  }

  step(input: Input): Output | undefined {
    const { replica } = this;
    if (replica === undefined) return undefined;
    const termBefore = replica.view().term;
    const output = replica.step(input, this.#now());
    this.#check(output, termBefore);
    for (const envelope of output.announce) this.#world.send(this.server, envelope);
    if (output.persist !== undefined || output.send.length > 0) {
      this.#waiting.push({ persist: output.persist, send: output.send });
      if (this.#writing.length === 0) this.#writeNext();
    }
    this.#apply(output.applyLsn);
    this.#wake(output.wakeAtMs);
    return output;
  }

  #check(output: Output, termBefore: number): void {
    const { checker } = this.#world;
    const view = this.replica?.view();
    if (view === undefined) return;
    let previousTerm = this.#termBefore(output);
    for (const entry of output.persist?.entries ?? []) {
      checker.appended(this.server, entry, previousTerm);
      previousTerm = entry.term;
    }
    if (view.role === 'leader') checker.leads(this.server, view.term, (lsn) => this.#termAt(lsn));
    if (view.role !== 'leader' || view.term !== termBefore) {
      checker.counts.unknown += this.#proposed.size;
      this.#proposed.clear();
    }
  }

  #apply(lsn: number): void {
    const { checker } = this.#world;
    for (const entry of this.disk.log.slice(this.applied, lsn)) {
      checker.applied(this.server, entry);
      this.applied = entry.lsn;
      const proposed = this.#proposed.get(entry.lsn);
      if (proposed?.term !== entry.term) continue;
      this.#proposed.delete(entry.lsn);
      checker.acknowledge(entry.lsn, `data ${proposed.payload}`);
    }
  }

  /** Gathers what waits into one fsync: durable all at once at the end, or in part if the node dies before. */
  #writeNext(): void {
    this.#writing = this.#waiting;
    this.#waiting = [];
    const life = this.#life;
    const durable = this.#writing.some((item) => item.persist !== undefined);
    this.#world.events.after(durable ? this.#world.syncMs() : 0, () => {
      if (this.#life === life) this.#written();
    });
  }

  #written(): void {
    const items = this.#writing;
    let last: LogEntry | undefined;
    for (const { persist } of items) {
      if (persist !== undefined) this.disk.write(persist);
      last = persist?.entries.at(-1) ?? last;
    }
    this.#writing = [];
    for (const item of items) for (const envelope of item.send) this.#world.send(this.server, envelope);
    const life = this.#life;
    this.#world.wrote(this.server);
    if (this.#life !== life) return;
    if (last !== undefined) this.step({ kind: 'persisted', lsn: last.lsn, term: last.term });
    if (this.#waiting.length > 0 && this.#writing.length === 0) this.#writeNext();
  }

  #wake(atMs: number): void {
    if (atMs >= this.#wakeAtMs) return;
    this.#wakeAtMs = atMs;
    const life = this.#life;
    const delayMs = Math.max(0.01, (atMs - this.#now().ms) / this.#clockRate);
    this.#world.events.after(delayMs, () => {
      if (this.#life !== life || this.#wakeAtMs !== atMs) return;
      this.#wakeAtMs = Infinity;
      this.step({ kind: 'tick' });
    });
  }

  #now(): Instant {
    const ms = this.#world.events.nowMs * this.#clockRate + this.#clockOffsetMs;
    return { ms, scn: BigInt(Math.floor(ms * 1e6)) };
  }

  /** Term of the entry before the first one that this output appends. */
  #termBefore(output: Output): number {
    const first = output.persist?.entries[0];
    return first === undefined ? 0 : this.#termAt(first.lsn - 1, output);
  }

  /** In the log as the replica sees it: what is on disk, overlaid by what is on its way. */
  #termAt(lsn: number, output?: Output): number {
    let term = this.disk.term(lsn);
    const items = [...this.#writing, ...this.#waiting].map((item) => item.persist);
    for (const persist of [...items, output?.persist]) {
      if (persist?.truncateAfterLsn !== undefined && lsn > persist.truncateAfterLsn) term = undefined;
      term = persist?.entries.find((entry) => entry.lsn === lsn)?.term ?? term;
    }
    return term ?? -1;
  }
}
