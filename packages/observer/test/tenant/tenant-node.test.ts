import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { copyDatabaseFile, decodeLogRecord, encodeLogRecord, openTenantDatabase } from '@sealane/storage';
import t, { type Test } from 'tap';
import { TenantNode } from '../../src/tenant/tenant-node.ts';
import { until } from '../session/cluster.ts';
import { sqliteEngine } from '../session/sqlite-engine.ts';
import { type MemoryLog, MemoryLogCluster } from './memory-log.ts';

t.test('the first leader gives a new tenant its catalog, once', async (t) => {
  const log = new MemoryLogCluster();
  const [first, second] = [open(t, log, 'a'), open(t, log, 'b')];
  t.equal(first.catalog().version, 0);
  log.elect('a');
  t.equal(first.serving, false, 'elected, but there is nothing to serve yet');
  await until(() => first.serving);
  log.elect('b');

  t.equal(second.serving, true);
  await until(() => second.database.appliedLsn === 3);
  t.equal(first.catalog().version, 2);
  t.throws(() => first.mustServe(), { name: 'OB_NOT_MASTER', details: { leader: 'b' } });
});

t.test(
  'an entry is committed on its leader, applied elsewhere, and is the same after a restart',
  async (t) => {
    const log = new MemoryLogCluster();
    const directory = t.testdir();
    const leader = open(t, log, 'a', directory);
    const follower = open(t, log, 'b', directory);
    await serve(log, leader);
    const lsn = await commit(leader, ['CREATE TABLE "d.t" (id INTEGER PRIMARY KEY, v TEXT)']);
    await commit(leader, undefined, `INSERT INTO "d.t" VALUES (1, 'a')`);

    t.equal(leader.database.appliedLsn, lsn + 1);
    t.strictSame(leader.database.digest(), follower.database.digest());
    log.leave('b');
    follower.database.close();
    await commit(leader, undefined, `INSERT INTO "d.t" VALUES (2, 'b')`);
    const again = open(t, log, 'b', directory);
    t.equal(again.database.appliedLsn, lsn + 1, 'it begins where it was');
    log.catchUp();
    t.strictSame(again.database.digest(), leader.database.digest());
  },
);

t.test(
  'a replica goes on with the file of another one: its catalog, its waiters, and what comes after',
  async (t) => {
    const log = new MemoryLogCluster();
    const directory = t.testdir();
    const leader = open(t, log, 'a', directory);
    const behind = open(t, log, 'b', directory);
    await serve(log, leader);
    await until(() => behind.database.appliedLsn === leader.database.appliedLsn);
    const paused = behind.log as MemoryLog;
    paused.isPaused = true;
    await commit(leader, ['CREATE TABLE "d.t" (id INTEGER PRIMARY KEY, v TEXT)']);
    const lsn = await commit(leader, undefined, `INSERT INTO "d.t" VALUES (1, 'a')`);
    const copy = join(directory, 'copy.sqlite');
    await copyDatabaseFile({ file: leader.database.file, target: copy, bytesPerSecondMax: 2 ** 30 });
    const versionBefore = behind.catalog().version;
    const waiting = behind.waitApplied(lsn, 5_000);

    behind.database.replaceWith(copy);

    await waiting;
    t.equal(behind.database.appliedLsn, lsn);
    t.ok(behind.catalog().version > versionBefore, 'the catalog is read anew');
    paused.isPaused = false;
    await commit(leader, undefined, `INSERT INTO "d.t" VALUES (2, 'b')`);
    log.catchUp();
    t.strictSame(
      behind.database.digest(),
      leader.database.digest(),
      'what it has already was dropped when it came',
    );
  },
);

t.test('what a leader executed ahead of the log is undone when it is deposed, open or waiting', async (t) => {
  const log = new MemoryLogCluster();
  const [a, b] = [open(t, log, 'a'), open(t, log, 'b')];
  await serve(log, a);
  await commit(a, ['CREATE TABLE "d.t" (id INTEGER PRIMARY KEY)']);
  const deposed: string[] = [];
  a.onDeposed(() => deposed.push('a'));

  const open1 = a.begin(joining);
  open1.run('INSERT INTO "d.t" VALUES (1)');
  log.elect('b');
  t.equal(open1.open, false);
  t.strictSame(deposed, ['a']);
  await t.rejects(a.commit(open1, { kind: 'noop' }), { name: 'OB_NOT_MASTER' });

  const waiting = b.begin(joining);
  waiting.run('INSERT INTO "d.t" VALUES (2)');
  log.stalling = true;
  const doubtful = b.commit(waiting, changesOf(waiting));
  doubtful.catch(() => undefined);
  await nextTurn();
  log.elect('a', { keepStalled: true });
  await t.rejects(doubtful, { name: 'OB_TRANS_UNKNOWN' });
  t.equal(b.admits(joining), true, 'there is room for whoever comes next');
  t.strictSame(b.database.reader().all('SELECT id FROM "d.t"'), [[2n]], 'it came back through the log');
  t.equal(a.database.digest().digest, b.database.digest().digest);
});

