import { statSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  DivergenceError,
  encodeLogRecord,
  makeDatabaseFileDurable,
  openTenantDatabase,
  openTenantReader,
  StorageError,
  type TenantDatabase,
} from '../src/index.ts';

t.test('what was committed is there after a restart with its LSN, what was not is gone', (t) => {
  const file = join(t.testdir(), 'tenant.db');
  const first = open(file);
  write(first, 1, 'CREATE TABLE "d.t" (id INTEGER PRIMARY KEY, v TEXT)');
  write(first, 2, 'INSERT INTO "d.t" VALUES (1, \'kept\')');
  const unfinished = first.begin();
  unfinished.run('INSERT INTO "d.t" VALUES (2, \'lost\')');
  t.strictSame(first.reader().all('SELECT v FROM "d.t"'), [['kept']], 'a reader sees what is committed only');
  t.strictSame(unfinished.all('SELECT count(*) FROM "d.t"'), [[2n]], 'the writer sees its own rows');
  first.close();

  const second = open(file);
  t.teardown(() => second.close());

  t.equal(second.appliedLsn, 2);
  t.strictSame(second.reader().all('SELECT id, v FROM "d.t"'), [[1n, 'kept']]);
  t.end();
});

t.test('a log entry is applied once, in order', (t) => {
  const database = openFor(t);
  write(database, 5, 'CREATE TABLE "d.t" (id INTEGER PRIMARY KEY)');

  t.throws(() => database.apply(5, encodeLogRecord({ kind: 'noop' })), DivergenceError);
  t.strictSame(database.apply(6, new Uint8Array()), { schemaChanged: false, tables: new Set() });
  t.equal(database.appliedLsn, 6);
  t.end();
});

t.test('a transaction that is over refuses everything, and one at a time is open', (t) => {
  const database = openFor(t);
  const transaction = database.begin();
  t.throws(() => database.begin(), /is open/);
  t.throws(() => database.apply(1, new Uint8Array()), /is open/);
  transaction.rollback();
  transaction.rollback();

  t.throws(() => transaction.run('SELECT 1'), /is over/);
  t.throws(() => transaction.commit(1), /is over/);
  t.equal(database.appliedLsn, 0);
  t.end();
});

t.test('a round becomes durable at once, and what was undone in it is not among it', (t) => {
  const database = openFor(t);
  write(database, 1, 'CREATE TABLE "d.t" (id INTEGER PRIMARY KEY)');
  const round = database.round();
  const first = round.begin();
  t.throws(() => round.begin(), /is open/);
  t.throws(() => round.commit(2), /is open/);
  first.run('INSERT INTO "d.t" VALUES (1)');
  const changes = first.changes();
  first.keep();
  const undone = round.begin();
  undone.run('INSERT INTO "d.t" VALUES (2)');
  undone.rollback();
  const second = round.begin();
  second.run('INSERT INTO "d.t" SELECT id + 2 FROM "d.t"');
  t.not(second.changes(), changes, 'its own changes only');
  second.keep();
  t.strictSame(database.reader().all('SELECT id FROM "d.t"'), [], 'nobody sees any of it');
  t.equal(database.appliedLsn, 1);
  round.commit(3);

  t.strictSame(database.reader().all('SELECT id FROM "d.t"'), [[1n], [3n]]);
  t.equal(database.appliedLsn, 3);
  t.throws(() => round.begin(), /is over/);
  const given = database.round();
  const open = given.begin();
  open.run('INSERT INTO "d.t" VALUES (4)');
  given.rollback();
  t.throws(() => open.keep(), /is over/);
  open.rollback();
  t.strictSame(database.reader().all('SELECT max(id) FROM "d.t"'), [[3n]]);
  t.end();
});

