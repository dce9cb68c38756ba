import type { Message } from '@sealane/consensus';
import type { ObError } from '@sealane/errors';
import type { Catalog } from '@sealane/sql';
import type { HostedStreamOptions } from '../../packages/observer/src/log-thread/hosted-stream.ts';
import type { LeaseSlots } from '../../packages/observer/src/log-thread/lease-slots.ts';
import type { StreamClient } from '../../packages/observer/src/log-thread/stream-client.ts';
import {
  type AppliedEntry,
  decodeMessage,
  type RoleReport,
} from '../../packages/observer/src/replication/index.ts';
import type { TenantLogHooks } from '../../packages/observer/src/tenant/tenant-log.ts';
import { TenantNode } from '../../packages/observer/src/tenant/tenant-node.ts';
import { Writers } from '../../packages/observer/src/transaction/writers.ts';
import { facts, LogHalf } from './log-half.ts';
import { RoundWatch } from './round-watch.ts';
import { DatabaseImage, SimulatedDatabase } from './simulated-database.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { type Clock, type Life, type ProcessWorld, SimulatedThread } from './simulated-environment.ts';
import { installSnapshot } from './snapshots.ts';
import type { World } from './world.ts';

/** What runs on a server: the tenant's node with its log stream, and who waits for an answer from it. */
export interface Running {
  readonly life: Life;
  /** Executes statements and applies entries. */
  readonly sql: SimulatedThread;
  /** Has the log, and talks to the other servers. */
  readonly log: SimulatedThread;
  readonly half: LogHalf;
  readonly client: StreamClient;
  readonly node: TenantNode;
  readonly database: SimulatedDatabase;
  readonly writers: Writers;
  readonly calls: Set<() => void>;
}

type Threads = Pick<Running, 'life' | 'sql' | 'log'>;

export type Outcome<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** The connection broke: whether it was done can't be known. */
  | { readonly kind: 'lost' };

