import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  DivergenceError,
  decodeChangeset,
  encodeChangeset,
  encodeLogRecord,
  openTenantDatabase,
  type SqlHandle,
  type SqlValue,
  type StoredStatement,
  type TenantDatabase,
} from '../src/index.ts';

// Each run makes files, and disks may be slow.
t.setTimeout(120_000);

/** One table of each kind that gave, or might give, trouble. */
const schema = [
  'CREATE TABLE "d.plain" (id INTEGER PRIMARY KEY, v)',
  'CREATE TABLE "d.unique" (id INTEGER PRIMARY KEY, u INTEGER, v, w REAL)',
  'CREATE UNIQUE INDEX "d.unique.u" ON "d.unique" (u)',
  'CREATE TABLE "d.folded" (k TEXT COLLATE NOCASE NOT NULL, id INTEGER NOT NULL, v, PRIMARY KEY (k, id))',
  'CREATE TABLE "d.bare" (k TEXT COLLATE NOCASE NOT NULL, u TEXT, PRIMARY KEY (k)) WITHOUT ROWID',
  'CREATE UNIQUE INDEX "d.bare.u" ON "d.bare" (substr(u, 1, 1))',
  `CREATE TABLE "d.child" (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES "d.plain" (id) ON DELETE CASCADE
     ON UPDATE CASCADE, half INTEGER GENERATED ALWAYS AS (id * 2) STORED, v TEXT)`,
  'CREATE TABLE "d.wide" (a TEXT NOT NULL, b BLOB NOT NULL, c, d, e, PRIMARY KEY (b, a))',
].map((sql): StoredStatement => ({ sql, binds: [] }));

const values: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double({ noNaN: true }),
  fc.string({ unit: 'binary' }),
  fc.constant('\uFEFFmarked'),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
);

/** Few keys, so that statements meet the same rows; some spelled in both cases. */
const id = fc.integer({ min: 1, max: 5 });
const word = fc.constantFrom('a', 'A', 'b', 'B', 'ab', 'é', 'É');
const scalar = fc.constantFrom(
  'NULL',
  '0',
  '1',
  '1.0',
  '-2.5',
  "'x'",
  "'X'",
  "x'00ff'",
  '9223372036854775807',
);

const statements = fc.oneof(
  fc.tuple(id, scalar).map(([k, v]) => `INSERT OR REPLACE INTO "d.plain" VALUES (${k}, ${v})`),
  fc.tuple(id, scalar).map(([k, v]) => `UPDATE "d.plain" SET v = ${v} WHERE id <= ${k}`),
  fc.tuple(id, id).map(([a, b]) => `UPDATE OR REPLACE "d.plain" SET id = ${a} WHERE id = ${b}`),
  id.map((k) => `DELETE FROM "d.plain" WHERE id = ${k}`),
  fc.tuple(id, id, scalar).map(([k, u, v]) => `INSERT INTO "d.unique" VALUES (${k}, ${u}, ${v}, ${u} / 2.0)`),
  fc
    .tuple(id, id, scalar)
    .map(([k, u, v]) => `INSERT OR REPLACE INTO "d.unique" VALUES (${k}, ${u}, ${v}, 0)`),
  fc.tuple(id, scalar).map(([k, v]) => `UPDATE "d.unique" SET u = 10 - u, v = ${v} WHERE id <> ${k}`),
  id.map((k) => `UPDATE "d.unique" SET u = 6 - u, id = 6 - id WHERE id = ${k}`),
  id.map((k) => `DELETE FROM "d.unique" WHERE u = ${k}`),
  fc
    .tuple(word, id, scalar)
    .map(([w, k, v]) => `INSERT OR REPLACE INTO "d.folded" VALUES ('${w}', ${k}, ${v})`),
  fc.tuple(word, word).map(([a, b]) => `UPDATE OR REPLACE "d.folded" SET k = '${a}' WHERE k = '${b}'`),
  fc.tuple(word, scalar).map(([w, v]) => `UPDATE "d.folded" SET v = ${v} WHERE k = '${w}'`),
  word.map((w) => `DELETE FROM "d.folded" WHERE k = '${w}'`),
  fc.tuple(word, word).map(([k, u]) => `INSERT INTO "d.bare" VALUES ('${k}', '${u}')`),
  fc.tuple(word, word).map(([k, u]) => `INSERT OR REPLACE INTO "d.bare" VALUES ('${k}', '${u}')`),
  fc.tuple(word, word).map(([a, b]) => `UPDATE "d.bare" SET k = '${a}' WHERE k = '${b}'`),
  fc.tuple(id, id).map(([k, p]) => `INSERT INTO "d.child" VALUES (${k}, ${p}, 'text')`),
  id.map((k) => `UPDATE "d.child" SET id = 6 - id, v = v || 'x' WHERE id = ${k}`),
  fc
    .tuple(scalar, word)
    .map(([v, w]) => `INSERT OR REPLACE INTO "d.wide" VALUES ('${w}', x'01', ${v}, ${v}, 1)`),
  word.map((w) => `UPDATE "d.wide" SET c = d, d = e, e = c WHERE a = '${w}'`),
);

