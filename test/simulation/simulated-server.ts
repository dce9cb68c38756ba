import type { ObError } from '@sealane/errors';
import type { Catalog } from '@sealane/sql';
import {
  decodeMessage,
  encodeMessage,
  LogStream,
  messagePcodes,
  type RoleReport,
} from '../../packages/observer/src/replication/index.ts';
import type { TenantLogHooks } from '../../packages/observer/src/tenant/tenant-log.ts';
import { TenantNode } from '../../packages/observer/src/tenant/tenant-node.ts';
import { Writers } from '../../packages/observer/src/transaction/writers.ts';
import { DatabaseImage, SimulatedDatabase } from './simulated-database.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { type Clock, SimulatedProcess } from './simulated-environment.ts';
import type { World } from './world.ts';

/** What runs on a server: the tenant's node with its log stream, and who waits for an answer from it. */
export interface Running {
  readonly process: SimulatedProcess;
  readonly stream: LogStream;
  readonly node: TenantNode;
  readonly writers: Writers;
  readonly calls: Set<() => void>;
}

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
  /** Its log stream is up. */
  ready = false;
  /** It has joined: its disk has everything that it ever acknowledged, and says so. */
  whole = false;
  #wiped = false;
  /** The disk was made to fail in this life: the process may end. */
  excused = false;
  readonly #world: World;
  #incarnation = 0;

  constructor(name: string, world: World) {
    this.name = name;
    this.#world = world;
    const { chance, weather } = world;
    this.image = new DatabaseImage(weather.commitsPerCheckpoint);
    this.clock = {
      rate: 1 + chance.between(-1, 1) * weather.clockDrift,
      offsetMs: chance.between(0, 1000) + 1.7e12,
    };
  }

  /** Nothing happens if it runs already. */
  start(): void {
    if (this.running !== undefined) return;
    const { time, chance } = this.#world;
    const process = new SimulatedProcess({
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
    });
    this.disk.flush();
    this.excused = this.disk.full || this.disk.syncFails;
    time.after(0, process, () => this.#run(process));
    this.#incarnation += 1;
    this.note('start', this.#incarnation);
  }

  /** Ends the process without a word. */
  die(how: 'kill' | 'power'): void {
    const { running } = this;
    if (running === undefined) return;
    const { chance, counts } = this.#world;
    this.note(how, `at entry ${this.image.lsn}`);
    running.process.alive = false;
    this.running = undefined;
    this.ready = false;
    this.disk.abandonWrites(chance);
    if (how === 'kill') counts.add('kills');
    else this.#losePower();
    for (const lose of running.calls) lose();
    this.#world.died(this);
  }

  /** The disk is replaced by an empty one. */
  wipe(): void {
    this.die('kill');
    this.disk.wipe();
    this.image = new DatabaseImage(this.#world.weather.commitsPerCheckpoint);
    this.whole = false;
    this.#wiped = true;
    this.note('wiped');
    this.#world.counts.add('wiped disks');
  }

  /** Ends the process as an operator does. */
  async stop(): Promise<void> {
    const { running } = this;
    if (running === undefined || !this.ready) return;
    await this.call(async () => {
      await running.stream.stop();
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
    const { process, calls } = running;
    return new Promise((resolve) => {
      const lose = (): void => resolve({ kind: 'lost' });
      const answer = (outcome: Outcome<Result>): void => {
        if (!process.alive) return;
        calls.delete(lose);
        resolve(outcome);
      };
      calls.add(lose);
      time.after(0, process, () => {
        act(running).then(
          (result) => answer({ kind: 'done', result }),
          (error: unknown) => answer({ kind: 'failed', error }),
        );
      });
    });
  }

  get leads(): boolean {
    return this.running !== undefined && this.ready && this.running.stream.role().role === 'LEADER';
  }

  get serves(): boolean {
    return this.running !== undefined && this.ready && this.running.stream.role().serving;
  }

  note(event: string, ...facts: (number | string | boolean | undefined)[]): void {
    this.#world.note(this.name, event, ...facts);
  }

  #run(process: SimulatedProcess): void {
    const { weather, chance, counts } = this.#world;
    const database = new SimulatedDatabase(this.image, process, {
      commitMs: () => chance.between(0.02, weather.commitMaxMs),
      roundEnded: (count, committed) => {
        if (committed && count > 1) counts.add('rounds of several writes');
        if (!committed && count > 0) counts.add('rounds undone');
      },
    });
    let stream: LogStream | undefined;
    const node = new TenantNode({
      tenantId: 1002,
      tenant: 'test',
      self: this.name,
      database: database.asTenantDatabase(),
      engine: catalogless,
      logger: this.#logger(),
      openLog: (hooks) => {
        stream = this.#openStream(process, hooks);
        return stream;
      },
    });
    if (stream === undefined) throw new Error('the tenant opened no log stream');
    const writers = new Writers(node);
    node.onDeposed(() => writers.refuseWaiting());
    this.running = { process, stream, node, writers, calls: new Set() };
    stream.start().then(
      () => {
        if (process.alive) this.ready = true;
      },
      (error: unknown) => this.#failed(process, error, 'start'),
    );
  }

  #openStream(process: SimulatedProcess, hooks: TenantLogHooks): LogStream {
    const { weather, chance, checker, timings } = this.#world;
    return new LogStream({
      tenantId: 1002,
      lsId: 1001,
      self: this.name,
      members: weather.members,
      directory: '/log',
      appliedLsn: hooks.appliedLsn,
      environment: process,
      seed: chance.below(2 ** 32),
      incarnation: 1 + chance.below(2 ** 47),
      timings,
      segmentSizeMax: weather.segmentSizeMax,
      cacheSizeMax: weather.cacheSizeMax,
      send: (to, message) => process.affects(() => this.#send(to, message)),
      apply: (entry) => {
        if (!process.alive) return;
        this.note('apply', entry.lsn, entry.term, entry.kind, entry.local);
        checker.delivered(this.name, entry);
        hooks.apply(entry);
      },
      onRoleChange: (report) => {
        if (!process.alive) return;
        this.#onRole(report);
        hooks.onRoleChange(report);
      },
      onFatal: (error) => this.#failed(process, error, 'fatal'),
      logger: this.#logger(),
    });
  }

  #onRole({ role, leader, term, serving }: RoleReport): void {
    this.note('role', role, `leader ${leader}`, `term ${term}`, serving ? 'serving' : undefined);
    if (role === 'LEADER') this.#world.checker.leads(this.name, term);
  }

  #send(to: string, message: Parameters<typeof encodeMessage>[1]): void {
    if (message.kind === 'push') this.#world.checker.pushed(this.name, message);
    if (message.kind === 'push' || message.kind === 'push-answer') {
      this.#noteWhole(message.kind === 'push' || message.joined);
    }
    const body = encodeMessage(1001, message);
    const pcode = messagePcodes[message.kind];
    this.note('send', message.kind, `to ${to}`, `term ${message.term}`);
    this.#world.network.send(
      { from: this.name, to },
      () => this.#world.server(to).running?.process,
      () => {
        this.#world.server(to).receive(this.name, pcode, body);
      },
    );
  }

  /** Leaders have joined; others say so in their answers, once that is on their disk. */
  #noteWhole(whole: boolean): void {
    if (whole === this.whole) return;
    this.whole = whole;
    this.note(whole ? 'whole' : 'not whole');
    if (!whole || !this.#wiped) return;
    this.#wiped = false;
    this.#world.counts.add('wiped nodes that joined again');
  }

  receive(from: string, pcode: number, body: unknown): void {
    const { message } = decodeMessage(pcode, body);
    const entries = message.kind === 'push' ? message.entries : [];
    this.note(
      'receive',
      message.kind,
      `from ${from}`,
      `term ${message.term}`,
      entries[0]?.lsn,
      entries.at(-1)?.lsn,
    );
    this.running?.stream.receive(from, message);
  }

  #failed(process: SimulatedProcess, error: unknown, what: string): void {
    if (!process.alive) return;
    this.note(what, String((error as ObError).message));
    if (!this.excused) {
      this.#world.checker.fail('no failure without a cause', `${this.name}: ${what}: ${String(error)}`);
    }
    this.#exit(what);
  }

  /** The process ends by itself; what it had written is seen by the next one. */
  #exit(why: string): void {
    const { running } = this;
    if (running === undefined) return;
    this.note('exit', why);
    running.process.alive = false;
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

/** A tenant without tables: its catalog is there or isn't. */
const catalogless: ConstructorParameters<typeof TenantNode>[0]['engine'] = {
  catalogQuery: 'catalog',
  buildCatalog: (_rows, version) => ({ version }) as unknown as Catalog,
  initialStatements: () => [{ sql: 'found', binds: [] }],
  variableDefault: () => undefined,
};
