import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { isObError, ObError } from '@sealane/errors';
import {
  decodeChangeset,
  decodeLogRecord,
  encodeLogRecord,
  type LogRecord,
  openTenantDatabase,
  StorageError,
  type TenantDatabase,
} from '@sealane/storage';
import fc from 'fast-check';
import t from 'tap';
import { TenantNode } from '../../src/tenant/tenant-node.ts';
import { type Writer, Writers } from '../../src/transaction/writers.ts';
import { sqliteEngine } from '../session/sqlite-engine.ts';
import { type Client, type Operation, type Rows, type Step, steps } from './round-script.ts';
import { ScriptedLog } from './scripted-log.ts';

t.test(
  'whatever the log does, the file holds what is committed, and every answer is true',
  { timeout: 120_000 },
  async (t) => {
    const seen = { ok: 0, answered: 0, unknown: 0, refused: 0, undone: 0, together: 0, shared: 0 };
    const root = t.testdir();
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
    t.comment(`SEED=${seed}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(steps, { minLength: 20, maxLength: 80, size: 'max' }),
        fc.integer({ min: 1, max: 8 }),
        async (script, countMax) => {
          const world = new World(mkdtempSync(join(root, 'world-')), countMax);
          try {
            for (const step of script) await world.take(step);
            await world.settle();
            world.check();
            for (const [name, times] of Object.entries(world.seen)) seen[name as keyof typeof seen] += times;
          } finally {
            world.close();
          }
        },
      ),
      { numRuns: 100, seed },
    );
    t.comment(seen);
    for (const [name, times] of Object.entries(seen)) t.ok(times > 0, `${name}: ${times} times`);
  },
);

type Outcome =
  /** In the log, by its own word. */
  | { readonly kind: 'ok'; readonly lsn: number; readonly results: readonly (number | 'duplicate')[] }
  /** It has an answer and left nothing; what the answer tells of was true between these two states. */
  | {
      readonly kind: 'answered';
      readonly result: number | 'duplicate';
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: 'unknown' | 'refused' };

interface Sent {
  readonly client: Client;
  outcome: Outcome | undefined;
}

/** One node with its scripted log, a follower that applies what is committed, and the clients of both. */
class World {
  readonly seen = { ok: 0, answered: 0, unknown: 0, refused: 0, undone: 0, together: 0, shared: 0 };
  readonly #database: TenantDatabase;
  readonly #follower: TenantDatabase;
  readonly #node: TenantNode;
  readonly #log: ScriptedLog;
  readonly #writers: Writers;
  readonly #sent: Sent[] = [];
  readonly #running = new Set<Promise<void>>();
  /** Rows after each LSN. */
  readonly #states: Rows[] = [new Map()];
  /** Rows after each transaction of the entry with this LSN: who executes between two that share it sees the first. */
  readonly #between: Rows[][] = [[]];
  /** Where a client's transaction came to stand, and what it found there. */
  readonly #inLog = new Map<
    Sent,
    { readonly lsn: number; readonly results: readonly (number | 'duplicate')[] }
  >();
  readonly #foreign = new Map<Uint8Array, Operation>();
  #steps = 0;
  /** Finished, and not answered. */
  #committing = 0;
  /** What no client should ever get. */
  #broken: unknown;

  constructor(directory: string, countMax: number) {
    const open = (name: string) =>
      openTenantDatabase({ file: join(directory, name), functions: [], aggregates: [] });
    this.#database = open('node.db');
    this.#follower = open('follower.db');
    let log: ScriptedLog | undefined;
    this.#node = new TenantNode({
      tenantId: 1002,
      tenant: 'test',
      self: 'self',
      database: this.#database,
      engine: sqliteEngine,
      openLog: (hooks) => {
        log = new ScriptedLog(hooks);
        return log;
      },
      roundBounds: { countMax, ageMaxMs: 60_000, gatherMs: 0 },
      logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    });
    this.#log = log as unknown as ScriptedLog;
    this.#writers = new Writers(this.#node);
    this.#node.onDeposed(() => this.#writers.refuseWaiting());
    const statements = [
      ...sqliteEngine.initialStatements(),
      { sql: 'CREATE TABLE "d.t" (k INTEGER PRIMARY KEY, v INTEGER)', binds: [] },
      { sql: 'CREATE TABLE "d.done" (client INTEGER PRIMARY KEY)', binds: [] },
      { sql: 'CREATE TABLE "__variable" (name TEXT PRIMARY KEY, value)', binds: [] },
    ];
    this.#log.commitForeign([{ kind: 'data', payload: encodeLogRecord({ kind: 'statements', statements }) }]);
    this.#log.elect();
  }

  /** One step, and a moment for what follows from it; sometimes none. */
  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'client':
        // Of a node that doesn't lead there is not much to learn.
        if (!this.#node.serving && this.#steps % 2 === 0) this.#log.elect();
        this.#start(step.client);
        break;
      case 'append':
        this.#log.append(step.count);
        break;
      case 'commit':
        this.#log.commit(step.count);
        break;
      case 'members':
        if (this.#node.serving) this.#log.appendMembers();
        break;
      case 'refuse':
        this.#log.refuse(new ObError('OB_QUEUE_OVERFLOW'));
        break;
      case 'give-up':
        this.#log.giveUpWaiting();
        break;
      case 'depose':
        if (this.#node.serving) this.#log.depose(Math.min(step.kept, this.#log.appendedCount));
        break;
      case 'elect':
        if (!this.#node.serving) this.#log.elect();
        break;
      case 'foreign':
        if (!this.#node.serving) this.#writeElsewhere();
        break;
      case 'pause':
        await new Promise((resolve) => setImmediate(resolve));
        break;
    }
    // Promises go on between most steps, but not between all.
    if (++this.#steps % 3 !== 0) await Promise.resolve();
    // So do turns of the event loop: at the end of one is proposed what was executed in it.
    if (this.#steps % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    this.#checkFile();
  }

  /** Faults are over: everything comes to its end. */
  async settle(): Promise<void> {
    if (!this.#node.serving) this.#log.elect();
    for (let turn = 0; this.#running.size > 0; turn++) {
      if (turn > 500) throw new Error(`${this.#running.size} clients have no answer: ${this.#broken}`);
      await new Promise((resolve) => setImmediate(resolve));
      this.#log.append(10);
      this.#log.commit(10);
      this.#checkFile();
    }
    // What came through after its client was told that nobody knows.
    this.#log.append(100);
    this.#log.commit(100);
    await new Promise((resolve) => setImmediate(resolve));
    this.#checkFile();
  }

  check(): void {
    if (this.#broken !== undefined) throw this.#broken;
    const last = this.#log.committed.at(-1)?.lsn ?? 0;
    equal(this.#database.appliedLsn, last, 'everything is in the file');
    this.#follow();
    equal(this.#follower.digest().digest, this.#database.digest().digest, 'the follower has the same');
    for (const sent of this.#sent) this.#checkOutcome(sent);
  }

  close(): void {
    this.#database.close();
    this.#follower.close();
  }

  #checkOutcome(sent: Sent): void {
    const { client, outcome } = sent;
    const place = this.#inLog.get(sent);
    if (outcome === undefined) throw new Error('no answer');
    this.seen[outcome.kind]++;
    switch (outcome.kind) {
      case 'ok':
        equal(place?.lsn, outcome.lsn, 'what is acknowledged is in the log, under the LSN that was told');
        equal(outcome.results, place?.results, 'its answers are those of its place in the log');
        break;
      case 'answered': {
        equal(place, undefined, 'it has left nothing');
        if (client.kind !== 'single') return;
        const { from, to } = outcome;
        const states = [...this.#states.slice(from, to + 1), ...this.#between.slice(from + 1, to + 1).flat()];
        const possible = states.map((rows) => client.operation.model(new Map(rows)));
        if (!possible.includes(outcome.result)) {
          throw new Error(`${outcome.result} after ${client.operation.sql} was never true: ${possible}`);
        }
        break;
      }
      case 'refused':
        equal(place, undefined, 'what failed is nowhere');
        break;
      case 'unknown':
        break;
    }
  }

  /** At any moment the file is the state after the LSN that it names. */
  #checkFile(): void {
    for (let lsn = this.#states.length; lsn <= this.#log.committed.length; lsn++) this.#modelEntry(lsn);
    const rows = this.#database.reader().all('SELECT k, v FROM "d.t" ORDER BY k');
    const expected = [...(this.#states[this.#database.appliedLsn] ?? [])].toSorted(([a], [b]) => a - b);
    equal(
      rows.map((row) => row.map(Number)),
      expected,
      `the file at LSN ${this.#database.appliedLsn}`,
    );
  }

  #modelEntry(lsn: number): void {
    const rows = new Map(this.#states[lsn - 1]);
    const entry = this.#log.committed[lsn - 1];
    const payload = entry?.kind === 'data' ? entry.payload : new Uint8Array();
    const clients = clientsOf(decodeLogRecord(payload));
    const between: Rows[] = [];
    if (clients.length > 1) this.seen.shared++;
    for (const index of clients) {
      const sent = this.#sent[index];
      if (sent === undefined || this.#inLog.has(sent)) throw new Error(`client ${index} is in the log twice`);
      this.#inLog.set(sent, { lsn, results: operationsOf(sent.client).map(({ model }) => model(rows)) });
      between.push(new Map(rows));
    }
    this.#foreign.get(payload)?.model(rows);
    this.#states.push(rows);
    this.#between.push(between);
  }

  #start(client: Client): void {
    const sent: Sent = { client, outcome: undefined };
    this.#sent.push(sent);
    const from = this.#database.appliedLsn;
    const running = this.#run(sent, from)
      .then((outcome) => {
        sent.outcome = outcome;
      })
      .catch((error: unknown) => {
        if (!isObError(error)) this.#broken ??= error;
        sent.outcome = { kind: isObError(error, 'OB_TRANS_UNKNOWN') ? 'unknown' : 'refused' };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #run(sent: Sent, from: number): Promise<Outcome> {
    const { client } = sent;
    switch (client.kind) {
      case 'single':
        return this.#single(sent, client.operation, client.foreignKeys, from);
      case 'explicit':
        return this.#explicit(sent, client.operations, client.rolledBack);
      case 'ddl':
        return this.#ddl(sent);
      case 'disk':
        return this.#disk();
    }
  }

  /** As an autocommit statement. */
  async #single(sent: Sent, operation: Operation, foreignKeys: boolean, from: number): Promise<Outcome> {
    const writer = await this.#acquire('joins', foreignKeys);
    if (!writer.write.open) return this.#killed(writer);
    const before = this.#log.queuedCount + this.#log.appendedCount;
    const result = execute(writer, operation);
    const changes = this.#changes(sent, writer);
    if (changes === undefined) {
      await this.#writers.conclude(writer);
      return { kind: 'answered', result, from, to: this.#database.appliedLsn };
    }
    if (before > 0) this.seen.together++;
    const lsn = await this.#commit(writer, changes);
    return { kind: 'ok', lsn, results: [result] };
  }

  /** As BEGIN, some statements with time between them, and COMMIT or ROLLBACK. */
  async #explicit(sent: Sent, list: readonly Operation[], rolledBack: boolean): Promise<Outcome> {
    const writer = await this.#acquire('begins', true);
    const results: (number | 'duplicate')[] = [];
    for (const operation of list) {
      if (!writer.write.open) return this.#killed(writer);
      results.push(execute(writer, operation));
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (!writer.write.open) return this.#killed(writer);
    const changes = rolledBack ? undefined : this.#changes(sent, writer);
    if (changes === undefined) {
      await this.#writers.conclude(writer);
      return { kind: 'answered', result: 0, from: 0, to: 0 };
    }
    const lsn = await this.#commit(writer, changes);
    return { kind: 'ok', lsn, results };
  }

  async #ddl(sent: Sent): Promise<Outcome> {
    const writer = await this.#acquire('alone', false, false);
    if (!writer.write.open) return this.#killed(writer);
    const sql = `CREATE TABLE "d.made${this.#sent.indexOf(sent)}" (id INTEGER PRIMARY KEY)`;
    const statements = [{ sql, binds: [] }, this.#mark(sent)];
    for (const { sql: each, binds } of statements) writer.write.run(each, binds);
    const committed = this.#node.commit(writer.write, { kind: 'statements', statements });
    writer.release();
    return { kind: 'ok', lsn: await committed, results: [] };
  }

  /** A statement that makes SQLite roll everything back. */
  async #disk(): Promise<Outcome> {
    const writer = await this.#acquire('joins', true);
    if (!writer.write.open) return this.#killed(writer);
    if (writer.write.all('SELECT 1 FROM "d.t"').length === 0)
      writer.write.run('INSERT INTO "d.t" VALUES (1, 0)');
    try {
      writer.write.run('INSERT OR ROLLBACK INTO "d.t" SELECT k, v FROM "d.t"');
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (this.#committing > 0) this.seen.undone++;
      this.#writers.giveUp(writer);
      return { kind: 'refused' };
    }
    throw new Error('SQLite has not rolled back');
  }

  /** What has an effect is told apart by a row of its own. */
  #changes(sent: Sent, { write }: Writer): Uint8Array | undefined {
    if (write.changes() === undefined) return undefined;
    const { sql, binds } = this.#mark(sent);
    write.run(sql, binds);
    return write.changes();
  }

  #mark(sent: Sent): { sql: string; binds: bigint[] } {
    return { sql: 'INSERT INTO "d.done" VALUES (?)', binds: [BigInt(this.#sent.indexOf(sent))] };
  }

  #killed(writer: Writer): Outcome {
    this.#writers.giveUp(writer);
    return { kind: 'refused' };
  }

  #acquire(company: 'joins' | 'begins' | 'alone', foreignKeys: boolean, recorded = true): Promise<Writer> {
    return this.#writers.acquire({ company, foreignKeys, recorded, timeoutMs: 60_000 });
  }

  async #commit({ write, release }: Writer, changeset: Uint8Array): Promise<number> {
    this.#committing++;
    const committed = this.#node.commit(write, { kind: 'changes', changeset });
    release();
    return committed.finally(() => this.#committing--);
  }

  /** Another leader executes something: on the follower's copy, which is as new as the log. */
  #writeElsewhere(): void {
    this.#follow();
    const operation: Operation = { sql: '', model: (rows) => rows.set(9, (rows.get(9) ?? 0) + 1).size };
    const write = this.#follower.begin();
    write.run('INSERT INTO "d.t" VALUES (9, 1) ON CONFLICT (k) DO UPDATE SET v = v + 1');
    const changeset = write.changes() ?? new Uint8Array();
    write.rollback();
    const payload = encodeLogRecord({ kind: 'changes', changeset });
    this.#foreign.set(payload, operation);
    this.#log.commitForeign([{ kind: 'data', payload }]);
  }

  #follow(): void {
    const entries = this.#log.committed
      .slice(this.#follower.appliedLsn)
      .map(({ lsn, kind, payload }) => ({ lsn, record: kind === 'data' ? payload : new Uint8Array() }));
    this.#follower.applyAll(entries);
  }
}

/** The clients whose transactions share an entry, in their order. */
function clientsOf(record: LogRecord): number[] {
  switch (record.kind) {
    case 'noop':
      return [];
    case 'changes':
      return [...decodeChangeset(record.changeset)].flatMap((event) =>
        event.table === 'd.done' && event.op === 'insert' ? [Number(event.new[0])] : [],
      );
    case 'statements':
      return record.statements.flatMap(({ sql, binds }) =>
        sql.includes('"d.done" VALUES') ? [Number(binds[0])] : [],
      );
    case 'batch':
      return record.records.flatMap((each) => clientsOf(decodeLogRecord(each)));
  }
}

function operationsOf(client: Client): readonly Operation[] {
  if (client.kind === 'single') return [client.operation];
  return client.kind === 'explicit' ? client.operations : [];
}

function execute({ write }: Writer, { sql }: Operation): number | 'duplicate' {
  try {
    return write.run(sql).changes;
  } catch (error) {
    if (error instanceof StorageError && error.constraint !== undefined) return 'duplicate';
    throw error;
  }
}

function equal(found: unknown, wanted: unknown, what: string): void {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
}