/** A machine of the cluster with its disk and clock, and the process on it, if one runs. */
export class SimulatedServer {
  readonly name: string;
  readonly disk = new SimulatedDisk();
  readonly clock: Clock;
  image: DatabaseImage;
  running: Running | undefined;
  /** It is to run. */
  commissioned = true;
  /** The members that it is told of when it starts. */
  configured: readonly string[];
  /** Its SQL thread was last told that it leads. */
  leading = false;
  /** Its log stream is up. */
  ready = false;
  /** It has joined: its disk has everything that it ever acknowledged, and says so. */
  whole = false;
  /** The newest commit that it told others by a notice, and when first. */
  #told: { readonly term: number; readonly lsn: number; readonly atMs: number } | undefined;
  #wiped = false;
  /** The disk was made to fail in this life: the process may end. */
  excused = false;
  #wasFull = false;
  readonly #world: World;
  #incarnation = 0;
  /** Of the process that runs, or comes up. */
  #life: Life | undefined;

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
    const { chance, weather } = world;
    this.configured = weather.members;
    this.image = new DatabaseImage(weather.commitsPerCheckpoint);
    this.clock = {
      rate: 1 + chance.between(-1, 1) * weather.clockDrift,
      offsetMs: chance.between(0, 1000) + 1.7e12,
    };
  }

  /** Nothing happens if it runs already. */
  start(): void {
    if (this.#life?.alive === true || !this.commissioned) return;
    const { time, chance } = this.#world;
    const life = { alive: true, startedAtMs: time.nowMs };
    const world: ProcessWorld = {
      time,
      chance,
      disk: this.disk,
      clock: this.clock,
      doomed: () => this.#isDoomed(),
      die: () => this.#dieAtEffect(),
      truncated: () => {
        if (this.ready) this.#world.counts.add('entries overwritten');
      },
      writeMs: () => this.#slowly(chance.between(0.005, 0.1)),
      syncMs: () => this.#slowly(chance.between(0.2, this.#world.syncMaxMs)),
    };
    this.excused = this.disk.syncFails;
    this.#wasFull = this.disk.full;
    const threads = { life, sql: new SimulatedThread(world, life), log: new SimulatedThread(world, life) };
    this.#life = life;
    time.after(0, threads.sql, () => this.#run(threads));
    this.#incarnation += 1;
    this.note('start', this.#incarnation);
  }

  /** Ends the process without a word. */
  die(how: 'kill' | 'power'): void {
    const { running } = this;
    if (running === undefined) return;
    const { chance, counts } = this.#world;
    this.note(how, `at entry ${this.image.lsn}`);
    running.life.alive = false;
    this.running = undefined;
    this.ready = false;
    this.disk.abandonWrites(chance);
    if (how === 'kill') counts.add('kills');
    else this.#losePower();
    for (const lose of running.calls) lose();
    this.#world.died(this);
  }

  fillDisk(): void {
    this.disk.full = true;
    this.#wasFull = true;
    this.#world.counts.add('disks full');
  }

  /** Damages a bit of something that is on disk. */
  rot(): void {
    const { chance, counts } = this.#world;
    const files = this.disk.durableFiles();
    if (files.length === 0) return;
    const { path, file } = chance.pick(files);
    const position = chance.below(file.durableSize);
    file.flipBit(position, chance.below(8));
    this.note('rot', path, position);
    counts.add('bits flipped');
  }

  /** The disk is replaced by an empty one. */
  wipe(): void {
    this.#abort();
    this.die('kill');
    this.disk.wipe();
    this.image = new DatabaseImage(this.#world.weather.commitsPerCheckpoint);
    this.whole = false;
    this.#world.checker.forgets(this.name);
    this.#wiped = true;
    this.note('wiped');
    this.#world.counts.add('wiped disks');
  }

  /** Ends a process that is only coming up. */
  #abort(): void {
    if (this.running === undefined && this.#life !== undefined) this.#life.alive = false;
  }

  /** Ends the process as an operator does. */
  async stop(): Promise<void> {
    const { running } = this;
    if (running === undefined || !this.ready) return;
    await this.call(async () => {
      running.client.setPriority({ stopping: true });
      await running.half.ask('stop-streams', undefined);
      this.#world.counts.add('graceful stops');
    });
    if (this.running === running) this.#exit('stopped');
  }

  /** Has something done by the process. Always answered: at the latest when the process dies. */
  call<Result>(act: (running: Running) => Promise<Result>): Promise<Outcome<Result>> {
    const { running } = this;
    const { time } = this.#world;
    if (running === undefined || !this.ready) {
      return Promise.resolve({ kind: 'failed', error: new Error('connection refused') });
    }
    const { life, sql, calls } = running;
    return new Promise((resolve) => {
      const lose = (): void => resolve({ kind: 'lost' });
      const answer = (outcome: Outcome<Result>): void => {
        if (!life.alive) return;
        calls.delete(lose);
        resolve(outcome);
      };
      calls.add(lose);
      time.after(0, sql, () => {
        act(running).then(
          (result) => answer({ kind: 'done', result }),
          (error: unknown) => answer({ kind: 'failed', error }),
        );
      });
    });
  }

  get role(): RoleReport | undefined {
    const { running } = this;
    if (running === undefined || !this.ready) return undefined;
    return this.#world.time.as(running.sql, () => running.client.role());
  }

  get leads(): boolean {
    return this.role?.role === 'LEADER';
  }

  get serves(): boolean {
    return this.role?.serving === true;
  }

  note(event: string, ...facts: (number | string | boolean | undefined)[]): void {
    this.#world.note(this.name, event, ...facts);
  }

  /** The two threads of a process, as in production: statements and database on one, the log on the other. */
  #run({ life, sql, log }: Threads): void {
    const { weather, chance, counts } = this.#world;
    const rounds = new RoundWatch(counts, weather, sql);
    const database = new SimulatedDatabase(this.image, sql, {
      kept: () => rounds.kept(),
      commitMs: () => chance.between(0.02, weather.commitMaxMs),
      roundEnded: (count, committed) => {
        rounds.ended();
        if (committed && count > 1) counts.add('rounds of several writes');
        if (!committed && count > 0) counts.add('rounds undone');
      },
    });
    const half = new LogHalf({
      thread: log,
      other: sql,
      time: this.#world.time,
      chance,
      options: (channel, leases) => this.#streamOptions(log, channel, leases),
      proposed: (order) => rounds.proposed(order),
      failed: (error) => this.#failed(life, error, 'fatal'),
      started: (error) => this.#started(life, error),
    });
    let client: StreamClient | undefined;
    const node = new TenantNode({
      tenantId: facts.tenantId,
      tenant: 'test',
      self: this.name,
      database: database.asTenantDatabase(),
      engine: catalogless,
      roundBounds: weather.rounds,
      logger: this.#logger(),
      openLog: (hooks) => {
        client = half.connect({ ...this.#watched(life, hooks), self: this.name, logger: this.#logger() });
        return client;
      },
    });
    if (client === undefined) throw new Error('the tenant opened no log stream');
    const writers = new Writers(node);
    node.onDeposed(() => writers.refuseWaiting());
    this.running = { life, sql, log, half, client, node, database, writers, calls: new Set() };
    half.start();
  }

  #watched(life: Life, hooks: TenantLogHooks): { hooks: TenantLogHooks } {
    return {
      hooks: {
        ...hooks,
        apply: (entry) => {
          this.#delivered(life, [entry]);
          if (life.alive) hooks.apply(entry);
        },
        applyAll: (entries) => {
          this.#delivered(life, entries);
          if (life.alive) hooks.applyAll(entries);
        },
        onRoleChange: (report) => {
          if (!life.alive) return;
          this.#onRole(report);
          hooks.onRoleChange(report);
        },
        onDiskEvent: (event) => {
          this.note(event.kind, event.lsn);
          this.#world.counts.add(`events: ${event.kind}`);
          hooks.onDiskEvent?.(event);
        },
        install: (request) => {
          if (this.running !== undefined) void installSnapshot(this.#world, this, this.running, request);
        },
      },
    };
  }

  #delivered(life: Life, entries: readonly AppliedEntry[]): void {
    if (!life.alive) return;
    for (const entry of entries) {
      this.note('apply', entry.lsn, entry.term, entry.kind, entry.local);
      this.#world.checker.delivered(this.name, entry);
    }
  }

  #streamOptions(
    thread: SimulatedThread,
    channel: HostedStreamOptions['channel'],
    leases: LeaseSlots,
  ): HostedStreamOptions {
    const { weather, chance, timings } = this.#world;
    return {
      facts: { ...facts, members: this.configured },
      self: this.name,
      appliedLsn: this.image.lsn,
      installed: this.image.installed,
      channel,
      leases,
      leaseIndex: 0,
      mesh: {
        post: (to, pcode, body) => {
          thread.affects(() => this.#send(to, pcode, body));
          return true;
        },
      },
      logger: this.#logger(),
      failed: () => undefined,
      log: {
        environment: thread,
        seed: chance.below(2 ** 32),
        incarnation: 1 + chance.below(2 ** 47),
        timings,
        segmentSizeMax: weather.segmentSizeMax,
        cacheSizeMax: weather.cacheSizeMax,
        keptSizeMax: weather.keptSizeMax,
        scrub: { pieceSize: 4096, intervalMs: 500, restMs: 2000 },
      },
    };
  }

  #started(life: Life, error: unknown): void {
    if (!life.alive) return;
    if (error !== undefined) this.#failed(life, error, 'start');
    else this.ready = true;
  }

  #onRole({ role, leader, term, serving }: RoleReport): void {
    this.leading = role === 'LEADER';
    this.note('role', role, `leader ${leader}`, `term ${term}`, serving ? 'serving' : undefined);
    if (role === 'LEADER') this.#world.checker.leads(this.name, term);
  }

  #send(to: string, pcode: number, body: unknown): void {
    const { checker, network } = this.#world;
    const { message } = decodeMessage(pcode, body);
    if (message.kind === 'push') checker.pushed(this.name, message);
    if (message.kind === 'prepare' && !message.probe) checker.votes(this.name, message.term, this.name);
    if (message.kind === 'prepare-answer' && message.granted && !message.probe) {
      checker.votes(this.name, message.term, to);
    }
    if (message.kind === 'committed') this.#noteNotice(message.term, message.committedLsn);
    if (message.kind === 'push' || message.kind === 'push-answer') {
      this.#noteWhole(message.kind === 'push' || message.joined);
    }
    this.note('send', message.kind, `to ${to}`, `term ${message.term}`);
    const server = this.#world.server(to);
    network.send(
      { from: this.name, to },
      () => server.running?.log,
      () => server.receive(this.name, message),
    );
  }

  /** Who is told later than others of the same commit was slower than the majority. */
  #noteNotice(term: number, lsn: number): void {
    const { counts, time } = this.#world;
    counts.add('commits told by a notice');
    const told = this.#told;
    if (told?.term !== term || lsn > told.lsn) this.#told = { term, lsn, atMs: time.nowMs };
    else if (time.nowMs > told.atMs) counts.add('slow followers told by a notice');
  }

  /** Leaders have joined; others say so in their answers, once that is on their disk. */
  #noteWhole(whole: boolean): void {
    if (whole === this.whole) return;
    this.whole = whole;
    this.note(whole ? 'whole' : 'not whole');
    if (!whole) this.#world.checker.forgets(this.name);
    if (!whole || !this.#wiped) return;
    this.#wiped = false;
    this.#world.counts.add('wiped nodes that joined again');
  }

  receive(from: string, message: Message): void {
    this.note('receive', message.kind, `from ${from}`, `term ${message.term}`, ...factsOf(message));
    this.running?.half.receive(from, message);
  }

  #failed(life: Life, error: unknown, what: string): void {
    if (!life.alive) return;
    this.note(what, String((error as ObError).message));
    // Nothing can be opened on a disk without any room.
    const full = String(error).includes('ENOSPC') && this.#wasFull;
    if (!this.excused && !full) {
      this.#world.checker.fail('no failure without a cause', `${this.name}: ${what}: ${String(error)}`);
    }
    this.#exit(what);
  }

  /** The process ends by itself; what it had written is seen by the next one. */
  #exit(why: string): void {
    const { running } = this;
    if (running === undefined) return;
    this.note('exit', why);
    running.life.alive = false;
    this.running = undefined;
    this.ready = false;
    this.disk.abandonWrites(this.#world.chance);
    for (const lose of running.calls) lose();
    this.#world.died(this);
  }

  #losePower(): void {
    const { chance, counts } = this.#world;
    counts.add('power losses');
    if (this.disk.losePower(chance)) counts.add('torn files');
    const before = this.image.lsn;
    this.image.losePower(chance.happens(0.5) ? 1 : chance.fraction());
    if (this.image.lsn < before) counts.add('databases set back by power loss');
  }

  /** However slow, a disk comes to an end some time. */
  #slowly(ms: number): number {
    return Math.min(ms * this.disk.slowness, this.#world.timings.electionTimeoutMaxMs * 3);
  }

  #isDoomed(): boolean {
    const { chance, weather, stormy } = this.#world;
    return stormy && weather.deathRate > 0 && chance.happens(weather.deathRate);
  }

  #dieAtEffect(): void {
    const { chance, weather, counts } = this.#world;
    counts.add('deaths at an effect');
    const power = chance.happens(weather.powerShare);
    this.die(power ? 'power' : 'kill');
    if (!power || !chance.happens(0.3)) return;
    // One socket feeds all of them.
    for (const server of this.#world.servers) server.die('power');
  }

  #logger() {
    const log = (_fields: object, message: string): void => {
      if (message.includes('cut off')) this.#world.counts.add('tails cut off in recovery');
      this.note('log', message);
    };
    return { debug: () => undefined, info: () => undefined, warn: log, error: log };
  }
}

