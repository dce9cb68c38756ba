import { existsSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import {
  checkDatabaseFile,
  copyDatabaseFile,
  DatabaseFileError,
  encodeLogRecord,
  makeDatabaseFileDurable,
  openTenantDatabase,
  type TenantDatabase,
} from '../src/index.ts';

const fast = 1024 * 1024 * 1024;

// Worker threads take their time to start where the machine is busy.
t.setTimeout(120_000);

t.test('a copy is one state of the file, while its writer goes on', async (t) => {
  const { database, directory } = filledDatabase(t, 400);
  const target = join(directory, 'copy.sqlite');
  const digests = new Map([[database.appliedLsn, database.digest().digest]]);

  let copied: Awaited<ReturnType<typeof copyDatabaseFile>> | undefined;
  const copying = copyDatabaseFile({ file: database.file, target, bytesPerSecondMax: 8 * 1024 * 1024 });
  void copying.then((copy) => {
    copied = copy;
  });
  while (copied === undefined) {
    insert(database, 1);
    digests.set(database.appliedLsn, database.digest().digest);
    await nextTurn();
  }
  await copying;

  t.ok(digests.size > 2, 'it was written to meanwhile');
  const other = open(t, target);
  t.equal(other.appliedLsn, copied.lsn);
  t.equal(other.digest().digest, digests.get(copied.lsn));
  t.end();
});

t.test('a check reads the copy as it is on the disk, and leaves nothing beside it', async (t) => {
  const { database, directory } = filledDatabase(t, 50);
  const target = join(directory, 'copy.sqlite');
  const copy = await copyDatabaseFile({ file: database.file, target, bytesPerSecondMax: fast });

  t.strictSame(await checkDatabaseFile(target), copy);
  t.strictSame(
    readdirSync(directory).filter((name) => name.startsWith('copy')),
    ['copy.sqlite'],
  );

  const file = openSync(target, 'r+');
  writeSync(file, Buffer.alloc(4096, 0xee), 0, 4096, 4096 * 3);
  await t.rejects(checkDatabaseFile(target), DatabaseFileError, 'a page of something else');
  t.end();
});

t.test('a copy that is given up leaves no file', async (t) => {
  const { database, directory } = filledDatabase(t, 400);
  const target = join(directory, 'copy.sqlite');
  const given = new AbortController();
  const copying = copyDatabaseFile({ file: database.file, target, bytesPerSecondMax: 1024 }, given.signal);
  given.abort();

  await t.rejects(copying, DatabaseFileError);
  t.notOk(existsSync(target));
  t.end();
});

t.test('a database goes on with a copy in the place of its file', async (t) => {
  const { database: ahead, directory } = filledDatabase(t, 20);
  const copy = join(directory, 'copy.sqlite');
  const { lsn } = await copyDatabaseFile({ file: ahead.file, target: copy, bytesPerSecondMax: fast });
  const behind = open(t, join(directory, 'behind.sqlite'));
  behind.apply(
    1,
    encodeLogRecord({ kind: 'statements', statements: [{ sql: 'CREATE TABLE "d.old" (a)', binds: [] }] }),
  );
  const reader = behind.reader();
  const longReader = behind.snapshot();
  const unfinished = behind.begin();
  unfinished.run('INSERT INTO "d.old" VALUES (1)');
  const heard: number[] = [];
  behind.onReplaced(() => heard.push(behind.appliedLsn));

  behind.replaceWith(copy);

  t.strictSame(heard, [lsn]);
  t.equal(behind.digest().digest, ahead.digest().digest);
  t.strictSame(reader.all('SELECT count(*) FROM "d.t"'), [[20n]], 'a handle from before sees the new file');
  t.strictSame(
    longReader.all('SELECT count(*) FROM "d.old"'),
    [[0n]],
    'a snapshot from before sees the old one',
  );
  t.notOk(unfinished.open);
  insert(behind, 1);
  longReader.close();
  insert(behind, 1);
  const again = open(t, behind.file);
  t.equal(
    again.appliedLsn,
    lsn + 2,
    'the last user of the old file has taken nothing of the new one with it',
  );
  t.equal(again.digest().digest, behind.digest().digest);
  t.notOk(existsSync(copy));
  t.end();
});

t.test('what was committed is made durable beside a reader and an open write transaction', async (t) => {
  const { database } = filledDatabase(t, 20);
  const reader = database.snapshot();
  insert(database, 1);
  const open = database.begin();
  open.run('INSERT INTO "d.t" (v) VALUES (?)', ['later']);

  await makeDatabaseFileDurable(database.file);

  open.commit(database.appliedLsn + 1);
  reader.close();
  await makeDatabaseFileDurable(database.file);
  t.strictSame(database.reader().all('SELECT count(*) FROM "d.t"'), [[22n]]);
  t.end();
});

function filledDatabase(t: Test, rows: number): { database: TenantDatabase; directory: string } {
  const directory = t.testdir();
  const database = open(t, join(directory, 'tenant.sqlite'));
  const sql = 'CREATE TABLE "d.t" (id INTEGER PRIMARY KEY, v TEXT)';
  database.apply(1, encodeLogRecord({ kind: 'statements', statements: [{ sql, binds: [] }] }));
  insert(database, rows);
  return { database, directory };
}

function insert(database: TenantDatabase, rows: number): void {
  const transaction = database.begin();
  for (let row = 0; row < rows; row++)
    transaction.run('INSERT INTO "d.t" (v) VALUES (?)', ['some text '.repeat(200)]);
  transaction.commit(database.appliedLsn + 1);
}

function open(t: Test, file: string): TenantDatabase {
  const database = openTenantDatabase({ file, functions: [], aggregates: [] });
  t.teardown(() => database.close());
  return database;
}
