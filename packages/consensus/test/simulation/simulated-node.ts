import {
  type Envelope,
  type Input,
  type Install,
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
  /** Of a cluster that was never changed. */
  readonly members: readonly string[];
  readonly timings: Timings;
  /** How long an fsync takes now. */
  syncMs(): number;
  send(from: string, envelope: Envelope): void;
  node(server: string): SimulatedNode | undefined;
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
  readonly disk: SimulatedDisk;
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
    this.disk = new SimulatedDisk({ joined: false, members: world.members });
    this.#world = world;
    this.#clockRate = 0.97 + world.random() * 0.06;
    this.#clockOffsetMs = world.random() * 1e6;
  }

  /** Nothing happens if it runs already. */
  start(): void {
    if (this.replica !== undefined) return;
    const { timings, random } = this.#world;
    this.#life += 1;
    this.replica = new Replica({
      self: this.server,
      members: this.disk.members,
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
    if (random() < 0.5) this.applied = Math.max(this.disk.base.lsn, Math.floor(this.applied * random()));
  }

  /** The process dies, and its disk is gone. */
  wipe(): void {
    this.crash();
    this.disk.wipe(this.#world.members);
    this.applied = 0;
    this.#world.checker.counts.wipes += 1;
  }

  /** The process dies, and some of its log can't be read any more. */
  damage(): void {
    this.crash();
    this.disk.damage(this.#world.random);
    this.#world.checker.counts.damages += 1;
  }

  /** Drops a part of the log that is applied. */
  truncate(): void {
    const { base } = this.disk;
    const lsn = base.lsn + Math.floor((this.applied - base.lsn) * this.#world.random());
    if (lsn <= base.lsn) return;
    this.disk.truncateBefore(lsn);
    this.#world.checker.counts.truncations += 1;
  }

  /** By this node's disk: the lists in force since what it has applied. */
  memberLists(): (readonly string[])[] {
    const lists = this.disk.memberLists().filter((list) => list.lsn > this.applied);
    return [this.disk.membersAt(this.applied), ...lists.map((list) => list.members)];
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

  describe(): string {
    const view = this.replica?.view();
    if (view === undefined) return `${this.server} isn't running`;
    const { role, term, members, learners, joined, installing, lastLsn, persistedLsn, committedLsn } = view;
    const log = `${this.disk.base.lsn}..${persistedLsn}..${lastLsn}:${this.disk.term(persistedLsn)}`;
    const flags = `${joined ? '' : ' unjoined'}${installing ? ' installing' : ''}`;
    const votedFor = this.disk.hardState.votedFor ?? '-';
    return (
      `${this.server} ${role}${flags} term ${term} voted ${votedFor} members ${members.join('')}` +
      `+${learners.join('')} log ${log} committed ${committedLsn} applied ${this.applied}`
    );
  }

  step(input: Input): Output | undefined {
    const { replica } = this;
    if (replica === undefined) return undefined;
    const { term: termBefore, joined: joinedBefore } = replica.view();
    const output = replica.step(input, this.#now());
    this.#check(output, termBefore);
    if (!joinedBefore && replica.view().joined) this.#world.checker.counts.joins += 1;
    for (const envelope of output.announce) this.#world.send(this.server, envelope);
    if (output.persist !== undefined || output.send.length > 0) {
      this.#waiting.push({ persist: output.persist, send: output.send });
      if (this.#writing.length === 0) this.#writeNext();
    }
    this.#apply(output.applyLsn);
    if (output.install !== undefined) this.#install(output.install);
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
    if (view.role === 'leader')
      checker.leads(this.server, view.term, {
        baseLsn: this.disk.base.lsn,
        termAt: (lsn) => this.#termAt(lsn),
      });
    if (view.role !== 'leader' || view.term !== termBefore) {
      checker.counts.unknown += this.#proposed.size;
      this.#proposed.clear();
    }
  }

  #apply(lsn: number): void {
    const { checker } = this.#world;
    const range = { afterLsn: this.applied, upToLsn: lsn, sizeMax: Number.POSITIVE_INFINITY };
    for (const entry of lsn > this.applied ? this.disk.entries(range) : []) {
      checker.applied(this.server, entry);
      this.applied = entry.lsn;
      if (entry.kind === 'members') checker.changed(entry);
      const proposed = this.#proposed.get(entry.lsn);
      if (proposed?.term !== entry.term) continue;
      this.#proposed.delete(entry.lsn);
      checker.acknowledge(entry.lsn, `data ${proposed.payload}`);
    }
  }

  /** Fetches the state of another node, which takes a while and may fail. */
  #install(install: Install): void {
    const { events, random } = this.#world;
    const life = this.#life;
    const fails = random() < 0.2;
    events.after(random() * 600, () => {
      if (this.#life !== life) return;
      const source = this.#world.node(install.from);
      if (fails || source?.replica === undefined || source.applied < install.lsn) {
        this.step({ kind: 'install-failed' });
      } else {
        this.#replace(source, life);
      }
    });
  }

  /** Behind what is being written. */
  #replace(source: SimulatedNode, life: number): void {
    if (this.#life !== life) return;
    if (this.#writing.length > 0) {
      this.#world.events.after(1, () => this.#replace(source, life));
      return;
    }
    const lsn = source.applied;
    const { disk } = source;
    const base = lsn === disk.base.lsn ? disk.base : disk.entry(lsn);
    if (base === undefined) {
      // Its own log was cut below what it has applied.
      this.step({ kind: 'install-failed' });
      return;
    }
    const { term, scn } = base;
    const members = disk.membersAt(lsn);
    this.#world.checker.installed(this.server, lsn, term);
    this.disk.reset({ lsn, term, scn }, members);
    this.applied = lsn;
    this.step({ kind: 'installed', lsn, term, scn, members });
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