const transactions = fc.record({
  statements: fc.array(statements, { minLength: 1, maxLength: 12 }),
  savepoint: fc.nat(12),
  rolledBack: fc.boolean(),
});

t.test('whatever a transaction does, applying its changes makes an equal copy', (t) => {
  let changed = 0;
  const root = t.testdir();
  fc.assert(
    fc.property(fc.array(transactions, { minLength: 1, maxLength: 4 }), (history) => {
      const { original, copy } = pair(root);
      let lsn = 1;
      for (const { statements, savepoint, rolledBack } of history) {
        const changes = transact(original, lsn + 1, statements, savepoint, rolledBack);
        if (changes === undefined) continue;
        copy.apply(++lsn, encodeLogRecord({ kind: 'changes', changeset: changes }));
        changed++;
      }
      const equal = original.digest().digest === copy.digest().digest;
      if (!equal) t.comment(original.digest().tables, copy.digest().tables);
      original.close();
      copy.close();
      return equal;
    }),
    { numRuns: 60, ...(process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }) },
  );
  t.ok(changed > 50, 'most of the random transactions changed something');
  t.end();
});

const rounds = fc.record({
  transactions: fc.array(
    fc.record({
      statements: fc.array(statements, { minLength: 1, maxLength: 5 }),
      undone: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  /** How many of its entries came through before the round was given up; undefined: it was committed. */
  cameThrough: fc.option(fc.nat(6), { nil: undefined }),
  /** How many entries the copy applies at a time. */
  batch: fc.integer({ min: 1, max: 4 }),
});

t.test(
  'transactions of one round have changes of their own, and whatever came through makes equal copies',
  (t) => {
    let entries = 0;
    const root = t.testdir();
    fc.assert(
      fc.property(fc.array(rounds, { minLength: 1, maxLength: 4 }), (history) => {
        const { original, copy } = pair(root);
        for (const { transactions, cameThrough, batch } of history) {
          const round = original.round();
          const records: Uint8Array[] = [];
          for (const { statements, undone } of transactions) {
            const transaction = round.begin();
            for (const sql of statements) runLenient(transaction, sql);
            const changeset = transaction.changes();
            if (undone || changeset === undefined) {
              transaction.rollback();
              continue;
            }
            transaction.keep();
            records.push(record(changeset));
          }
          const first = copy.appliedLsn + 1;
          const all = records.map((each, index) => ({ lsn: first + index, record: each }));
          const kept = cameThrough === undefined ? all : all.slice(0, cameThrough);
          const last = kept.at(-1);
          if (cameThrough === undefined && last !== undefined) {
            round.commit(last.lsn);
          } else {
            round.rollback();
            original.applyAll(kept);
          }
          for (let at = 0; at < kept.length; at += batch) applyTogether(copy, kept.slice(at, at + batch));
          entries += kept.length;
        }
        const equal = original.digest().digest === copy.digest().digest;
        if (!equal) t.comment(original.digest().tables, copy.digest().tables);
        original.close();
        copy.close();
        return equal;
      }),
      { numRuns: 60, ...(process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) }) },
    );
    t.ok(entries > 100, 'most of the random transactions changed something');
    t.end();
  },
);

t.test('keys and unique values that change places are applied', (t) => {
  const { original, copy } = openPair(t);
  const history = [
    `INSERT INTO "d.unique" VALUES (1, 1, 'a', 0.5), (2, 2, 'b', 1), (3, 3, 'c', -1)`,
    'UPDATE "d.unique" SET u = 100 + u',
    'UPDATE "d.unique" SET u = -u; UPDATE "d.unique" SET u = CASE u WHEN -101 THEN 102 WHEN -102 THEN 103 ELSE 101 END',
    'UPDATE "d.unique" SET id = -id; UPDATE "d.unique" SET id = 4 + id',
    `INSERT INTO "d.bare" VALUES ('a', 'x'), ('b', 'y')`,
    `UPDATE "d.bare" SET u = NULL; UPDATE "d.bare" SET u = CASE k WHEN 'a' THEN 'y' ELSE 'x' END`,
    `UPDATE "d.bare" SET k = 'A' WHERE k = 'a'`,
    `UPDATE "d.bare" SET k = 'a' WHERE k = 'a'; UPDATE "d.bare" SET k = 'A' WHERE k = 'a'`,
    `INSERT OR REPLACE INTO "d.bare" VALUES ('B', 'z')`,
    `INSERT INTO "d.bare" VALUES ('C', 'c'); UPDATE "d.bare" SET k = 'c' WHERE k = 'c'`,
  ];
  for (const [index, statements] of history.entries()) {
    const changes = transact(original, index + 2, statements.split('; '));
    const record =
      changes === undefined ? { kind: 'noop' as const } : { kind: 'changes' as const, changeset: changes };
    copy.apply(index + 2, encodeLogRecord(record));

    t.equal(copy.digest().digest, original.digest().digest, statements);
  }
  t.strictSame(copy.reader().all('SELECT k, u FROM "d.bare" ORDER BY k'), [
    ['A', 'y'],
    ['B', 'z'],
    ['c', 'c'],
  ]);
  t.end();
});

t.test('a key that fold case came back to what an earlier transaction of the round made of it', (t) => {
  const { original, copy } = openPair(t);
  const round = original.round();
  const history = [
    [`INSERT INTO "d.bare" VALUES ('a', 'x')`],
    [`UPDATE "d.bare" SET k = 'A'`, `UPDATE "d.bare" SET k = 'a'`],
    [`DELETE FROM "d.bare"`],
    [`INSERT INTO "d.bare" VALUES ('A', 'y')`, `UPDATE "d.bare" SET k = 'a'`],
  ];
  for (const [index, statements] of history.entries()) {
    const transaction = round.begin();
    for (const sql of statements) transaction.run(sql);
    copy.apply(index + 2, record(transaction.changes()));
    transaction.keep();
  }
  round.commit(history.length + 1);

  t.strictSame(copy.reader().all('SELECT k, u FROM "d.bare"'), [['a', 'y']]);
  t.equal(copy.digest().digest, original.digest().digest);
  t.end();
});

t.test('a copy that differs is found out and left as it was', (t) => {
  const { original, copy } = openPair(t);
  const rows = record(
    transact(original, 2, [`INSERT INTO "d.unique" VALUES (1, 1, 'a', 0), (2, 2, 'b', 0)`]),
  );
  copy.apply(2, rows);
  const update = record(transact(original, 3, [`UPDATE "d.unique" SET v = 'c' WHERE id = 2`]));
  const move = record(transact(original, 4, ['UPDATE "d.unique" SET u = 9 WHERE id = 2']));
  const removal = record(transact(original, 5, ['DELETE FROM "d.unique" WHERE id = 2']));
  const before = copy.digest().digest;
  t.throws(() => copy.apply(3, rows), DivergenceError, 'the row is there already');
  transact(copy, 3, ['DELETE FROM "d.unique" WHERE id = 2']);

  for (const missed of [update, move, removal]) t.throws(() => copy.apply(4, missed), DivergenceError);
  t.not(copy.digest().digest, before);
  t.equal(copy.appliedLsn, 3, 'nothing of it was applied');
  t.throws(() => copy.apply(4, Uint8Array.of(1, 0x54, 1)), DivergenceError, 'cut short');
  t.throws(() => copy.apply(4, Uint8Array.of(7)), DivergenceError, 'no such record');
  t.end();
});

t.test('statements and the rows that follow them are one entry', (t) => {
  const { original, copy } = openPair(t);
  const statements = [
    { sql: 'CREATE TABLE "d.made" (k TEXT COLLATE NOCASE NOT NULL, v, PRIMARY KEY (k))', binds: [] },
    { sql: 'INSERT INTO "d.plain" VALUES (?, ?)', binds: [1n, 'not recorded: it runs everywhere'] },
  ];
  const transaction = original.begin({ recorded: false });
  for (const { sql, binds } of statements) transaction.run(sql, binds);
  transaction.record();
  transaction.run(`INSERT INTO "d.made" VALUES ('a', 1), ('b', 2)`);
  const changeset = transaction.changes() ?? new Uint8Array();
  transaction.commit(2);

  const applied = copy.apply(2, encodeLogRecord({ kind: 'statements', statements, changeset }));

  t.strictSame(applied, { schemaChanged: true, tables: new Set(['d.made']) });
  t.equal(copy.digest().digest, original.digest().digest);
  t.strictSame(copy.reader().all('SELECT count(*) FROM "d.made"'), [[2n]]);
  t.end();
});

t.test('every value survives the changeset format', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(values, values), { minLength: 1 }), (rows) => {
      const events = rows.flatMap(([a, b]) => [
        { op: 'insert' as const, table: 'd.é', keyPlaces: [1, 0], new: [a, b] },
        { op: 'update' as const, table: 'd.é', keyPlaces: [1, 0], old: [a, b], new: [undefined, b] },
        { op: 'delete' as const, table: 'd.other', keyPlaces: [0, 1], old: [a, b] },
      ]);
      t.strictSame([...decodeChangeset(encodeChangeset(events))], events);
    }),
    { numRuns: 50 },
  );
  t.end();
});