t.test('entries applied together are there together, or none of them', (t) => {
  const database = openFor(t);
  write(database, 1, 'CREATE TABLE "d.t" (id INTEGER PRIMARY KEY)');
  const insert = (id: number) => ({
    lsn: id + 1,
    record: encodeLogRecord({
      kind: 'statements',
      statements: [{ sql: 'INSERT INTO "d.t" VALUES (?)', binds: [BigInt(id)] }],
    }),
  });
  t.throws(() => database.applyAll([insert(1), { ...insert(1), lsn: 3 }]), {
    name: 'DivergenceError',
    message: /log entry 3 /,
  });
  t.strictSame(database.reader().all('SELECT id FROM "d.t"'), []);
  database.applyAll([]);
  database.applyAll([insert(1), insert(2)]);

  t.strictSame(database.reader().all('SELECT id FROM "d.t"'), [[1n], [2n]]);
  t.equal(database.appliedLsn, 3);
  t.end();
});

t.test('savepoints undo a part, and what they undid is not in the changes', (t) => {
  const database = openFor(t);
  write(database, 1, 'CREATE TABLE "d.t" (id INTEGER PRIMARY KEY)');
  const transaction = database.begin();
  t.equal(transaction.changes(), undefined, 'nothing changed yet');
  transaction.savepoint('a "quoted" name');
  transaction.run('INSERT INTO "d.t" VALUES (1)');
  transaction.rollbackTo('a "quoted" name');
  t.equal(transaction.changes(), undefined);
  transaction.release('a "quoted" name');
  transaction.run('INSERT INTO "d.t" VALUES (2)');

  t.ok(transaction.changes());
  transaction.commit(2);

  t.strictSame(database.reader().all('SELECT id FROM "d.t"'), [[2n]]);
  t.end();
});

t.test('a broken rule names its table, columns or index', (t) => {
  const database = openFor(t);
  write(
    database,
    1,
    `CREATE TABLE "d.t" (a INTEGER NOT NULL, b TEXT NOT NULL, "c.d" TEXT, PRIMARY KEY (a, b))`,
    `CREATE UNIQUE INDEX "d.t.u" ON "d.t" ("c.d")`,
    `CREATE TABLE "d.p" (a INTEGER PRIMARY KEY, b TEXT)`,
    `CREATE UNIQUE INDEX "d.p.p" ON "d.p" (substr(b, 1, 1))`,
    `INSERT INTO "d.p" VALUES (1, 'one')`,
    `CREATE TABLE "d.child" (a INTEGER PRIMARY KEY, b INTEGER REFERENCES "d.child" (a))`,
    `INSERT INTO "d.t" VALUES (1, 'x', 'one')`,
    `INSERT INTO "d.child" VALUES (1, NULL)`,
  );
  const broken = (sql: string) => {
    const transaction = database.begin();
    try {
      transaction.run(sql);
    } catch (error) {
      return error instanceof StorageError ? error.constraint : error;
    } finally {
      transaction.rollback();
    }
    return 'nothing broke';
  };

  t.strictSame(broken(`INSERT INTO "d.t" VALUES (1, 'x', 'two')`), {
    kind: 'primary-key',
    table: 'd.t',
    columns: ['a', 'b'],
    index: undefined,
  });
  t.match(broken(`INSERT INTO "d.t" VALUES (2, 'y', 'one')`), { kind: 'unique', columns: ['c.d'] });
  t.match(broken(`INSERT INTO "d.p" VALUES (2, 'other')`), { kind: 'unique', index: 'd.p.p' });
  t.match(broken(`INSERT INTO "d.t" VALUES (2, NULL, '')`), {
    kind: 'not-null',
    table: 'd.t',
    columns: ['b'],
  });
  t.match(broken('INSERT INTO "d.child" VALUES (2, 5)'), { kind: 'foreign-key' });
  t.match(broken('INSERT INTO "d.child" VALUES (1, NULL)'), { kind: 'primary-key', columns: ['a'] });
  t.end();
});

t.test('foreign keys bind a transaction unless it asks otherwise', (t) => {
  const database = openFor(t);
  write(database, 1, `CREATE TABLE "d.c" (a INTEGER PRIMARY KEY, b INTEGER REFERENCES "d.c" (a))`);

  const bound = database.begin();
  t.throws(() => bound.run('INSERT INTO "d.c" VALUES (1, 9)'), { message: /FOREIGN KEY/ });
  bound.rollback();
  const free = database.begin({ foreignKeys: false });
  free.run('INSERT INTO "d.c" VALUES (1, 9)');
  free.commit(2);

  t.strictSame(database.reader().all('SELECT a, b FROM "d.c"'), [[1n, 9n]]);
  t.end();
});