/** What a reader of the trace wants to know. */
function factsOf(message: Message): (number | string | boolean | undefined)[] {
  switch (message.kind) {
    case 'push': {
      const { entries, previousLsn, committedLsn } = message;
      return [`after ${previousLsn}`, `${entries.length} entries`, `committed ${committedLsn}`];
    }
    case 'push-answer':
      return [
        message.accepted ? 'yes' : 'no',
        `entry ${message.lsn}`,
        message.joined ? undefined : 'not joined',
      ];
    case 'prepare':
      return [message.probe ? 'probe' : 'vote', `last ${message.lastLsn} of term ${message.lastTerm}`];
    case 'prepare-answer': {
      const { probe, granted, silent, vouched } = message;
      return [
        probe ? 'probe' : 'vote',
        granted ? 'yes' : 'no',
        silent ? 'silent' : undefined,
        vouched ? 'vouched' : undefined,
      ];
    }
    case 'join-answer':
      return [
        message.joined ? 'joined' : 'not joined',
        `last ${message.lastLsn}`,
        message.leader ? 'leader' : undefined,
      ];
    case 'committed':
      return [message.committedLsn];
    default:
      return [];
  }
}

/** A tenant without tables: its catalog is there or isn't. */
const catalogless: ConstructorParameters<typeof TenantNode>[0]['engine'] = {
  catalogQuery: 'catalog',
  buildCatalog: (_rows, version) => ({ version }) as unknown as Catalog,
  initialStatements: () => [{ sql: 'found', binds: [] }],
  variableDefault: () => undefined,
};