/** Runs statements, some of which may fail, as a session does. @returns the changes after the commit */
function transact(
  database: TenantDatabase,
  lsn: number,
  list: readonly string[],
  savepoint = -1,
  rolledBack = false,
): Uint8Array | undefined {
  const transaction = database.begin();
  for (const [index, sql] of list.entries()) {
    if (index === savepoint) transaction.savepoint('s');
    runLenient(transaction, sql);
  }
  if (rolledBack && savepoint >= 0 && savepoint < list.length) transaction.rollbackTo('s');
  const changes = transaction.changes();
  if (changes === undefined) transaction.rollback();
  else transaction.commit(lsn);
  return changes;
}

/** Several entries in one COMMIT, or their records in one entry. */
function applyTogether(copy: TenantDatabase, entries: readonly { lsn: number; record: Uint8Array }[]): void {
  const last = entries.at(-1);
  if (last === undefined || last.lsn % 2 === 0) copy.applyAll(entries);
  else copy.apply(last.lsn, encodeLogRecord({ kind: 'batch', records: entries.map((each) => each.record) }));
}

/** A rule that a statement breaks undoes the statement. */
function runLenient(handle: SqlHandle, sql: string): void {
  try {
    handle.run(sql);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('constraint failed')) throw error;
  }
}

function record(changeset: Uint8Array | undefined): Uint8Array {
  return encodeLogRecord({ kind: 'changes', changeset: changeset ?? new Uint8Array() });
}

/** Two databases with the schema in a new directory below `root`. */
function pair(root: string): { original: TenantDatabase; copy: TenantDatabase } {
  const directory = mkdtempSync(join(root, 'pair-'));
  const open = (name: string) => {
    const database = openTenantDatabase({
      file: join(directory, `${name}.db`),
      functions: [],
      aggregates: [],
    });
    database.apply(1, encodeLogRecord({ kind: 'statements', statements: schema }));
    return database;
  };
  return { original: open('original'), copy: open('copy') };
}

function openPair(test: Test): ReturnType<typeof pair> {
  const databases = pair(test.testdir());
  test.teardown(() => {
    databases.original.close();
    databases.copy.close();
  });
  return databases;
}