t.test('a snapshot goes on seeing what it saw', (t) => {
  const database = openFor(t);
  write(database, 1, 'CREATE TABLE "d.t" (id INTEGER PRIMARY KEY)');
  const snapshot = database.snapshot();
  t.teardown(() => snapshot.close());
  write(database, 2, 'INSERT INTO "d.t" VALUES (1)');

  t.strictSame(snapshot.all('SELECT count(*) FROM "d.t"'), [[0n]]);
  t.strictSame(database.reader().all('SELECT count(*) FROM "d.t"'), [[1n]]);
  t.end();
});

t.test('no commit has more to move out of the write-ahead file than a few hundred pages', (t) => {
  const file = join(t.testdir(), 'tenant.db');
  const database = open(file);
  t.teardown(() => database.close());
  write(database, 1, 'CREATE TABLE "d.t" (id INTEGER PRIMARY KEY, v TEXT)');
  for (let lsn = 2; lsn < 500; lsn++) write(database, lsn, `INSERT INTO "d.t" VALUES (${lsn}, 'a')`);

  const pages = statSync(`${file}-wal`).size / 4096;
  t.ok(pages > 250 && pages < 300, `${Math.round(pages)} pages`);
  t.end();
});

t.test('readers can fill temporary tables and call functions, and write nothing else', (t) => {
  const database = openTenantDatabase({
    file: join(t.testdir(), 'tenant.db'),
    functions: [{ name: 'sl_twice', deterministic: true, call: (value) => (value as bigint) * 2n }],
    aggregates: [
      {
        name: 'sl_total',
        start: () => 0n,
        step: (sum: bigint, value: unknown) => sum + (value as bigint),
        result: (sum: bigint) => sum,
      },
    ] as never,
  });
  t.teardown(() => database.close());
  write(database, 1, 'CREATE TABLE "d.t" (id INTEGER PRIMARY KEY)');
  const reader = database.reader();
  reader.run('CREATE TEMP TABLE "oceanbase.V" (n INTEGER)');
  reader.run('INSERT INTO temp."oceanbase.V" VALUES (4), (5)');

  t.strictSame(reader.all('SELECT sl_twice(max(n)), sl_total(n) FROM temp."oceanbase.V"'), [[10n, 9n]]);
  t.throws(() => reader.run('INSERT INTO "d.t" VALUES (1)'), StorageError);
  t.end();
});

function open(file: string): TenantDatabase {
  return openTenantDatabase({ file, functions: [], aggregates: [] });
}

function openFor(t: Test): TenantDatabase {
  const database = open(join(t.testdir(), 'tenant.db'));
  t.teardown(() => database.close());
  return database;
}

function write(database: TenantDatabase, lsn: number, ...statements: string[]): void {
  const transaction = database.begin({ recorded: false });
  for (const sql of statements) transaction.run(sql);
  transaction.commit(lsn);
}

t.test('a reader stands in nobody’s way: it sees one state, and gives it up', async (t) => {
  const file = join(t.testdir(), 'data.sqlite');
  const database = openTenantDatabase({ file, functions: [], aggregates: [] });
  const reader = openTenantReader({ file, functions: [], aggregates: [] });
  t.teardown(() => {
    reader.close();
    database.close();
  });
  write(database, 1, 'CREATE TABLE t (id INTEGER PRIMARY KEY)');
  t.equal(reader.begin(), 1);
  write(database, 2, 'INSERT INTO t VALUES (1), (2)');

  await makeDatabaseFileDurable(file);
  t.strictSame(reader.all('SELECT count(*) FROM t'), [[0n]]);
  reader.end();
  t.equal(reader.begin(), 2);
  t.strictSame([...reader.each('SELECT id FROM t')], [[1n], [2n]]);
  t.throws(() => reader.run('INSERT INTO t VALUES (3)'), /readonly/);
  t.throws(() => [...reader.each('SELECT nothing FROM t')], { name: 'StorageError' });
});