t.test('the same node elected again has lost what it had open', async (t) => {
  const log = new MemoryLogCluster();
  const a = open(t, log, 'a');
  await serve(log, a);
  const write = a.begin(joining);
  log.elect('a');

  t.equal(write.open, false);
  t.equal(a.serving, true);
});

t.test('a refused proposal is rolled back at once, and its place given up', async (t) => {
  const log = new MemoryLogCluster();
  const a = open(t, log, 'a');
  await serve(log, a);
  await commit(a, ['CREATE TABLE "d.t" (id INTEGER PRIMARY KEY)']);
  const write = a.begin(joining);
  write.run('INSERT INTO "d.t" VALUES (1)');
  const record = changesOf(write);
  (a.log as MemoryLog).refuses = true;

  await t.rejects(a.commit(write, record), { name: 'OB_NOT_MASTER' });
  t.equal(a.admits(joining), true);
  t.equal(write.open, false);
  t.strictSame(a.database.reader().all('SELECT * FROM "d.t"'), []);
});

t.test('who waits for an entry is told when it is applied, or that it was not in time', async (t) => {
  const log = new MemoryLogCluster();
  const a = open(t, log, 'a');
  await serve(log, a);
  const waiting = a.waitApplied(a.database.appliedLsn + 1, 1000);
  await t.rejects(a.waitApplied(a.database.appliedLsn + 9, 5), { name: 'OB_TIMEOUT' });
  await commit(a, ['CREATE TABLE "d.t" (id INTEGER PRIMARY KEY)']);

  await t.resolves(waiting);
  await t.resolves(a.waitApplied(1, 0));
});

t.test('log records say what they are', (t) => {
  t.strictSame(decodeLogRecord(encodeLogRecord({ kind: 'noop' })), { kind: 'noop' });
  t.strictSame(decodeLogRecord(new Uint8Array()), { kind: 'noop' });
  const statements = [{ sql: 'SELECT ?', binds: [1n, 'x', null, 1.5, Uint8Array.of(1)] }];
  t.match(decodeLogRecord(encodeLogRecord({ kind: 'statements', statements })), {
    kind: 'statements',
    statements,
  });
  const records = [encodeLogRecord({ kind: 'noop' }), encodeLogRecord({ kind: 'statements', statements })];
  t.match(decodeLogRecord(encodeLogRecord({ kind: 'batch', records })), { kind: 'batch', records });
  const nested = encodeLogRecord({ kind: 'batch', records: [encodeLogRecord({ kind: 'batch', records })] });
  t.throws(() => decodeLogRecord(nested), { message: /has another one in it/ });
  t.throws(() => decodeLogRecord(Uint8Array.of(3, 0, 9)), { message: /follows the last record/ });
  t.end();
});

function open(t: Test, log: MemoryLogCluster, server: string, directory = t.testdir()): TenantNode {
  const database = openTenantDatabase({
    file: join(directory, `${server}.db`),
    functions: [],
    aggregates: [],
  });
  t.teardown(() => {
    try {
      database.close();
    } catch {
      // The test has closed it itself.
    }
  });
  return new TenantNode({
    tenantId: 1002,
    tenant: 'test',
    self: server,
    database,
    engine: sqliteEngine,
    openLog: (hooks) => log.join(server, hooks),
    logger: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
}

async function serve(log: MemoryLogCluster, node: TenantNode): Promise<void> {
  log.elect(node.self);
  await until(() => node.serving);
}

const joining = { foreignKeys: true, recorded: true, company: 'joins' } as const;

function changesOf(write: ReturnType<TenantNode['begin']>) {
  return { kind: 'changes' as const, changeset: write.changes() ?? new Uint8Array() };
}

async function commit(node: TenantNode, ddl: readonly string[] | undefined, dml?: string): Promise<number> {
  const write = node.begin({ ...joining, recorded: ddl === undefined });
  const statements = (ddl ?? []).map((sql) => ({ sql, binds: [] }));
  for (const { sql } of statements) write.run(sql);
  if (dml !== undefined) write.run(dml);
  const record = ddl === undefined ? changesOf(write) : { kind: 'statements' as const, statements };
  return node.commit(write, record);
}
