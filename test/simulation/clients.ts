import { isObError } from '@sealane/errors';
import { appendStatement } from './simulated-database.ts';
import type { Running, SimulatedServer } from './simulated-server.ts';
import type { World } from './world.ts';

/** One session that writes and reads, one statement after the other, wherever it believes the leader. */
export class Client {
  /** Statements that were answered with success. */
  doneCount = 0;
  readonly #world: World;
  readonly #name: string;
  #target: SimulatedServer;
  /** What this session has seen: it never goes back. */
  #seenLsn = 0;
  #stopped = false;
  #refused = false;
  readonly #patient: boolean;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
    this.#target = world.chance.pick(world.servers);
    this.#patient = world.chance.happens(0.5);
  }

  start(): void {
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
  }

  #later(): void {
    if (this.#stopped) return;
    const { time, chance, weather, stormy } = this.#world;
    const usualMs = stormy ? weather.thinkMaxMs : Math.min(weather.thinkMaxMs, 200);
    // Who was refused waits a little longer: a cluster without a leader isn't news.
    const thinkMaxMs = this.#refused ? usualMs + 100 : usualMs;
    this.#refused = false;
    time.after(chance.between(0.1, thinkMaxMs), undefined, () => {
      this.#act().then(
        () => this.#later(),
        (error: unknown) => this.#world.checker.fail('liveness', `a client failed: ${String(error)}`),
      );
    });
  }

  async #act(): Promise<void> {
    const { chance } = this.#world;
    const kind = chance.fraction();
    if (kind < 0.6) await this.#write();
    else if (kind < 0.65) await this.#fail();
    else if (kind < 0.8) await this.#readStrongly();
    else await this.#readWeakly();
  }

  async #write(): Promise<void> {
    const { chance, weather, checker, counts } = this.#world;
    const kind = chance.fraction();
    const how = kind < 0.8 ? autocommit : kind < 0.95 ? transaction : changeSchema;
    const keys = Array.from({ length: how === transaction ? 3 : 1 }, () => chance.below(weather.keyCount));
    const appends = keys.map((key) => ({ key, id: nextId(this.#world) }));
    const ids = appends.map(({ id }) => id);
    const pauseMs = chance.happens(0.5) ? chance.between(1, 100) : 0;
    const server = this.#target;
    server.note(how.name, this.#name, ids.join(','));
    let lsn = 0;
    const outcome = await server.call(async (running) => {
      await this.#untilServing(running.node);
      running.node.mustServe();
      await how(running, appends, pauseMs);
      if (running.life.alive) lsn = checker.acknowledged(server.name, ids);
    });
    if (outcome.kind === 'done') {
      server.note('acknowledged', this.#name, ids.join(','), `entry ${lsn}`);
      if (how === changeSchema) counts.add('schema changes');
      this.#seenLsn = Math.max(this.#seenLsn, lsn);
      this.doneCount += 1;
      return;
    }
    const { error } = outcome.kind === 'failed' ? outcome : { error: 'lost' };
    server.note('failed', this.#name, ids.join(','), nameOf(error));
    if (outcome.kind === 'lost') checker.lost(ids);
    else if (isObError(error, 'OB_TRANS_UNKNOWN')) checker.unknown(server.name, ids);
    else checker.refused(server.name, ids, nameOf(error));
    this.#lookElsewhere(error);
  }

  /** Who comes to a new leader before it serves waits there, as with the statements of production. */
  async #untilServing(node: Running['node']): Promise<void> {
    if (node.serving || !this.#patient) return;
    const led = node.log.role().role === 'LEADER';
    await node.untilServing(500);
    if (led && node.serving) this.#world.counts.add('statements that waited for a leader to serve');
  }

  /** A statement that finds what forbids it: the error tells of what others wrote. */
  async #fail(): Promise<void> {
    const { chance, weather, checker } = this.#world;
    const key = chance.below(weather.keyCount);
    const server = this.#target;
    const outcome = await server.call(async ({ node, writers, life }) => {
      node.mustServe();
      const writer = await writers.acquire({ ...joining, timeoutMs: 1000 });
      const [[, lastId] = []] = writer.write.all('get', [key]);
      await writers.conclude(writer);
      if (life.alive) checker.witnessed(server.name, { key, lastId: Number(lastId) });
    });
    if (outcome.kind !== 'done') this.#lookElsewhere(outcome.kind === 'failed' ? outcome.error : undefined);
  }

  async #readStrongly(): Promise<void> {
    const { chance, weather, checker } = this.#world;
    const key = chance.below(weather.keyCount);
    const seenLsn = this.#seenLsn;
    const atLeastLsn = Math.max(checker.seenLsn, seenLsn);
    const server = this.#target;
    const outcome = await server.call(async ({ node, life }) => {
      // A weak read may have shown what a leader with a slow disk hasn't applied yet.
      await node.waitApplied(seenLsn, 500);
      node.mustServe();
      if (!life.alive) return;
      const found = { key, ...readList(node, key), kind: 'strong', atLeastLsn } as const;
      checker.read(server.name, found);
      this.#seenLsn = Math.max(this.#seenLsn, found.lsn);
    });
    if (outcome.kind === 'done') this.doneCount += 1;
    else this.#lookElsewhere(outcome.kind === 'failed' ? outcome.error : undefined);
  }

  async #readWeakly(): Promise<void> {
    const { chance, weather, checker, servers } = this.#world;
    const key = chance.below(weather.keyCount);
    const server = chance.pick(servers);
    const atLeastLsn = this.#seenLsn;
    await server.call(async ({ node, life }) => {
      await node.waitApplied(atLeastLsn, 500);
      if (!life.alive) return;
      const found = { key, ...readList(node, key), kind: 'weak', atLeastLsn } as const;
      checker.read(server.name, found);
      this.#seenLsn = Math.max(this.#seenLsn, found.lsn);
    });
  }

  #lookElsewhere(error: unknown): void {
    this.#refused = true;
    const { chance, servers } = this.#world;
    const hint = isObError(error) ? error.details['leader'] : undefined;
    const hinted = servers.find((server) => server.name === hint);
    this.#target = hinted !== undefined && chance.happens(0.8) ? hinted : chance.pick(servers);
  }
}

type Appends = readonly { readonly key: number; readonly id: number }[];

const joining = { foreignKeys: true, recorded: true, company: 'joins' } as const;

/** A statement that is a transaction of its own, as a session on the leader does it. */
async function autocommit({ writers }: Running, appends: Appends): Promise<void> {
  const writer = await writers.acquire({ ...joining, timeoutMs: 1000 });
  try {
    for (const { key, id } of appends) writer.write.run('append', [key, id]);
    await writers.commitChanges(writer);
  } catch (error) {
    writers.giveUp(writer);
    throw error;
  }
}

/** Several statements, with pauses in which anything may happen. */
async function transaction({ writers, sql }: Running, appends: Appends, pauseMs: number): Promise<void> {
  const writer = await writers.acquire({ ...joining, company: 'begins', timeoutMs: 1000 });
  try {
    for (const { key, id } of appends) {
      if (!writer.write.open) throw writers.notMaster();
      writer.write.run('append', [key, id]);
      if (pauseMs > 0) await new Promise<void>((resolve) => sql.setTimer(pauseMs, resolve));
    }
    await writers.commitChanges(writer);
  } catch (error) {
    if (!isObError(error, 'OB_TRANS_UNKNOWN')) writers.giveUp(writer);
    throw error;
  }
}

/** What is carried out from its text everywhere. */
async function changeSchema({ writers }: Running, appends: Appends): Promise<void> {
  const writer = await writers.acquire({
    foreignKeys: false,
    recorded: false,
    company: 'alone',
    timeoutMs: 1000,
  });
  try {
    const statements = appends.map(({ key, id }) => {
      const [[count] = []] = writer.write.all('get', [key]);
      writer.write.run('append', [key, id]);
      return appendStatement({ key, id, index: Number(count) });
    });
    await writers.commit(writer, { kind: 'statements', statements });
  } catch (error) {
    if (!isObError(error, 'OB_TRANS_UNKNOWN')) writers.giveUp(writer);
    throw error;
  }
}

function readList(node: Running['node'], key: number): { lsn: number; count: number; lastId: number } {
  const [[count, lastId] = []] = node.database.reader().all('get', [key]);
  return { lsn: node.database.appliedLsn, count: Number(count), lastId: Number(lastId) };
}

const lastIds = new WeakMap<World, number>();

function nextId(world: World): number {
  const id = (lastIds.get(world) ?? 0) + 1;
  lastIds.set(world, id);
  return id;
}

function nameOf(error: unknown): string {
  return isObError(error) ? error.name : String(error);
}
